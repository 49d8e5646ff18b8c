"""One process tree: what runs, in which order, and what happens when a part of it ends."""
