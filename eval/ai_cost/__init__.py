"""What asking an AI will cost, before it is asked, and what it did cost."""
