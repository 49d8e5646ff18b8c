"""Floor 7: everything the mini-program sees."""
