"""The same rules with the AI asked in other orders, side by side: `handover strategies`."""
