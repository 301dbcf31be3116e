"""`python -m tests.shots`: takes the pictures, says what is wrong on them, draws the sheets.

Ends with 1 where a picture could not be taken; what is wrong on one is for a person to judge.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.shots.studio import Camera

ROOT = Path(__file__).resolve().parents[2]
ROWS = {
    "1": "Page 1, Name and type",
    "2": "Page 2, Provider",
    "3": "Page 3, Authenticate",
    "4": "Page 4, Admin and test",
    "5": "After Finish",
    "6": "Main window",
    "7": "Components",
}


def main(arguments: Sequence[str]) -> int:
    """Take the pictures that are wanted; answers the exit code."""
    options = _read(arguments)
    with tempfile.TemporaryDirectory(prefix="shots-") as folder:
        _set_up_screen(options, Path(folder))
        return _take(options)


def _read(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py shots", description="Takes every page and state.")
    parser.add_argument("--theme", choices=("light", "dark", "both"), default="both")
    parser.add_argument("--size", metavar="WxH", type=_size, default=(960, 780))
    parser.add_argument("--points", metavar="N", type=float, help="size of the system font")
    parser.add_argument("--scale", metavar="N", type=int, default=1, help="pixels a point of Qt")
    parser.add_argument("--german", action="store_true", help="texts as long as German ones")
    parser.add_argument("--scenarios", action="store_true", help="every failure, not a choice")
    parser.add_argument("--only", metavar="NAME", default="", help="pictures with this in the name")
    parser.add_argument("--out", metavar="DIR", type=Path, default=ROOT / "screenshots")
    return parser.parse_args(arguments)


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    return int(width), int(height)


def _set_up_screen(options: argparse.Namespace, folder: Path) -> None:
    """A screen that is roomy, or as small as what is asked for; Qt reads this when it starts."""
    width, height = options.size if options.size != (960, 780) else (1920, 1080)
    scale = options.scale
    screen = {"name": "shots", "x": 0, "y": 0, "width": width * scale, "height": height * scale}
    screen |= {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    layout = folder / "screen.json"
    layout.write_text(json.dumps({"screens": [screen]}), encoding="utf-8")
    os.environ["QT_QPA_PLATFORM"] = f"offscreen:configfile={layout}"
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    # Nobody looks at a browser; the walks are the browser themselves.
    os.environ["BROWSER"] = f"{sys.executable} -c pass %s"


def _take(wanted: argparse.Namespace) -> int:
    from PySide6.QtCore import QSize, qInstallMessageHandler

    from smtpwizard.gui.app import make_application
    from smtpwizard.gui.widgets.focus_ring import FocusRing
    from smtpwizard.gui.widgets.style import Theme, apply_style, colour, set_theme
    from smtpwizard.messages.translation import use_translation
    from tests.robot import pass_on
    from tests.shots.checks import low_contrast
    from tests.shots.german import German, lengthened
    from tests.shots.studio import Camera, Options, Studio
    from tests.shots.walks import all_walks

    themes: Sequence[Theme] = ("light", "dark") if wanted.theme == "both" else (wanted.theme,)
    options = Options(wanted.out, themes, QSize(*wanted.size), wanted.german, wanted.only)
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.only:
        for old in options.out.glob("*.png"):
            old.unlink()
    qInstallMessageHandler(pass_on)
    application = make_application()
    if wanted.points:
        font = application.font()
        font.setPointSizeF(wanted.points)
        application.setFont(font)
        apply_style(application)
    if options.german:
        application.installTranslator(German(application))
        use_translation(lengthened)
    FocusRing(application)
    application.setQuitOnLastWindowClosed(False)
    camera, studio = Camera(application, options), Studio(application)
    walks = all_walks(camera, scenarios=wanted.scenarios)
    studio.go(
        [
            (name, walk)
            for name, pictures, walk in walks
            if any(options.wants(picture) for picture in pictures)
        ]
    )
    application.exec()
    _draw_sheets(camera)
    told = _tell(camera)
    for theme in themes:
        set_theme(application, theme)
        for fault in low_contrast(colour):
            print(f"{theme}: {fault}")
    for failure in studio.failures:
        print(f"Not taken: {failure}")
    print(f"{len(camera.taken)} pictures in {options.out}; {told} things to look at.")
    return 1 if studio.failures else 0


def _draw_sheets(camera: Camera) -> None:
    from tests.shots.sheet import draw_sheet

    rows: dict[str, list[str]] = {}
    for name in sorted(camera.taken, key=lambda name: name[0]):
        rows.setdefault(ROWS[name[0]], []).append(name)
    for theme in camera.options.themes if rows else ():
        pictures = {
            row: [(name, camera.file_of(name, theme)) for name in names]
            for row, names in rows.items()
        }
        sheet = draw_sheet(pictures, dark=theme == "dark")
        sheet.save(str(camera.options.out / f"sheet-{theme}.png"))


def _tell(camera: Camera) -> int:
    """Print what is wrong, each thing once with the pictures that show it; answers how many."""
    where: dict[str, list[str]] = {}
    for name, found in camera.taken.items():
        for fault in found:
            where.setdefault(fault, []).append(name)
    for fault, names in where.items():
        more = f" and {len(names) - 3} more" if len(names) > 4 else ""
        print(f"{fault}  [{', '.join(names[: 3 if more else None])}{more}]")
    return len(where)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
