"""Parameters of meters: what is wanted, what the meter said it holds, and how one becomes the other."""
