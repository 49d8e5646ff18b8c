"""Pages about parameters of meters: one meter's, templates, and what came of a change."""
