"""Floor 9: commands for the operator."""
