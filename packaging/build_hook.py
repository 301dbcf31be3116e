"""Adds the manual page to the wheel, made from the parser of what is built."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ManualPage(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling; what it imports of the program needs the standard library alone."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the page where builds are made, and have it installed among manual pages."""
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from smtpwizard.cli.man import manual_page  # noqa: PLC0415 - of the folder that is built
        finally:
            sys.path.remove(self.root)
        page = Path(self.directory) / "smtpwizard.1"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(manual_page(), encoding="utf-8", newline="\n")
        build_data["shared_data"][str(page)] = "share/man/man1/smtpwizard.1"
