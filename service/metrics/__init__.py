"""Figures about the running service, in Prometheus' text format."""
