"""What a change of the rules does: two rulesets decide the same messages, and what differs is measured and shown."""
