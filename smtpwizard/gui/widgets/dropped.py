"""What is dragged into the window: one file of this computer, or a text."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def dropped_text(data: QMimeData) -> str:
    """The text that is dragged; empty for a file, or several."""
    return data.text() if data.hasText() and not data.hasUrls() else ""


def dropped_file(data: QMimeData) -> str:
    """The one file of this computer that is dragged; empty for anything else."""
    urls = data.urls() if data.hasUrls() else []
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""
