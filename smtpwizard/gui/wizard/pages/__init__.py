"""The four wizard pages: they read the draft, write the draft, decide nothing."""
