"""Cases: a recorded run as a file that another person can open, without secrets and names."""
