"""A desktop wizard that takes an administrator from nothing to a verified SMTP connector."""

__version__ = "0.1.0"
