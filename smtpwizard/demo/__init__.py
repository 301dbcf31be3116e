"""Embedded servers that play a good or a faulty provider on this machine only."""
