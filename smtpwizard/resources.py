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


def packaged_text(name: str) -> str:
    """The text of a data file inside the package, such as `causes/timeout.toml`.

    The pure core reads what ships with it through this function and opens no other file.
    """
    return (_PACKAGE / name).read_text("utf-8")


def packaged_names(folder: str, suffix: str) -> tuple[str, ...]:
    """The names of the data files in a folder of the package, in alphabetical order."""
    return tuple(sorted(path.name for path in (_PACKAGE / folder).glob(f"*{suffix}")))
