"""The wizard that takes a connector from nothing to verified."""
