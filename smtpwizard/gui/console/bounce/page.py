"""*Explain a bounce*: paste or drop what came back, and read what it means and what to do."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.bounce.paste_box import PasteBox
from smtpwizard.gui.console.bounce.result import BounceResult
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.tasks import Outcome, Work
from smtpwizard.gui.widgets.dropped import dropped_file
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    note_card,
    plain_label,
    set_next_step,
)
from smtpwizard.gui.widgets.eliding_label import ElidingLabel
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.qt_values import RING_ROOM


class BouncePage(Place):
    """Keeps what was explained until another text comes, and the text itself without secrets."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._runner = around.runner
        self._job: int | None = None
        self.file_dialog: QFileDialog | None = None
        self.stack = QStackedWidget()
        column = QVBoxLayout(self)
        column.setContentsMargins(RING_ROOM, 0, RING_ROOM, 0)
        column.addWidget(self.stack)
        self.stack.addWidget(self._build_input())
        self.stack.addWidget(self._build_result())
        # What is pasted while a result is shown is the next one.
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        paste.activated.connect(self.paste)
        self._paste_shortcut = paste
        paste.setEnabled(False)

    # -- building -----------------------------------------------------------------------------

    def _build_input(self) -> QWidget:
        page = QWidget()
        self.intro = plain_label(
            self.tr(
                "Paste what came back: a bounce, a whole email, a log, a trace. "
                "Part of it is enough. It stays on this computer, and nothing of it is kept."
            ),
            tone="quiet",
        )
        self.trouble, self.trouble_label = note_card()
        self.trouble.hide()
        self.box = PasteBox()
        self.box.text_came.connect(self.explain)
        self.box.file_came.connect(self.explain_file)
        self.box.wanted.connect(self.explain_typed)
        self.box.textChanged.connect(self._typed)
        self.explain_button = button(self.tr("E&xplain"), self.explain_typed)
        self.paste_button = button(self.tr("&Paste and explain"), self.paste, icon="copy")
        self.open_button = button(self.tr("&Open a file…"), self.choose_file, icon="folder")
        self.explain_button.setToolTip(
            QKeySequence("Ctrl+Return").toString(QKeySequence.SequenceFormat.NativeText)
        )
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.intro)
        column.addWidget(self.trouble)
        column.addWidget(self.box, 1)
        column.addLayout(line(self.paste_button, self.open_button, None, self.explain_button))
        return page

    def _build_result(self) -> QWidget:
        page = QWidget()
        self.result = BounceResult(self._runner, self._around.open_connector)
        self.another_button = button(self.tr("Explain &another"), self.start_again, icon="left")
        self.copy_button = button(
            self.tr("Cop&y as text"),
            lambda: self.result.copy(self.copy_button),
            icon="copy",
            quiet=True,
        )
        self.source = ElidingLabel(tone="quiet", middle=True)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(line(self.another_button, self.copy_button, None, self.source))
        self.area = scrolling(self.result)
        column.addWidget(self.area, 1)
        return page

    # -- what comes in ------------------------------------------------------------------------

    def explain_typed(self) -> None:
        """Explain what stands in the box."""
        text = self.box.toPlainText()
        if text.strip():
            self.explain(text)
        else:
            self._tell(self.tr("Paste something first: there is nothing in the box yet."))

    def paste(self) -> None:
        """Explain what is in the clipboard: a text, or a file that was copied."""
        # Empty, it has none at all.
        held: QMimeData | None = QGuiApplication.clipboard().mimeData()
        path, text = (dropped_file(held), held.text()) if held is not None else ("", "")
        if path:
            self.explain_file(path)
        elif text.strip():
            self.explain(text)
        else:
            self.start_again()
            self._tell(self.tr("There is no text in the clipboard."))

    def choose_file(self) -> None:
        """Have a file chosen, and explain it."""
        dialog = QFileDialog(self, self.tr("Open a bounce, a log or a trace"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(
            [self.tr("Emails, logs and texts (*.eml *.txt *.log)"), self.tr("All files (*)")]
        )
        dialog.fileSelected.connect(self.explain_file)
        self.file_dialog = dialog
        dialog.open()

    def explain(self, text: str) -> None:
        """Explain a text that was pasted, typed or dropped."""
        self._submit(partial(jobs.explain_text, self._around.ws, text), "")

    def explain_file(self, path: str) -> None:
        """Explain what is in a file."""
        name = path.replace("\\", "/").rpartition("/")[2]
        self._submit(partial(jobs.explain_file, self._around.ws, path), name)

    def _submit(self, work: Work, name: str) -> None:
        if self._job is not None:
            self._runner.cancel(self._job)
        self.box.setEnabled(False)
        self.explain_button.setEnabled(False)
        self.intro.setText(self.tr("Reading…"))
        self._job = self._runner.submit(work, partial(self._explained, name), owner=self)

    def _explained(self, name: str, outcome: Outcome) -> None:
        self._job = None
        self._ready()
        if outcome.value is None:
            self.start_again()
            self._tell(error_message(outcome.error))
            return
        explained, belongings = outcome.value
        self.result.show_explained(explained, belongings)
        self.source.setText(name[-60:])
        self.box.clear()
        self.trouble.hide()
        self.stack.setCurrentIndex(1)
        self._paste_shortcut.setEnabled(True)
        self.area.verticalScrollBar().setValue(0)
        if self.isVisible():
            set_next_step(self.next_step(), self.window())
            self.take_focus()
        announce(self, self.conclusion())

    # -- what is shown ------------------------------------------------------------------------

    def conclusion(self) -> str:
        """The result in a line, to be read out."""
        cards = self.result.cards
        if cards.isHidden():
            return self.result.banner.title.text()
        return ". ".join(filter(None, (cards.card.kicker.text(), cards.card.title.text())))

    def start_again(self) -> None:
        """Back to the empty box; what was explained is forgotten."""
        self._ready()
        self.stack.setCurrentIndex(0)
        self._paste_shortcut.setEnabled(False)
        self.trouble.hide()
        if self.isVisible():
            set_next_step(self.next_step(), self.window())
            self.take_focus()

    def _ready(self) -> None:
        self.box.setEnabled(True)
        self.explain_button.setEnabled(True)
        self.intro.setText(
            self.tr(
                "Paste what came back: a bounce, a whole email, a log, a trace. "
                "Part of it is enough. It stays on this computer, and nothing of it is kept."
            )
        )

    def _typed(self) -> None:
        self.trouble.hide()
        if self.isVisible() and self.stack.currentIndex() == 0:
            set_next_step(self.next_step(), self.window())

    def _tell(self, text: str) -> None:
        self.trouble_label.setText(text)
        self.trouble.show()
        announce(self.trouble_label, text)
        self.take_focus()

    # -- Place --------------------------------------------------------------------------------

    def take_focus(self) -> None:
        if self.stack.currentIndex() == 0:
            self.box.setFocus()
        else:
            (self.result.cards.next_button() or self.another_button).setFocus()

    def zones(self) -> list[QWidget]:
        if self.stack.currentIndex() == 0:
            return [self.box, self.explain_button]
        shown = [self.another_button, self.result.cards.next_button(), self.result.recipients]
        shown += [*self.result.whose.open_buttons[:1], self.result.fold.button]
        return [widget for widget in shown if widget is not None and widget.isVisible()]

    def next_step(self) -> QPushButton | None:
        if self.stack.currentIndex() == 0:
            filled = self.box.toPlainText().strip()
            return self.explain_button if filled else self.paste_button
        return self.result.cards.next_button()  # another bounce is for another time
