"""What the window has of the demo beside everything else: its banner, what goes wrong, its mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QListWidgetItem, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import offer_help
from smtpwizard.gui.results.demo_mail import DemoMail
from smtpwizard.gui.tasks import Outcome, Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.demo_strip import DemoStrip, scenario_title
from smtpwizard.gui.widgets.elements import (
    announce,
    button,
    line,
    plain_label,
    set_next_step,
    set_tone,
)
from smtpwizard.gui.widgets.fields import line_edit
from smtpwizard.gui.widgets.item_list import ItemList
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import stage_title
from smtpwizard.model.report import Stage
from smtpwizard.model.searching import searched

if TYPE_CHECKING:
    from smtpwizard.gui.console.frame import Frame
    from smtpwizard.usecases.workspace import Workspace

_NAME = int(Qt.ItemDataRole.UserRole)
_SEARCHED = _NAME + 1


class DemoDesk(QObject):
    """Belongs to a window with a demo; without its line to the servers the values alone are shown.

    `played` comes when the servers play another scenario.
    """

    played = Signal()

    def __init__(self, ws: Workspace, runner: Runner, window: Frame) -> None:
        super().__init__(window)
        self._ws = ws
        self._runner = runner
        self._window = window
        self.dialog: QDialog | None = None
        self.banner = Banner("info", small=True)
        set_tone(self.banner.title, "tone", "strong")
        self.choose_button = button(self.tr("Choose what goes wrong…"), self.choose)
        self.mail_button = button(self.tr("Demo mail…"), self.show_mail, icon="mail")
        self.values_button = button(self.tr("Show the values…"), self.show_values, quiet=True)
        for push in (self.choose_button, self.mail_button, self.values_button):
            self.banner.add_button(push)
        for push in (self.choose_button, self.mail_button):
            push.setVisible(self.has_line)
        self.show_scenario()

    @property
    def demo(self) -> Mapping[str, Any]:
        return self._window.demo or {}

    @property
    def has_line(self) -> bool:
        """Whether the servers can be asked for something."""
        return "line" in self.demo

    def show_scenario(self) -> None:
        """Say that this is the demo, and what its server plays."""
        title = scenario_title(self.demo)
        said = (
            self.tr("What goes wrong: {0}.").format(title[:1].lower() + title[1:])
            if title
            else self.tr("Its mail server works as it should.")
        )
        self.banner.show_text(
            self.tr("This is the demo: nothing here is yours, and no email leaves this computer"),
            said,
        )

    def choose(self) -> None:
        """Have a scenario chosen, and played."""
        scenario = self.demo.get("scenario") or {"name": "good"}
        dialog = ScenarioDialog(self._window, self._runner, str(scenario["name"]))
        dialog.chosen.connect(self.play)
        self.dialog = dialog
        dialog.open()

    def play(self, name: str) -> None:
        """Have the servers play a scenario."""
        self.choose_button.setEnabled(False)
        self._runner.submit(
            partial(jobs.play_scenario, self._ws, dict(self.demo), name), self._started, owner=self
        )

    def _started(self, outcome: Outcome) -> None:
        self.choose_button.setEnabled(True)
        if outcome.value is None:
            self.banner.set_tone("failed")
            self.banner.show_text(self.tr("Not started"), error_message(outcome.error))
            return
        self._window.demo = outcome.value
        self.banner.set_tone("info")
        self.show_scenario()
        self.played.emit()

    def show_mail(self) -> None:
        """Show what the servers have received."""
        self.dialog = DemoMail(self._window, self._runner, self.demo)
        self.dialog.open()

    def show_values(self) -> None:
        """Show what one types to reach the server."""
        dialog = QDialog(self._window)
        dialog.setWindowTitle(self.tr("Demo mail server"))
        column = QVBoxLayout(dialog)
        column.addWidget(DemoStrip(self.demo))
        close = button(self.tr("Close"), dialog.reject)
        column.addLayout(line(None, close))
        set_next_step(close)
        dialog.finished.connect(dialog.deleteLater)
        self.dialog = dialog
        dialog.open()
        close.setFocus()


class ScenarioDialog(QDialog):
    """What can go wrong, in words, to search and to start; `chosen` comes with its name."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, runner: Runner, playing: str) -> None:
        super().__init__(parent)
        self.setProperty("help", "dialog:demo")
        self._playing = playing
        self.setWindowTitle(self.tr("Choose what goes wrong"))
        self.finished.connect(self.deleteLater)
        self.search_edit = line_edit()
        self.search_edit.setAccessibleName(self.tr("Search"))
        self.search_edit.setPlaceholderText(self.tr("Search, as password, certificate, spam"))
        self.search_edit.textChanged.connect(self._filter)
        self.search_edit.returnPressed.connect(self._start)
        self.list = ItemList(self.tr("What goes wrong"))
        self.list.setWordWrap(True)
        self.list.itemActivated.connect(lambda _: self._start())
        self.list.currentItemChanged.connect(lambda *_: self._show_state())
        self.nothing = plain_label(tone="quiet")
        self.nothing.hide()
        self.start_button = button(self.tr("&Start"), self._start, icon="play")
        self.close_button = button(self.tr("Cancel"), self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(
            plain_label(
                self.tr(
                    "The demo's server then behaves so, and New connector has what to type. "
                    "Connectors that are there stay as they are."
                ),
                tone="quiet",
            )
        )
        column.addWidget(self.search_edit)
        column.addWidget(self.list, 1)
        column.addWidget(self.nothing)
        column.addLayout(line(None, self.close_button, self.start_button))
        em = self.fontMetrics().height()
        room = self.screen().availableGeometry()
        self.resize(min(em * 38, room.width() * 9 // 10), min(em * 38, room.height() * 9 // 10))
        set_next_step(self.start_button)
        self._show_state()
        self.search_edit.setFocus()
        offer_help(self, runner, "dialog:demo")
        runner.submit(jobs.scenarios, self._read, owner=self)

    def _read(self, outcome: Outcome) -> None:
        documents: Sequence[Mapping[str, str | None]] = outcome.value or ()
        for document in documents:
            name, title = str(document["name"]), translate(str(document["title"]))
            text = "\n".join(filter(None, (title, self._where(document))))
            item = QListWidgetItem(text)
            item.setData(_NAME, name)
            item.setData(_SEARCHED, searched(f"{text} {name}"))
            item.setData(int(Qt.ItemDataRole.AccessibleTextRole), text.replace("\n", ". "))
            self.list.addItem(item)
            if name == self._playing:
                self.list.setCurrentItem(item)
        self._show_state()

    def _where(self, document: Mapping[str, str | None]) -> str:
        """Where it stops, and whether there is a way out."""
        stage, cause = document["stage"], document["cause"]
        if stage is None:
            said = self.tr("Stops while one signs in") if cause else self.tr("Nothing goes wrong")
        else:
            said = self.tr("Stops at {0}").format(stage_title(Stage(stage)))
        if document["fix"]:
            said = self.tr("{0}; a fix is offered").format(said)
        if document["name"] == self._playing:
            said = self.tr("{0} – is played now").format(said)
        return said

    def _filter(self, text: str) -> None:
        """Leave what has all of these words."""
        words = searched(text).split()
        first: QListWidgetItem | None = None
        for number in range(self.list.count()):
            item = self.list.item(number)
            fits = all(word in item.data(_SEARCHED) for word in words)
            item.setHidden(not fits)
            first = item if fits and first is None else first
        if first is not None:
            self.list.setCurrentItem(first)
        self.nothing.setText(self.tr("Nothing of this name. Try another word."))
        self.nothing.setVisible(first is None)
        if first is None:
            announce(self.nothing, self.nothing.text())
        self._show_state()

    def _show_state(self) -> None:
        current = self.list.currentItem()
        self.start_button.setEnabled(current is not None and not current.isHidden())

    def _start(self) -> None:
        current = self.list.currentItem()
        if current is not None and not current.isHidden():
            self.chosen.emit(str(current.data(_NAME)))
            self.accept()
