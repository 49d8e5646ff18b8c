"""Floor 5: orders for credit, from placed to credited."""
