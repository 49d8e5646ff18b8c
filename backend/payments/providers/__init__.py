"""One file for each way to pay."""
