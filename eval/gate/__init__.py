"""Gates for CI: what decisions must keep on which messages, and the verdict on whether they do."""
