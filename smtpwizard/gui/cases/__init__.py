"""Recorded runs and cases: their list, two beside each other, a case and its answer."""
