"""Commands to meters, from the queue to what became of them."""
