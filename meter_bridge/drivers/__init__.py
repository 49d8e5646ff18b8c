"""One file for each way of speaking to a meter."""
