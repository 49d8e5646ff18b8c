"""What the ledger refuses."""


class TransferChangedError(Exception):
    """The same idempotency key was used for another movement: a defect, never a user's mistake."""
