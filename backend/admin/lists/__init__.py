"""The lists of the back office: one component, and what each list shows."""
