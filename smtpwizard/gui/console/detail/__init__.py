"""One connector, opened: what is known of it, its settings to edit, its secrets, its past."""
