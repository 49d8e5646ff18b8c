"""Floor 3: prepaid accounts and the ledger."""
