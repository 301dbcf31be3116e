"""The page that explains a bounce, a log or a trace."""
