"""Help as a part of a window: a box to search in, the list of pages, and the page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui import jobs
from smtpwizard.gui.help.help_text import HelpText
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.elements import announce, button, line, plain_label, plain_tip
from smtpwizard.gui.widgets.fields import line_edit
from smtpwizard.gui.widgets.item_list import ItemList
from smtpwizard.help_pages import PARTS, HelpPage, Target, pages, search

# Left and right of the words in a row, px; as in the style sheet.
_BESIDE = 8
_TOPIC = Qt.ItemDataRole.UserRole


class HelpView(QWidget):
    """Searches, lists and shows the pages of help."""

    def __init__(self, runner: Runner) -> None:
        super().__init__()
        self._runner = runner
        self._past: list[Target] = []
        self.shown = Target("")
        self.search_edit = line_edit()
        self.search_edit.setPlaceholderText(self.tr("Search help"))
        self.search_edit.setAccessibleName(self.tr("Search help"))
        self.search_edit.setClearButtonEnabled(True)
        self.search_edit.textChanged.connect(self._search)
        self.search_edit.returnPressed.connect(self._read)
        self.search_edit.installEventFilter(self)
        self.list = ItemList(self.tr("Pages of help"), "dense")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.list.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.list.currentItemChanged.connect(lambda item, _: self._chosen(item))
        self.list.itemActivated.connect(lambda _: self._read())
        self.list.viewport().installEventFilter(self)
        self.none = plain_label(
            self.tr("No page has these words. Try one word, or a number of the server's answer."),
            tone="quiet",
        )
        self.back_button = button(self.tr("&Back"), self.go_back, icon="left", quiet=True)
        self.back_button.setToolTip(self.tr("Alt+Left"))
        self.text = HelpText()
        self.text.page_wanted.connect(lambda topic: self.show_target(Target(topic)))
        self.text.link_wanted.connect(self._open_link)
        self._lay_out()
        back = QShortcut(QKeySequence("Alt+Left"), self)
        back.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        back.activated.connect(self.go_back)
        self._list_pages(tuple(pages().values()), by_part=True)

    def _lay_out(self) -> None:
        em = self.fontMetrics().height()
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.search_edit, self.none):
            column.addWidget(widget)
        column.addWidget(self.list, 1)
        column.addLayout(line(self.back_button, None))
        left.setMinimumWidth(em * 11)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(12)
        split.addWidget(left)
        split.addWidget(self.text)
        split.setStretchFactor(1, 1)
        split.setSizes([em * 15, em * 40])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(split)
        self.none.hide()
        self.back_button.setEnabled(False)

    # -- pages --------------------------------------------------------------------------------

    def show_target(self, target: Target) -> None:
        """Show a page at a heading, and where it stands in the list."""
        page = pages().get(target.topic)
        if page is None:
            return
        if self.shown.topic not in ("", target.topic):
            self._past.append(self.shown)
        self._show(page, target)

    def go_back(self) -> None:
        """To the page that was read before."""
        if self._past:
            target = self._past.pop()
            self._show(pages()[target.topic], target)

    def _show(self, page: HelpPage, target: Target) -> None:
        self.shown = target
        self.text.show_page(page, target.heading)
        self.back_button.setEnabled(bool(self._past))
        item = self._item_of(target.topic)
        if item is None and self.search_edit.text():
            self.search_edit.clear()  # found by another way than by these words
            item = self._item_of(target.topic)
        self._mark(item)

    def _item_of(self, topic: str) -> QListWidgetItem | None:
        items = (self.list.item(row) for row in range(self.list.count()))
        return next((item for item in items if item.data(_TOPIC) == topic), None)

    def _chosen(self, item: QListWidgetItem | None) -> None:
        if item is not None and item.data(_TOPIC):
            self.show_target(Target(item.data(_TOPIC)))

    # -- searching ----------------------------------------------------------------------------

    def _search(self, text: str) -> None:
        found = search(text)
        self._list_pages(found, by_part=not text.strip())
        self.none.setVisible(not found)
        if text.strip():
            many = self.tr("{0} pages").format(len(found))
            announce(self.list, self.tr("1 page") if len(found) == 1 else many)
            if found:
                self._show(found[0], Target(found[0].topic))

    def _list_pages(self, found: Sequence[HelpPage], *, by_part: bool) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        part = ""
        for page in found:
            if by_part and page.part != part:
                part = page.part
                heading = QListWidgetItem(PARTS[part])
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                font = heading.font()
                font.setBold(True)
                heading.setFont(font)
                self.list.addItem(heading)
            item = QListWidgetItem(page.title)
            item.setToolTip(plain_tip(page.title))
            item.setData(_TOPIC, page.topic)
            self.list.addItem(item)
        self.list.blockSignals(blocked)
        self._fit_rows()
        self._mark(self._item_of(self.shown.topic))

    def _mark(self, item: QListWidgetItem | None) -> None:
        """Show where a page stands in the list; nothing is read by it."""
        blocked = self.list.blockSignals(True)
        if item is None:
            self.list.setCurrentRow(-1)
        else:
            self.list.setCurrentItem(item)
            self.list.scrollToItem(item)
        self.list.blockSignals(blocked)

    def _read(self) -> None:
        if self.list.count():
            self.text.setFocus()

    def _fit_rows(self) -> None:
        """Rows as high as their words: Qt forgets the room that the style leaves beside them."""
        width = self.list.viewport().width() - 2 * _BESIDE - 4
        flags = int(Qt.TextFlag.TextWordWrap)
        for row in range(self.list.count()):
            item = self.list.item(row)
            metrics = QFontMetrics(item.font() if item.font().bold() else self.list.font())
            high = metrics.boundingRect(QRect(0, 0, width, 10_000), flags, item.text()).height()
            item.setSizeHint(QSize(0, high + 8))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down leads from the search into the list, whose rows follow its width."""
        if watched is self.list.viewport() and event.type() == QEvent.Type.Resize:
            self._fit_rows()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            down = event.key() == Qt.Key.Key_Down and watched is self.search_edit
            if down and self.list.count():
                self.list.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _open_link(self, url: str) -> None:
        self._runner.submit(partial(jobs.open_page, url), lambda _: None)
