"""The pages of help on screen: searched, read by keyboard, opened at the right place."""
