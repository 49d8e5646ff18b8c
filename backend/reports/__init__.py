"""Read-only questions about what was used and supplied; writes nothing."""
