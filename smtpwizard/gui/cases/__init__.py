"""Recorded runs and cases: the list of runs, two of them beside each other, a case and its answer."""
