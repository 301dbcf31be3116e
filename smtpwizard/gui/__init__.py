"""The window; the only place that imports PySide6.

WORKAROUND(PySide6 6.11): once PySide is there it reads the source of every module that is imported,
to see whether it mentions PySide; that is 3 ms of the start. The answer matters for
`from __feature__ import …` alone, which nobody here uses.
"""

import sys

import PySide6

_feature = sys.modules.get("shibokensupport.feature")
if PySide6 and _feature is not None:
    vars(_feature)["_mod_uses_pyside"] = lambda module: True
