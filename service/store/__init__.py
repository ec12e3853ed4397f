"""The operational store, on SQLite or PostgreSQL."""
