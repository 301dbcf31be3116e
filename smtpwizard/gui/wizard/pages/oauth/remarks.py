"""What is to be known before a sign-in, as one list; a question has its answers as buttons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from smtpwizard.flow.draft import ConnectorDraft
from smtpwizard.gui.widgets.elements import button, card, line, plain_label, separator
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.gui.widgets.icons import IconLabel
from smtpwizard.model.registration import Family


class Remark(NamedTuple):
    """A mark, one line, perhaps a second one, and what can be answered."""

    mark: str
    text: str
    more: str = ""
    answers: Sequence[tuple[str, Callable[[], object]]] = ()

    def shown(self) -> tuple[object, ...]:
        return (self.mark, self.text, self.more, tuple(label for label, _ in self.answers))


class RemarkList(QWidget):
    """Remarks under each other in one frame; hidden while there are none.

    `answer_testing` gets the publishing status that its user tells; `show` leads to the box of a
    dotted path.
    """

    def __init__(
        self, answer_testing: Callable[[str], object], show: Callable[[str], object]
    ) -> None:
        super().__init__()
        self._answer_testing = answer_testing
        self._show = show
        self.frame = card("outlined")
        self._rows = QVBoxLayout(self.frame)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.frame)
        self._shown: list[tuple[object, ...]] = []
        self.buttons: list[QPushButton] = []
        self.hide()

    @property
    def has_any(self) -> bool:
        return bool(self._shown)

    def show_remarks(self, remarks: Sequence[Remark]) -> None:
        """Put these remarks in place of the former ones."""
        shown = [remark.shown() for remark in remarks]
        if shown == self._shown:
            return
        focused = any(push.hasFocus() for push in self.buttons)
        self._shown, self.buttons = shown, []
        while (item := self._rows.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for number, remark in enumerate(remarks):
            if number:
                self._rows.addWidget(separator())
            row = self._row(remark)
            self._rows.addWidget(row)
            row.show()  # now, and not with the next event
        self.setVisible(bool(remarks))
        if focused and self.buttons:
            self.buttons[0].setFocus()

    def _row(self, remark: Remark) -> QWidget:
        row = QWidget()
        words = QVBoxLayout()
        words.setSpacing(1)
        words.addWidget(plain_label(remark.text, tone="strong" if remark.more else ""))
        if remark.more:
            words.addWidget(plain_label(remark.more, tone="muted"))
        pushes = [button(label, then) for label, then in remark.answers]
        for push in pushes:
            push.setAccessibleDescription(remark.text)
        self.buttons += pushes
        content = line(IconLabel(remark.mark), spacing=12)
        content.addLayout(words, 1)
        if pushes:
            content.addWidget(flow(pushes), 0)
        content.setContentsMargins(14, 6, 10, 6)
        row.setLayout(content)
        return row

    # -- what there is to say ------------------------------------------------------------------

    def look(
        self,
        draft: ConnectorDraft,
        *,
        said: Sequence[tuple[str, str]],
        warned: Mapping[str, str],
        wrong: bool,
        asks_testing: bool,
        from_file: bool,
    ) -> None:
        """Put together what there is to say.

        `said` are marks and sentences of what was just done; `warned` are the boxes with a remark
        beside them, by dotted path, with their names; `wrong` is true while something is missing or
        cannot be.
        """
        found = [Remark(mark, text) for mark, text in said]
        if warned:
            found.append(self._warned(warned))
        elif draft.client_id.strip() and not wrong and draft.family is not Family.GENERIC:
            # A server of one's own gives out whatever it likes: no form of it is the right one.
            found.append(self._good(draft, from_file=from_file))
        if asks_testing and draft.client_id.strip():
            found.append(self._testing(draft))
        self.show_remarks(found)

    def _warned(self, warned: Mapping[str, str]) -> Remark:
        first = next(iter(warned))
        names = self.tr(", ").join(warned.values())
        return Remark(
            "warning",
            self.tr("Something looks wrong: {0}").format(names),
            self.tr("It can be tried all the same. What it is stands beside the box."),
            ((self.tr("Show it"), lambda: self._show(first)),),
        )

    def _good(self, draft: ConnectorDraft, *, from_file: bool) -> Remark:
        if not draft.has_secret("client_secret"):
            return Remark("passed", self.tr("The client ID has the right form."))
        if from_file:
            return Remark(
                "passed",
                self.tr("Client ID and client secret have the right form and belong together."),
            )
        return Remark("passed", self.tr("Client ID and client secret have the right form."))

    def _testing(self, draft: ConnectorDraft) -> Remark:
        again = ((self.tr("Answer again"), lambda: self._answer_testing("")),)
        if draft.publishing == "testing":
            return Remark(
                "clock",
                self.tr("The app is in “Testing”: Google ends this sign-in after 7 days."),
                self.tr("The list reminds you. Publish the app, and sign in again, to end that."),
                again,
            )
        if draft.publishing:
            return Remark("passed", self.tr("The app is published: the sign-in lasts."), "", again)
        return Remark(
            "warning",
            self.tr("Is the app still in “Testing”?"),
            self.tr("Then Google ends this sign-in after 7 days."),
            (
                (self.tr("Yes, remind me"), lambda: self._answer_testing("testing")),
                (self.tr("No, it is published"), lambda: self._answer_testing("production")),
            ),
        )
