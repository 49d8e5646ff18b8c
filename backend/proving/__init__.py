"""Floor 6: the self-check. Proves over the rows themselves that no money was lost, doubled or left without a place."""
