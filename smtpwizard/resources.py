"""Where the files that ship with the program lie; imports nothing heavy, start-up needs it."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource_path(name: str) -> Path:
    """The path of a shipped file such as `icons/crown.svg`.

    The wheel and the bundle carry the files inside the package, the source tree beside it.
    Raises FileNotFoundError: a missing file is a packaging mistake, not something to hide.
    """
    inside = _PACKAGE / "_resources"
    path = (inside if inside.is_dir() else _PACKAGE.parent / "resources") / name
    if not path.exists():
        raise FileNotFoundError(f"not shipped with the program: {name}")
    return path
