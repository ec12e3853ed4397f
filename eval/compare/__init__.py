"""Two kept runs compared: what each was given, what each found, and the messages on which they differ."""
