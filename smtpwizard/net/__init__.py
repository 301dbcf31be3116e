"""Everything that touches the network below SMTP; each call takes a CancelToken and a Deadline."""
