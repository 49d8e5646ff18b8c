"""Floor 4: ways to pay, notifications and receipts."""
