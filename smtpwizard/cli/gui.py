"""`gui`: the window, which is also what opens where no verb is given."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from smtpwizard.usecases.display import check_display

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.verbs import OpenWindow
    from smtpwizard.usecases.workspace import Workspace

DEMO_VARIABLE = "SMTPWIZARD_DEMO"


def run(ws: Workspace, args: argparse.Namespace, open_window: OpenWindow) -> int:
    """Open the window; raises `UsageError` where no display opens."""
    check_display()
    text = os.environ.get(DEMO_VARIABLE)
    server = json.loads(text) if text else None
    file = os.path.abspath(args.file) if args.file else None
    return open_window(ws, new=args.new, demo=server, file=file)
