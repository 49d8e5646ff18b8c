"""Forms of the back office: one component, which keeps what was typed and says beside the field what is wrong."""
