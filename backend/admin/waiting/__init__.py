"""What waits for a decision of staff."""
