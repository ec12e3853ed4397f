"""What each rule and each phrase is worth: `handover ledger`."""
