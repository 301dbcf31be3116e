"""One page of help as a document: made of its blocks with a cursor, never of HTML."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QFontDatabase,
    QGuiApplication,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextListFormat,
)
from PySide6.QtWidgets import QTextBrowser

from smtpwizard.gui.widgets.elements import announce
from smtpwizard.gui.widgets.style import colour
from smtpwizard.help_pages import Block, HelpPage, Piece, pages
from smtpwizard.usecases.help import link_of

_PAGE, _COPY = "page:", "copy:"
# How long it is said that a command is copied, ms.
_DONE_MS = 2000
# How wide a line may be before it is hard to read, in heights of the font.
_WIDEST = 42


class HelpText(QTextBrowser):
    """Shows a page. `page_wanted` comes with the topic of a link, `link_wanted` with an address
    for the browser."""

    page_wanted = Signal(str)
    link_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setProperty("help", "true")
        self.anchorClicked.connect(self._follow)
        self._page: HelpPage | None = None
        self._headings: dict[str, int] = {}
        self._commands: list[str] = []
        self._copied = -1

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing is loaded: all of a page is in its file."""
        return None

    def minimumSizeHint(self) -> QSize:
        em = self.fontMetrics().height()
        return QSize(em * 14, em * 8)

    def show_page(self, page: HelpPage, heading: str = "") -> None:
        """Put a page in place of what is shown, at a heading of it or at its top."""
        self._page, self._copied = page, -1
        self._fill(page)
        self.setAccessibleName(page.title)
        self.setAccessibleDescription(heading)
        self.scroll_to(heading)
        # Once more when it has its size: what is above the heading may take more lines then.
        QTimer.singleShot(0, self, lambda: self.scroll_to(heading))

    def scroll_to(self, heading: str) -> None:
        """Bring a heading to the top; nothing is the top of the page."""
        cursor = self.textCursor()
        cursor.setPosition(self._headings.get(heading, 0))
        self.setTextCursor(cursor)
        bar = self.verticalScrollBar()
        # Not `ensureCursorVisible`: it would stand at the foot then.
        top = round(self.cursorRect(cursor).top()) + bar.value()
        bar.setValue(top - 6 if heading in self._headings else 0)

    def headings(self) -> list[str]:
        """The headings of the page that is shown."""
        return list(self._headings)

    # -- filling ------------------------------------------------------------------------------

    def _fill(self, page: HelpPage) -> None:
        self._headings, self._commands = {}, []
        document = self.document()
        document.clear()
        document.setDocumentMargin(16)
        document.setIndentWidth(self.fontMetrics().height() * 1.7)
        cursor = QTextCursor(document)
        cursor.beginEditBlock()
        self._heading(cursor, page.title, 1, first=True)
        before = ""
        for block in page.blocks_for("window"):
            self._block(cursor, block, goes_on=block.shape == before)
            before = block.shape
        if page.see:
            self._heading(cursor, self.tr("See also"), 2)
            for topic in page.see:
                cursor.insertBlock(_block_format(2), self._format())
                self._piece(cursor, Piece("page", pages()[topic].title, topic))
        cursor.endEditBlock()

    def _format(self, name: str = "text", *, bold: bool = False) -> QTextCharFormat:
        out = QTextCharFormat()
        out.setForeground(colour(name))
        if bold:
            out.setFontWeight(QFont.Weight.DemiBold)
        return out

    def _heading(self, cursor: QTextCursor, text: str, level: int, *, first: bool = False) -> None:
        size = self.font().pointSizeF()
        chars = self._format(bold=True)
        chars.setFontPointSize(size * (1.6 if level == 1 else 1.15))
        block = _block_format(4, 0 if first else 12)
        block.setHeadingLevel(level)
        if first:
            cursor.setBlockFormat(block)
            cursor.setBlockCharFormat(chars)
        else:
            cursor.insertBlock(block, chars)
        if level > 1:
            self._headings[text] = cursor.position()
        cursor.insertText(text, chars)

    def _block(self, cursor: QTextCursor, block: Block, *, goes_on: bool) -> None:
        if block.shape == "heading":
            self._heading(cursor, block.words, 2)
            return
        if block.shape == "command":
            self._command(cursor, block.words)
            return
        listed = block.shape in ("step", "point")
        of = cursor.currentList() if goes_on else None
        cursor.insertBlock(_block_format(4 if listed else 8), self._format())
        if of is not None:
            of.add(cursor.block())
        elif listed:
            look, styles = QTextListFormat(), QTextListFormat.Style
            look.setStyle(styles.ListDecimal if block.shape == "step" else styles.ListDisc)
            cursor.createList(look)
        if block.term:
            cursor.insertText(block.term.strip("*`"), self._format(bold=True))
            cursor.insertText(" – ", self._format("muted"))
        for piece in block.pieces:
            self._piece(cursor, piece)

    def _piece(self, cursor: QTextCursor, piece: Piece) -> None:
        if piece.kind == "page":
            self._link(cursor, piece.text, f"{_PAGE}{piece.target}")
        elif piece.kind == "link":
            url = link_of(piece.target) or ""
            parts = urlsplit(url)
            self._link(cursor, f"{parts.hostname}", url)
        elif piece.kind == "literal":
            cursor.insertText(piece.text, self._literal())
        else:
            cursor.insertText(piece.text, self._format(bold=piece.kind == "label"))

    def _literal(self) -> QTextCharFormat:
        chars = self._format()
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        chars.setFontFamilies([fixed.family(), "monospace"])
        chars.setFontFixedPitch(True)
        chars.setBackground(colour("sunken"))
        return chars

    def _link(self, cursor: QTextCursor, text: str, target: str) -> None:
        chars = self._format("link")
        chars.setFontUnderline(True)
        chars.setAnchor(True)
        chars.setAnchorHref(target)
        cursor.insertText(text, chars)

    def _command(self, cursor: QTextCursor, text: str) -> None:
        block = _block_format(8, 2)
        block.setBackground(colour("sunken"))
        block.setLeftMargin(12)
        cursor.insertBlock(block, self._format())
        cursor.insertText(text, self._literal())
        cursor.insertText("    ", self._format())
        number = len(self._commands)
        said = self.tr("Copied") if number == self._copied else self.tr("Copy")
        self._link(cursor, said, f"{_COPY}{number}")
        self._commands.append(text)

    # -- links --------------------------------------------------------------------------------

    def _follow(self, url: QUrl) -> None:
        target = url.toString()
        if target.startswith(_PAGE):
            self.page_wanted.emit(target.removeprefix(_PAGE))
        elif target.startswith(_COPY):
            self._copied = int(target.removeprefix(_COPY))
            QGuiApplication.clipboard().setText(self._commands[self._copied])
            announce(self, self.tr("Copied"))
            self._fill_again()
            QTimer.singleShot(_DONE_MS, self, self._say_copy_again)
        else:
            self.link_wanted.emit(target)

    def _say_copy_again(self) -> None:
        self._copied = -1
        self._fill_again()

    def _fill_again(self) -> None:
        """The same page with other words or colours; what is in sight stays there."""
        if self._page is None:
            return
        bar, cursor = self.verticalScrollBar(), self.textCursor()
        at, position = bar.value(), cursor.position()
        self._fill(self._page)
        cursor.setPosition(position)
        self.setTextCursor(cursor)
        bar.setValue(at)

    # -- QWidget ------------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        kinds = QEvent.Type
        if event.type() in (kinds.PaletteChange, kinds.FontChange):
            self._fill_again()  # its colours are those of the theme

    def resizeEvent(self, event: QResizeEvent) -> None:
        room = self.width() - self.fontMetrics().height() * _WIDEST
        self.setViewportMargins(0, 0, max(0, room - self.frameWidth() * 2), 0)
        super().resizeEvent(event)

    def keyPressEvent(self, event: Any) -> None:
        if event.key() == Qt.Key.Key_Escape:
            event.ignore()  # what it stands in closes by it
            return
        super().keyPressEvent(event)


def _block_format(below: int, above: int = 0) -> QTextBlockFormat:
    out = QTextBlockFormat()
    out.setBottomMargin(below)
    out.setTopMargin(above)
    out.setLineHeight(118, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
    return out
