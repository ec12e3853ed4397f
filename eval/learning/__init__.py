"""Learning from errors: phrases from missed messages, and rule tests from wrong ones."""
