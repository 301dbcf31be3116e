"""Pictures of every page and state of the window in both themes, and what is wrong on them."""
