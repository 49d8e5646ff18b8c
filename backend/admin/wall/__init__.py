"""The room wall: every room of a park as a tile, kept fresh."""
