"""The contact sheet: every picture of a theme, small, in rows with labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter

COLUMNS = 5
WIDTH, CAPTION, GAP = 384, 26, 16

Rows = Mapping[str, Sequence[tuple[str, Path]]]


def draw_sheet(rows: Rows, *, dark: bool) -> QImage:
    """A picture of pictures: `rows` has captions and files by the label of their row."""
    small = {path: _smaller(path) for pictures in rows.values() for _, path in pictures}
    heights = {label: _heights(pictures, small) for label, pictures in rows.items()}
    height = GAP + sum(CAPTION + GAP + sum(lines) for lines in heights.values())
    image = QImage(GAP + COLUMNS * (WIDTH + GAP), height, QImage.Format.Format_RGB32)
    image.fill(QColor("#101216" if dark else "#dde1e8"))
    painter = QPainter(image)
    painter.setPen(QColor("#e9ebf0" if dark else "#1b1f27"))
    top = GAP
    for label, pictures in rows.items():
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.drawText(
            QRect(GAP, top, image.width(), CAPTION), Qt.AlignmentFlag.AlignVCenter, label
        )
        font.setBold(False)
        painter.setFont(font)
        top += CAPTION
        for line, below in enumerate(heights[label]):
            for column, (caption, path) in enumerate(pictures[line * COLUMNS :][:COLUMNS]):
                left = GAP + column * (WIDTH + GAP)
                painter.drawImage(left, top, small[path])
                place = QRect(left, top + small[path].height(), WIDTH, CAPTION)
                painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, caption)
            top += below
        top += GAP
    painter.end()
    return image


def _smaller(path: Path) -> QImage:
    image = QImage(str(path))
    image.setDevicePixelRatio(1)
    return image.scaledToWidth(WIDTH, Qt.TransformationMode.SmoothTransformation)


def _heights(pictures: Sequence[tuple[str, Path]], small: Mapping[Path, QImage]) -> list[int]:
    """How high each line of a row is, its captions included."""
    lines = [pictures[start : start + COLUMNS] for start in range(0, len(pictures), COLUMNS)]
    return [max(small[path].height() for _, path in line) + CAPTION + GAP for line in lines]
