"""The window; the only place that imports PySide6."""

import builtins

import PySide6.QtCore  # noqa: F401 - loads what is taken back here

# PySide puts itself before every import, and reads the source of each module that is imported from
# then on to see whether it wants other names for Qt's (`from __feature__ import snake_case`).
# Nobody does here, and it is 3 % of the start, and of what is loaded once the window stands.
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
