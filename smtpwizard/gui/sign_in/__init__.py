"""Signing in on screen: the guide before it, the wait, what came of it."""
