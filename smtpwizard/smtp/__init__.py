"""The SMTP conversation: protocol without I/O, mechanisms, session, verification."""
