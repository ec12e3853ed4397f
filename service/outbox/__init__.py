"""What is owed outside: alerts and replies, sent at least once."""
