"""Floor 3: the property company's staff, what they may do, how they log in, and what two of them must agree on."""
