"""What staff ask of meters over their lines: which meter can do what, in which words, and asking it."""
