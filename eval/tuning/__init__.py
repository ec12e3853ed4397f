"""Choosing a threshold for a stated goal, with a bound that holds on messages that nobody has seen: `handover tune`."""
