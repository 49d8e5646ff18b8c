"""Floor 3: meters, gateways, lines, readings, commands and what became of them."""
