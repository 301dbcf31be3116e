"""`gui`: the window, which is also what opens where no verb is given."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from typing import TYPE_CHECKING

from smtpwizard.usecases.display import check_display
from smtpwizard.usecases.one_window import ask_other, claim
from smtpwizard.usecases.project import enter_project, show_last_project

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
    named = ws.project.id if args.project is not None else None
    one = claim(ws.data_dir)
    if one is None:
        if ask_other(ws.data_dir, file, new=args.new, project=named):
            return 0
        # It has ended meanwhile, or hangs.
        one = claim(ws.data_dir)
    ws = show_last_project(ws) if named is None else enter_project(ws, named)
    with one or nullcontext():
        return open_window(ws, new=args.new, demo=server, file=file, one=one)
