"""What stands above the list where something is in its way."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from smtpwizard.messages.errors import error_text
from smtpwizard.messages.face import Face
from smtpwizard.usecases.list_rows import RowListing


def listing_text(widget: QWidget, read: RowListing) -> str:
    """What stands in the way here, one line each: what could not be read, and that nothing can be
    saved; empty when nothing does."""
    listing = read.listing
    lines = []
    if not read.writable:
        lines.append(
            widget.tr(
                "The data folder can only be read. You can look at everything and verify; changes "
                "and results are not kept."
            )
        )
    lines += [
        widget.tr("{0} could not be read and was left out: {1}").format(
            damaged.path.name, error_text(damaged.reason, {"field": damaged.field}, Face.WINDOW)
        )
        for damaged in listing.damaged
    ]
    lines += [
        widget.tr("“{0}” was saved by a newer version; this one does not touch it.").format(
            (newer.name or newer.path.name)[:200]
        )
        for newer in listing.newer
    ]
    return "\n".join(lines)
