"""Floor 7: what operators and their monitoring ask."""
