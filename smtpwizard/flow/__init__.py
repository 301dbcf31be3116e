"""The wizard without widgets: the draft and the steps that judge it."""
