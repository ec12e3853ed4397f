"""Training the local model from labelled messages: `handover train`."""
