"""Channels: what comes in, whatever its form, becomes `Inbound`."""

from service.channels.inbound import BadPayload, Inbound
from service.channels.webhook import read_webhook

__all__ = ["BadPayload", "Inbound", "read_webhook"]
