"""The window that lists the connectors, and what can be done from it."""
