"""The webhook service: channels in, decisions, CRM and alerts out."""
