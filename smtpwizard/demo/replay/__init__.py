"""A recorded verification played again: the server that was met, and the network before it."""
