"""What meters said over time: readings in partitions, and the registers frozen from them."""
