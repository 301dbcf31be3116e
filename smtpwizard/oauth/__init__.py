"""Signing in with OAuth: providers, the redirect receiver, tokens."""
