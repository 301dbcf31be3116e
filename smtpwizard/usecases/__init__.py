"""One file a verb; what the window and the command line both call."""
