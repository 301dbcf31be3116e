"""Certificates: whom the project trusts, and what a server shows."""
