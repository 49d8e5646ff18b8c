"""Floor 2: WeChat users, their tokens, invites and bindings."""
