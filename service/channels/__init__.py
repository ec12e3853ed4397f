"""Channels: what comes in, whatever its form, becomes `Inbound`."""
