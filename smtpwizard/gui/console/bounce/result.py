"""What a bounce means: the conclusion, each recipient, whose message it was, what was read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QResizeEvent
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.tasks import Runner
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.elements import (
    breakable,
    button,
    card,
    line,
    plain_label,
    say_done,
)
from smtpwizard.gui.widgets.fold import Fold
from smtpwizard.gui.widgets.icons import pixmap
from smtpwizard.gui.widgets.item_list import ItemList
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.tab_order import order_tabs
from smtpwizard.messages.bounces import (
    came_back_text,
    nothing_found,
    outcome_text,
    reasons_text,
    recipient_text,
    summary_text,
    sure_text,
    whose_text,
)
from smtpwizard.model.connector import Connector
from smtpwizard.model.delivery import DELAYED, FAILED, Delivery
from smtpwizard.model.report import Likelihood
from smtpwizard.usecases.explain import Belonging, Explained

# So many connectors are offered at first, and so many more at a time; so many lines and recipients
# are shown without a scroll bar.
MAX_CONNECTORS = 5
MORE_CONNECTORS = 20
LINES_HERE = 60
ROWS_HERE = 6
_MARKS = {FAILED: "failed", DELAYED: "clock"}
_TONES = {Likelihood.HIGH: "success", Likelihood.LOW: "warning"}


class BounceResult(QWidget):
    """Shows one explanation; `opened` is told the connector that is to be shown."""

    def __init__(self, runner: Runner, opened: Callable[[str], None]) -> None:
        super().__init__()
        self._opened = opened
        self.explained: Explained | None = None
        self._connector: Connector | None = None
        self._summary = ""
        self.banner = Banner("unknown")
        self.cards = CauseCards(runner)
        self.cards.save_elsewhere()
        self.recipients_label = plain_label(tone="strong")
        self.recipients = ItemList(self.tr("Recipients"))
        self.recipients.setWordWrap(True)
        self.recipients.setIconSize(QSize(16, 16))
        self.recipients.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.recipients.currentRowChanged.connect(self._show_recipient)
        self.whose = WhoseCard()
        self.fold = Fold(self.tr("What was read"))
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setProperty("fixed", "true")
        self.text.setAccessibleName(self.tr("What was read, without secrets"))
        self.copy_text_button = button(
            self.tr("Copy the text"), self._copy_text, icon="copy", quiet=True
        )
        self.fold.body.addWidget(self.text)
        self.fold.body.addLayout(line(self.copy_text_button, None))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 4, 0)
        column.setSpacing(12)
        for widget in (
            *(self.banner, self.cards, self.recipients_label, self.recipients),
            *(self.whose, self.fold),
        ):
            column.addWidget(widget)
        column.addStretch(1)

    def show_explained(self, explained: Explained, belongings: Sequence[Belonging]) -> None:
        """Show this explanation, and the connectors that the message may be of."""
        self.explained = explained
        delivery = explained.delivery
        alone = len(belongings) == 1 and belongings[0].likelihood is not Likelihood.LOW
        self._connector = belongings[0].stored.connector if alone else None
        named = any(delivery.traces)
        self.whose.show_belongings(belongings, self._opened, named=named)
        self._show_recipients(delivery)
        self._show_causes(explained, outcome_text(delivery))
        self._summary = summary_text(
            delivery,
            explained.explanation.causes,
            [(one.stored.connector.name, one.likelihood, one.reasons) for one in belongings],
        )
        self.text.setPlainText(delivery.shown)
        lines = delivery.shown.count("\n") + 1
        words = (
            self.tr("– {0} line, secrets left out")
            if lines == 1
            else self.tr("– {0} lines, secrets left out")
        )
        rest = words.format(lines)
        self.fold.set_rest(
            self.tr("{0}; only the first million bytes were read").format(rest)
            if explained.cut
            else rest
        )
        self.fold.set_open(False)
        order_tabs(self)
        metrics = self.text.fontMetrics().lineSpacing()
        self.text.setFixedHeight(metrics * min(max(lines, 3), LINES_HERE) + 28)

    def _show_causes(self, explained: Explained, outcome: str) -> None:
        causes = explained.explanation.causes
        actions = [one.action for one in explained.delivery.recipients]
        self.cards.waits = DELAYED in actions and FAILED not in actions
        self.cards.came_back = came_back_text(explained.delivery, self._connector)
        self.cards.show_causes(causes, None, self._connector, kicker=outcome)
        failed = [one for one in explained.delivery.recipients if one.action in (FAILED, DELAYED)]
        if explained.delivery.recipients and not failed:
            self.banner.set_tone("passed")
            self.banner.show_text(outcome, self.tr("Nothing failed here."))
        else:
            self.banner.set_tone("unknown")
            self.banner.show_text(
                outcome or self.tr("No known cause"),
                nothing_found()
                + " "
                + self.tr("Is it all there? Paste the whole message, with its headers."),
            )
        self.banner.setVisible(not causes)

    def _show_recipients(self, delivery: Delivery) -> None:
        """Each recipient, where there are several: what became of the message."""
        many = len(delivery.recipients) > 1
        self.recipients.blockSignals(True)
        self.recipients.clear()
        ratio = self.devicePixelRatioF()
        for one in delivery.recipients if many else ():
            text = recipient_text(one)
            mark = pixmap(_MARKS.get(one.action, "passed"), ratio=ratio)
            icon = QIcon(mark)
            icon.addPixmap(mark, QIcon.Mode.Selected)
            item = QListWidgetItem(icon, breakable(text))
            item.setData(Qt.ItemDataRole.AccessibleTextRole, text)
            self.recipients.addItem(item)
        self.recipients.blockSignals(False)
        number = len(delivery.recipients)
        self.recipients_label.setText(
            self.tr("{0} recipients: choose one to see what it means").format(number)
        )
        self._fit_recipients()
        self.recipients_label.setVisible(many)
        self.recipients.setVisible(many)

    def _fit_recipients(self) -> None:
        """As high as its rows: the page scrolls."""
        self.recipients.doItemsLayout()
        number = min(self.recipients.count(), ROWS_HERE)
        rows = sum(self.recipients.sizeHintForRow(at) for at in range(number))
        self.recipients.setFixedHeight(rows + 2 * self.recipients.frameWidth() + 4)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_recipients()

    def _show_recipient(self, row: int) -> None:
        """Put what this recipient's answer means on the card."""
        if self.explained is None or not 0 <= row < len(self.explained.of_recipients):
            return
        one = self.explained.delivery.recipients[row]
        found = self.explained.of_recipients[row]
        delivery = self.explained.delivery._replace(recipients=(one,))
        if found is not None:
            self._show_causes(Explained(found, delivery), outcome_text(delivery))
        elif one.action not in (FAILED, DELAYED):
            self.cards.show_causes(())
            self.banner.set_tone("passed")
            self.banner.show_text(outcome_text(delivery), self.tr("Nothing failed here."))
            self.banner.show()

    def copy(self, push: QPushButton) -> None:
        """Put the conclusion into the clipboard, as text for a ticket."""
        QGuiApplication.clipboard().setText(self._summary)
        say_done(push, self.tr("Copied"))

    def _copy_text(self) -> None:
        QGuiApplication.clipboard().setText(self.text.toPlainText())
        say_done(self.copy_text_button, self.tr("Copied"))


class WhoseCard(QWidget):
    """The connectors that sent the message, or may have, each with why and the way to it."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = card()
        self.title = plain_label(tone="strong")
        self.open_buttons: list[QPushButton] = []
        self._rows: list[QWidget] = []
        self._next: Callable[[], None] = lambda: None
        self.more_button = button("", lambda: self._next(), quiet=True)
        self.more_button.hide()
        self._column = QVBoxLayout(self.frame)
        self._column.setContentsMargins(14, 10, 14, 12)
        self._column.setSpacing(8)
        self._column.addWidget(self.title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.frame)

    def show_belongings(
        self, belongings: Sequence[Belonging], opened: Callable[[str], None], *, named: bool
    ) -> None:
        """Show these; `named`: something in the text could have told."""
        for old in self._rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        sure = [one.likelihood for one in belongings]
        self.title.setText(whose_text(sure, named=named))
        self.open_buttons, self._rows = [], []
        self.more_button.hide()
        self._show_next(list(belongings), opened, MAX_CONNECTORS)

    def _show_next(self, left: list[Belonging], opened: Callable[[str], None], number: int) -> None:
        """Show so many more of those that are left, and offer the rest."""
        had_focus = self.more_button.hasFocus()
        first = len(self.open_buttons)
        for one in left[:number]:
            row = self._row(one, opened)
            self._rows.append(row)
            self._column.addWidget(row)
        left = left[number:]
        self._column.removeWidget(self.more_button)
        self._column.addWidget(self.more_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._next = partial(self._show_next, left, opened, MORE_CONNECTORS)
        if had_focus and not left:
            self.open_buttons[first].setFocus()
        shown = min(len(left), MORE_CONNECTORS)
        words = self.tr("Show {0} more") if shown == len(left) else self.tr("Show {0} more of {1}")
        self.more_button.setText(words.format(shown, len(left)))
        self.more_button.setVisible(bool(left))

    def _row(self, one: Belonging, opened: Callable[[str], None]) -> QWidget:
        row = QWidget()
        name = one.stored.connector.name
        identifier = one.stored.id
        push = button(
            self.tr("Open"),
            lambda: opened(identifier),
            name=self.tr("Open {0}").format(name),
            icon="arrow",
        )
        self.open_buttons.append(push)
        words = QVBoxLayout()
        words.setSpacing(2)
        sure = sure_text(one.likelihood)
        pill = Pill(sure[:1].upper() + sure[1:], _TONES.get(one.likelihood, "plain"))
        words.addLayout(line(plain_label(name, tone="strong", wrap=False), pill, None))
        words.addWidget(plain_label(breakable(reasons_text(one.reasons)), tone="quiet"))
        inner = line(push, spacing=12)
        inner.insertLayout(0, words, 1)
        row.setLayout(inner)
        return row
