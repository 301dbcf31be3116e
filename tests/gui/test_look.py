"""What keeps the window of one piece: one edge, one size, quiet good news, nothing said twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from smtpwizard.gui.console.detail.fact_rows import Fact, FactRow
from smtpwizard.gui.console.detail.history import HistoryPage
from smtpwizard.gui.console.first_start import FirstStart
from smtpwizard.gui.console.main_window import MainWindow
from smtpwizard.gui.results.cause_card import CauseCards
from smtpwizard.gui.results.fact_table import fact_table
from smtpwizard.gui.results.stage_rows import StageTable
from smtpwizard.gui.widgets.banner import Banner
from smtpwizard.gui.widgets.pill import Pill
from smtpwizard.gui.widgets.save_bar import SaveBar
from smtpwizard.gui.widgets.text_dialog import TextDialog
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.gui.wizard.smart_flows import LongValue
from smtpwizard.messages.causes import cause_text
from smtpwizard.messages.face import Face
from smtpwizard.model.report import Actor, Cause, Likelihood, Stage, StageResult, Status
from smtpwizard.oauth.signed_in import Progress
from smtpwizard.oauth.tokens import TokenError
from smtpwizard.usecases.sign_in import SignInFailure
from smtpwizard.usecases.workspace import Workspace
from tests.gui.driving import passed_report, refused_report
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_main_window import listed
from tests.gui.test_oauth import DOMAIN, GUID, PAGE, WEB, at_oauth, filled, signed_in

Store = Callable[..., None]
OpenWizard = Callable[..., ConnectorWizard]


@pytest.fixture
def one(window: MainWindow, runner: FakeTaskRunner, store: Store) -> MainWindow:
    store("Invoices")
    return listed(window, runner)


def place_in(widget: QWidget) -> QPoint:
    """Where it begins, in its window."""
    return widget.mapTo(widget.window(), QPoint(0, 0))


def test_every_page_has_its_title_and_its_content_at_one_edge(one: MainWindow) -> None:
    console = one.console
    left = place_in(console.header.title).x()
    assert place_in(console.connectors.new_button).x() == left
    for key, what in (("settings", "sections"), ("doctor", "banner"), ("project", "form")):
        console.go_to(key)
        found = getattr(console.place(key), what)
        widget = found[0] if isinstance(found, list) else found
        QApplication.sendPostedEvents()
        assert place_in(widget).x() == left, key


def test_a_connector_has_its_name_where_the_list_has_its_title(
    one: MainWindow, runner: FakeTaskRunner
) -> None:
    title = place_in(one.console.header.title)
    one.console.open(one.rows[0].id)
    runner.run_all()
    view = one.console.opened.view
    assert view is not None
    header = view.header
    QApplication.sendPostedEvents()
    assert place_in(header.title).x() == title.x()
    assert abs(place_in(header.title).y() - title.y()) <= 2
    # Its buttons are all of one height, and the pill of the state is as high as its word.
    heights = {push.height() for push in (header.verify_button, header.more_button)}
    assert len(heights) == 1
    assert header.status.height() < header.title.height()


def test_counts_stand_at_the_end_of_their_entries(one: MainWindow) -> None:
    entry = one.console.connectors_entry
    [count] = [label for label in entry.findChildren(QLabel) if label.text() == "1"]
    assert count.geometry().right() >= entry.width() - 14


def test_good_news_is_quiet(qtbot: QtBot) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    table.show_all(passed_report().stages, None)
    assert not any(row.strong for row in table.rows)
    table.show_all(refused_report().stages, None)
    assert [row.strong for row in table.rows if row.mark == "failed"] == [True]


def test_the_names_of_a_group_reach_as_far_as_its_arrow(qtbot: QtBot) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    table.resize(440, 200)
    table.show()
    table.show_all(refused_report().stages, None)
    image = table.grab().toImage()
    at = next(n for n, row in enumerate(table.rows) if row.group == "not_reached")
    time = table.columnViewportPosition(2)
    y = range(table.rowViewportPosition(at) + 6, table.rowViewportPosition(at) + 24)
    ground = image.pixelColor(table.width() - 60, table.rowViewportPosition(at) + 4)
    names = table.fontMetrics().horizontalAdvance(table.rows[at].detail)
    assert names > table.columnWidth(1), "else this shows nothing"
    assert any(image.pixelColor(x, row) != ground for x in range(time, time + 20) for row in y)


def test_a_small_banner_has_a_heading_only_above_a_sentence(qtbot: QtBot) -> None:
    banner = Banner("info", small=True)
    qtbot.addWidget(banner)
    banner.show_text("Nothing is known.")
    assert not banner.title.property("tone")
    banner.show_text("Nothing to fill in.", "No login is sent.")
    assert banner.title.property("tone") == "strong"


# -- nothing is said twice ------------------------------------------------------------------------


def test_where_a_link_leads_a_step_does_not_say_it_again(
    qtbot: QtBot, runner: FakeTaskRunner
) -> None:
    cause = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, (), values={"username": "a@b.c"})
    text = cause_text(cause, Face.WINDOW)
    assert "(under Authenticate)" in text.steps[0].text
    assert "page" not in text.steps[0].short
    cards = CauseCards(runner)
    qtbot.addWidget(cards)
    cards.go = lambda _: None
    cards.show_causes((cause,), refused_report())
    cards.show()
    assert cards.card.next.step.text() == text.steps[0].short
    assert cards.card.next.then.text() == "This result stays until something changes."
    said = [label.text() for label in cards.findChildren(QLabel) if label.isVisibleTo(cards)]
    assert not any("(page" in each for each in said)


def test_in_a_terminal_a_step_says_where_as_ever() -> None:
    cause = Cause("oauth_token_revoked", Likelihood.HIGH, Actor.YOU, ())
    [sign_in] = [s for s in cause_text(cause, Face.COMMAND_LINE).steps if "sign-in" in s.text][:1]
    assert sign_in.short == sign_in.words


def test_why_a_sign_in_failed_is_seen_whole_and_said_once(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, WEB))
    declined = Cause("oauth_consent_denied", Likelihood.HIGH, Actor.YOU, ())
    runner.answer(SignInFailure(TokenError("token_consent_denied"), (declined,)))
    card = panel.box.causes.card
    assert card.kicker.text() == "Not signed in"
    assert not panel.box.banner.isVisibleTo(wizard)
    # The form stays the line that it was while the browser was open; Sign in is beside it.
    assert panel.is_folded
    assert panel.sign_in_button.isVisibleTo(wizard)
    assert not panel.domain_edit.isVisibleTo(wizard)
    assert "on this page" in card.facts.who.text()
    said = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(wizard)]
    assert not any("under Authenticate" in each for each in said)
    assert not any(row.links for row in card.steps.rows), "it stands above"
    panel.summary.change_button.click()
    assert panel.domain_edit.isVisibleTo(wizard)
    panel.client_id_edit.setText("9-z.apps.googleusercontent.com")
    assert not card.isVisibleTo(wizard)


def test_the_end_of_the_client_secret_is_a_fact_among_others(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = at_oauth(wizard, "Microsoft Exchange")
    panel.domain_edit.setText(DOMAIN)
    panel.client_id_edit.setText(GUID)
    panel.client_secret.edit.setText("a-secret")
    panel.user_edit.setText("mailer@example.com")
    signed_in(panel, runner)
    grid, ends = panel.facts.grid, panel.facts.ends
    assert ends is not None
    place = grid.getItemPosition(grid.indexOf(ends.label))
    assert tuple(place)[:2] == (grid.rowCount() - 1, 0)  # type: ignore[arg-type]
    assert ends.editor.isVisibleTo(wizard)
    assert ends.note.text(), "and where one is reminded of it stays beside it"


# -- one look for what is alike -------------------------------------------------------------------


def test_a_stage_that_was_left_out_is_said_in_a_word(qtbot: QtBot) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    skipped = StageResult(Stage.DATA, Status.SKIPPED)
    table.show_all((*passed_report().stages[:-1], skipped), None)
    assert (table.rows[-1].detail, table.rows[-1].time) == ("skipped", "")


def test_marks_of_the_list_grow_with_the_font(one: MainWindow, qapp: QApplication) -> None:
    before = qapp.font()
    larger = QFont(before)
    larger.setPointSizeF(before.pointSizeF() * 1.6)
    delegate = one.console.connectors.table.delegate
    small = delegate._mark
    qapp.setFont(larger)
    try:
        delegate.take_font()
        assert delegate._mark > small
    finally:
        qapp.setFont(before)
        delegate.take_font()


def test_with_large_letters_the_words_of_a_stage_have_the_room_of_its_bar(qtbot: QtBot) -> None:
    table = StageTable()
    qtbot.addWidget(table)
    table.resize(700, 300)
    table.show_all(passed_report().stages, None)
    assert table.has_bars()
    larger = QFont(table.font())
    larger.setPointSizeF(larger.pointSizeF() * 2)
    table.setFont(larger)
    assert not table.has_bars()


def test_the_save_bar_has_its_words_under_each_other(qtbot: QtBot) -> None:
    bar = SaveBar()
    qtbot.addWidget(bar)
    bar.resize(900, 60)
    bar.show_changes(["Name", "Port"], after="It counts as not tested afterwards.")
    bar.show()
    QApplication.sendPostedEvents()
    assert bar.names.y() > bar.count.y()
    assert bar.names.x() == bar.count.x()


def test_a_message_has_a_heading_and_says_when_it_was_copied(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = TextDialog(parent, "Ask your mail administrator", "Ready to send.", "Hello")
    headings = [each.text() for each in dialog.findChildren(QLabel) if each.property("heading")]
    assert headings == ["Ask your mail administrator"]
    dialog.copy_button.click()
    assert dialog.copy_button.text() == "Copied"


def test_words_in_a_table_begin_where_their_heading_does(qtbot: QtBot) -> None:
    table = fact_table("Facts", ["One", "Other"], 1, stretching=(0, 1))
    qtbot.addWidget(table)
    assert table.property("padded") == "true"


def test_what_is_compared_letter_by_letter_is_in_fixed_pitch(qtbot: QtBot) -> None:
    row = FactRow(Fact("search", "Fingerprint", "AA:BB", literal=True))
    qtbot.addWidget(row)
    assert row.text.property("fixed") == "true"


def test_a_step_in_the_history_leads_to_its_setting(
    ws: Workspace, runner: FakeTaskRunner, store: Store, qtbot: QtBot
) -> None:
    store("Invoices")
    page = HistoryPage(ws, runner, ws.find("Invoices"))
    qtbot.addWidget(page)
    with qtbot.waitSignal(page.field_wanted) as led:
        assert page.view.causes.go is not None
        page.view.causes.go("authentication.password")
    assert led.args == ["authentication.password"]


def test_a_long_value_of_one_line_is_as_high_as_a_field(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    column = QVBoxLayout(host)
    field, value = QLineEdit("smtp"), LongValue("Newsletters of the office")
    column.addWidget(field)
    column.addWidget(value)
    host.resize(500, 200)
    host.show()
    QApplication.sendPostedEvents()
    assert abs(value.height() - field.height()) <= 2


def test_a_pill_is_no_higher_than_its_word(qtbot: QtBot) -> None:
    host = QWidget()
    qtbot.addWidget(host)
    row = QHBoxLayout(host)
    pill = Pill("read only")
    row.addWidget(pill)
    host.resize(300, 120)
    host.show()
    QApplication.sendPostedEvents()
    assert pill.height() == pill.sizeHint().height()


def test_the_example_of_an_address_fits_its_box(
    open_wizard: OpenWizard, runner: FakeTaskRunner
) -> None:
    wizard = open_wizard()
    panel = filled(wizard)
    panel.sign_in_button.click()
    runner.report(Progress(PAGE, f"https://login.{'a' * 80}.example/oauth2/redirect"))
    edit = panel.box.waiting.answer_edit
    QApplication.sendPostedEvents()
    assert edit.placeholderText().endswith("code=…")
    wide = edit.fontMetrics().horizontalAdvance(edit.placeholderText())
    assert wide <= edit.contentsRect().width()
    panel.box.cancel()


def test_a_run_of_ones_own_is_not_a_customers(runner: FakeTaskRunner, qtbot: QtBot) -> None:
    """What is recorded may be one's own, as in the history; only a case is another's."""
    cause = Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, (), values={"username": "a@b.c"})
    for of_case, who in ((False, "You"), (True, "The customer")):
        cards = CauseCards(runner)
        qtbot.addWidget(cards)
        cards.recorded, cards.of_case = True, of_case
        cards.show_causes((cause,), refused_report())
        assert cards.card.facts.who.text().startswith(who)


def test_the_tiles_of_the_first_start_are_of_one_height_and_nothing_in_them_is_cut(
    qtbot: QtBot,
) -> None:
    start = FirstStart()
    qtbot.addWidget(start)
    start.resize(704, 700)
    start.show()
    QApplication.sendPostedEvents()
    tiles = (start.demo_tile, start.open_tile, start.import_tile)
    assert len({tile.height() for tile in tiles}) == 1
    assert len({tile.y() for tile in tiles}) == 1, "beside each other"
    for label in start.open_tile.findChildren(QLabel):
        assert label.width() >= label.minimumSizeHint().width()
