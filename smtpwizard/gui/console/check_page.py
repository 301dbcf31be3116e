"""This computer: what of it does not work, what to do, and then everything that was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from smtpwizard.gui import jobs
from smtpwizard.gui.console.place import Place, Surroundings
from smtpwizard.gui.error_messages import error_message
from smtpwizard.gui.help.opening import show_help
from smtpwizard.gui.tasks import Outcome
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    line,
    plain_label,
    say_done,
    set_next_step,
)
from smtpwizard.gui.widgets.fields import scrolling
from smtpwizard.gui.widgets.flow import FlowLayout
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.gui.widgets.qt_values import RING_ROOM
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.gui.widgets.text_dialog import text_view
from smtpwizard.messages.checking import (
    check_title,
    fact_text,
    fault_text,
    report_lines,
    verdict_hint,
    verdict_title,
)
from smtpwizard.messages.face import Face
from smtpwizard.usecases.checks import Check, State, for_others, judge

if TYPE_CHECKING:
    from smtpwizard.model.problem import Json

_MARKS = {State.BROKEN: "failed", State.TO_KNOW: "info", State.WORKS: "passed"}
# How many lines of the report are in sight.
_LINES = 14


class CheckCard(QFrame):
    """One check that needs somebody: what is wrong, what to do, and the buttons that help."""

    def __init__(self, check: Check, facts: Json, buttons: Sequence[QPushButton]) -> None:
        super().__init__()
        self.check = check
        self.buttons = list(buttons)
        broken = check.state is State.BROKEN
        self.setProperty(*(("cause", "failed") if broken else ("card", "true")))
        title = check_title(check.name)
        self.setAccessibleName(title)
        said = [fault_text(fault, Face.WINDOW) for fault in check.faults]
        self.text = plain_label(breakable("\n".join(said or [fact_text(check.name, facts)])))
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(plain_label(title, tone="strong"))
        words.addWidget(self.text)
        if len(self.buttons) == 1:
            self.buttons[0].setProperty("flush", "true")  # it begins where the words do
        words.addLayout(FlowLayout(*buttons))
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(12)
        mark = IconLabel(_MARKS[check.state])
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)


class CheckPage(Place):
    """Looks again whenever it is gone to; what was found before stays until the answer is there."""

    def __init__(self, around: Surroundings) -> None:
        super().__init__(around.within)
        self._around = around
        self._job: int | None = None
        self._facts: Json = {}
        self.banner = Banner("running")
        self.again_button = button(self.tr("Check &again"), self.check)
        self.look_up_button = button(
            self.tr("&Look up my servers"), partial(self.check, look_up=True)
        )
        self.look_up_button.setToolTip(
            self.tr("Asks for the names of your connectors' servers; no mail server is asked.")
        )
        self.copy_button = button(self.tr("Cop&y the report"), self._copy, icon="copy", quiet=True)
        self.cards: list[CheckCard] = []
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        self.works = Fold(self.tr("What works"))
        self.all = Fold(self.tr("Everything that was found"))
        self.report = text_view("", self.tr("Everything that was found"))
        self.report.setProperty("fixed", "true")
        self.report.setMinimumHeight(self.fontMetrics().height() * _LINES)
        self.all.body.addWidget(self.report)
        self._content = content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(RING_ROOM, RING_ROOM, 12, RING_ROOM)
        column.setSpacing(12)
        column.addWidget(self.banner)
        buttons = (self.again_button, self.look_up_button, self.copy_button)
        column.addLayout(FlowLayout(*buttons))
        column.addLayout(self._cards)
        for fold in (self.works, self.all):
            fold.hide()
            column.addWidget(fold)
        column.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(content))

    # -- checking -----------------------------------------------------------------------------

    def arrive(self) -> None:
        self.check()

    def check(self, *, look_up: bool = False) -> None:
        """Look again, off the window's thread."""
        runner = self._around.runner
        if self._job is not None:
            runner.cancel(self._job)
        self.banner.set_tone("running")
        self.banner.show_text(
            self.tr("Checking this computer…"),
            self.tr("The names of your servers are looked up.")
            if look_up
            else self.tr("Nothing is changed, and no server is asked."),
        )
        self.copy_button.setEnabled(False)
        self._job = runner.submit(
            partial(jobs.examine_computer, self._around.ws, look_up), self._checked, owner=self
        )

    def _checked(self, outcome: Outcome) -> None:
        self._job = None
        if outcome.value is None:
            self.banner.set_tone("failed")
            self.banner.show_text(self.tr("Not checked"), error_message(outcome.error))
            return
        facts, checks = outcome.value
        self._facts = facts
        self.copy_button.setEnabled(True)
        self._show(facts, checks)

    def _show(self, facts: Json, checks: Sequence[Check]) -> None:
        broken = [check.name for check in checks if check.state is State.BROKEN]
        to_know = [check.name for check in checks if check.state is State.TO_KNOW]
        self.banner.set_tone("failed" if broken else "passed")
        self.banner.show_text(verdict_title(len(broken)), verdict_hint(broken, to_know))
        for old in self.cards:
            self._cards.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.cards = [
            CheckCard(check, facts, self._buttons(check.name))
            for check in checks
            if check.state is not State.WORKS
        ]
        for each in self.cards:
            self._cards.addWidget(each)
        order_tabs(self._content)
        set_next_step(self.next_step(), self.window())
        self._show_works(facts, [check.name for check in checks if check.state is State.WORKS])
        self.report.setPlainText(self._text())
        self.all.show()

    def _show_works(self, facts: Json, names: Sequence[str]) -> None:
        while (item := self.works.body.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for name in names:
            row = QWidget()
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(plain_label(check_title(name), tone="strong"))
            words.addWidget(plain_label(breakable(fact_text(name, facts)), tone="quiet"))
            inner = line(spacing=8)
            inner.addWidget(IconLabel("passed"), 0, Qt.AlignmentFlag.AlignTop)
            inner.addLayout(words, 1)
            row.setLayout(inner)
            self.works.body.addWidget(row)
        self.works.set_rest(self.tr("– {0}").format(", ".join(map(check_title, names))))
        self.works.setVisible(bool(names))

    # -- what helps ---------------------------------------------------------------------------

    def _buttons(self, name: str) -> Sequence[QPushButton]:
        """What can be pressed about a check; help is always there."""
        title = check_title(name)
        to_settings: Callable[[], object] = partial(self._around.go_to, "settings")
        helping = {
            "keyring": (self.tr("Settings"), to_settings),
            "names": (self.tr("Settings"), to_settings),
            "data_folder": (self.tr("Open the folder"), self._open_folder),
            "files": (self.tr("Open the folder"), self._open_folder),
        }
        out = []
        if name in helping:
            text, then = helping[name]
            out.append(button(text, then, name=f"{text}: {title}"))
        show = partial(show_help, self, self._around.runner, f"check:{name}")
        out.append(
            button(
                self.tr("Help"),
                show,
                name=self.tr("Help: {0}").format(title),
                icon="help",
                quiet=True,
            )
        )
        return out

    def _open_folder(self) -> None:
        path = str(self._around.ws.data_dir)
        self._around.runner.submit(partial(jobs.open_folder, path), lambda _: None)

    def _text(self) -> str:
        """The report to be passed on, without the name of the user's own folder."""
        facts = for_others(self._facts)
        return "\n".join(report_lines(facts, judge(facts), Face.WINDOW))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text())
        say_done(self.copy_button, self.tr("Copied"))

    # -- Place --------------------------------------------------------------------------------

    def take_focus(self) -> None:
        self.again_button.setFocus()

    def next_step(self) -> QPushButton | None:
        """What helps with the first thing that does not work, where there is such a button."""
        broken = (each for each in self.cards if each.check.state is State.BROKEN)
        first = next(broken, None)
        return first.buttons[0] if first is not None and len(first.buttons) > 1 else None

    def zones(self) -> list[QWidget]:
        return [self.again_button, *(each.buttons[0] for each in self.cards), self.all.button]
