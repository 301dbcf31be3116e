"""What keeps the window from being deaf: work beside it, in turns, in place, and standing back."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from smtpwizard import causes, help_pages, resources
from smtpwizard.flow.steps import STEPS
from smtpwizard.gui import jobs
from smtpwizard.gui.console.detail.detail_view import CONFIGURATION, DetailView
from smtpwizard.gui.console.detail.history import HistoryPage
from smtpwizard.gui.console.main_window import MainWindow, _texts_of
from smtpwizard.gui.precedence import AT_MOST_S, LATE_S, Shown, YieldingToken
from smtpwizard.gui.results.cause_card import CauseCard
from smtpwizard.gui.results.stages import StageView
from smtpwizard.gui.secret_store_recovery import PassphraseKeeper, SecretStoreRecovery
from smtpwizard.gui.sign_in.waiting_panel import WaitingPanel
from smtpwizard.gui.tasks import Job, TaskRunner
from smtpwizard.gui.widgets.flow import flow
from smtpwizard.gui.wizard.connector_wizard import ConnectorWizard
from smtpwizard.model.errors import Cancelled
from smtpwizard.model.stored import StoredConnector
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.connectors import list_connectors
from smtpwizard.usecases.history import list_runs, record_run
from smtpwizard.usecases.list_rows import ConnectorRows
from smtpwizard.usecases.workspace import Workspace
from tests.gui.fake_runner import FakeTaskRunner
from tests.gui.test_fixes_window import wrong_mode

# So many parts are a tree that is felt when it is moved.
MANY = 40


def failed(ws: Workspace, store: Callable[..., None]) -> StoredConnector:
    """A connector whose last verification failed."""
    store("Invoices")
    (stored,) = ws.store.list().connectors
    record_run(ws, stored, stored.connector, wrong_mode())
    return stored


def open_at_once(ws: Workspace, runner: FakeTaskRunner) -> DetailView:
    recovery = SecretStoreRecovery(ws, runner, PassphraseKeeper())
    return DetailView(ws, runner, recovery, list_connectors(ws)[0])


def forget_what_was_read() -> None:
    for each in (causes.causes, causes._read_words, help_pages.pages, help_pages._index):
        each.cache_clear()


def where_read(monkeypatch: pytest.MonkeyPatch, where: set[str]) -> None:
    """Note the threads that read what ships with the program, as if nothing had been read."""
    read = resources.packaged_text

    def noted(name: str) -> str:
        where.add(threading.current_thread().name)
        return read(name)

    forget_what_was_read()
    monkeypatch.setattr(causes, "packaged_text", noted)
    monkeypatch.setattr(help_pages, "packaged_text", noted)


def test_what_is_said_of_causes_is_read_beside_the_window(
    qtbot: QtBot,
    ws: Workspace,
    store: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stored = failed(ws, store)
    runner = TaskRunner(lambda error: None)
    view = StageView(FakeTaskRunner(), recorded=True)
    qtbot.addWidget(view)
    for work in (
        partial(jobs.read_detail, ws, stored.id),
        partial(jobs.last_run, ws, stored),
        partial(jobs.read_run, ws, stored, newest(ws, stored)),
    ):
        where: set[str] = set()
        where_read(monkeypatch, where)
        ended: list[object] = []
        runner.submit(work, ended.append)
        qtbot.waitUntil(partial(bool, ended))
        view.show_report(wrong_mode())
        view.say_verdict(wrong_mode(), "")
        assert view.causes.card.text is not None
        assert where
        assert threading.main_thread().name not in where
        monkeypatch.undo()
    runner.close()


def newest(ws: Workspace, stored: StoredConnector) -> str:
    return list_runs(ws, stored).runs[0].id


def test_the_last_result_comes_in_turns_and_all_of_it_is_seen_at_once(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    failed(ws, store)
    view = open_at_once(ws, runner)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    runner.run_all()
    assert view.detail is not None
    assert view.summary.live is None  # the window listens before it is made
    seen: list[bool] = []

    def look() -> None:
        live = view.summary.live
        seen.append(live is not None and live.isVisible() and live.causes.isVisible())

    listener = QTimer(view)
    listener.timeout.connect(look)
    view.loaded.connect(listener.stop)  # what comes after that is one look more
    listener.start(0)
    with qtbot.waitSignal(view.loaded):
        pass
    look()
    assert not any(seen[:-1])
    assert len(seen) > 2
    assert seen[-1]
    assert view.summary.moment.text().startswith("Last test")


def test_a_verification_that_begins_meanwhile_is_what_is_seen(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    failed(ws, store)
    view = open_at_once(ws, runner)
    qtbot.addWidget(view)
    runner.run_all()
    view.verify()
    turns: list[int] = []
    listener = QTimer(view)
    listener.timeout.connect(lambda: turns.append(1))
    listener.start(0)
    qtbot.waitUntil(lambda: len(turns) > 5)
    assert view.summary.running
    assert view.summary.live is not None
    assert "Testing" in view.summary.live.verdict.text()


class Moves(QObject):
    """Which large trees get another parent."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        moved = event.type() == QEvent.Type.ParentChange and isinstance(watched, QWidget)
        if moved and len(watched.findChildren(QWidget)) > MANY:
            self.moved.append(type(watched).__name__)
        return False


def test_a_page_is_built_where_it_is_shown(
    qtbot: QtBot,
    qapp: QApplication,
    window: MainWindow,
    runner: FakeTaskRunner,
    store: Callable[..., None],
) -> None:
    store("Invoices")
    window.refresh()
    runner.run_all()
    moves = Moves()
    qapp.installEventFilter(moves)
    try:
        window.console.open(window.rows[0].id)
        runner.run_all()
        view = window.console.opened.view
        assert view is not None
        view.go_to(CONFIGURATION)
        assert view.configuration.is_built
    finally:
        qapp.removeEventFilter(moves)
    assert moves.moved == []


def test_a_page_beside_the_list_is_built_where_it_is_shown(
    qapp: QApplication, window: MainWindow, runner: FakeTaskRunner
) -> None:
    runner.run_all()
    moves = Moves()
    qapp.installEventFilter(moves)
    try:
        for key in window.console.offers:
            window.console.go_to(key)
            runner.run_all()
    finally:
        qapp.removeEventFilter(moves)
    built = {type(place).__name__ for place in window.console.places.each()}
    assert len(built) == len(window.console.offers)
    assert built.isdisjoint(moves.moved)


@pytest.fixture
def some_read(
    window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> Callable[[], None]:
    """Four connectors, of which two are there."""
    for name in ("Invoices", "Payslips", "Reports", "Tickets"):
        store(name)

    def report() -> None:
        rows, job = ConnectorRows(window._ws), Job(CancelToken(), print)
        whole, texts = jobs.load(rows, _texts_of, Shown(), job)
        runner.report((whole._replace(rows=whole.rows[1:3], of=4), texts))

    window.refresh()
    return report


def names(window: MainWindow) -> list[str]:
    return [row.name for row in window.console.connectors.model.rows]


def test_of_many_some_are_there_while_the_others_are_read(
    window: MainWindow, runner: FakeTaskRunner, some_read: Callable[[], None]
) -> None:
    some_read()
    console, page = window.console, window.console.connectors
    assert page.isVisible()
    assert names(window) == ["Payslips", "Reports"]
    assert page.checked_label.text() == "Reading… 2 of 4"
    assert not console.actions.verify_all.isEnabled()
    page.select(page.model.rows[1].id)
    page.filter_edit.setFocus()
    runner.run_all()
    assert names(window) == ["Invoices", "Payslips", "Reports", "Tickets"]
    assert [row.name for row in page.chosen()] == ["Reports"]
    assert not page.checked_label.text()
    assert console.actions.verify_all.isEnabled()
    assert QApplication.focusWidget() in (page.filter_edit, None)


def test_where_nobody_has_selected_one_the_first_of_all_is(
    window: MainWindow, runner: FakeTaskRunner, some_read: Callable[[], None]
) -> None:
    some_read()
    assert window.console.connectors.chosen() == []
    runner.run_all()
    assert [row.name for row in window.console.connectors.chosen()] == ["Invoices"]


def test_what_was_read_while_the_window_builds_is_not_lost(
    qtbot: QtBot, window: MainWindow, some_read: Callable[[], None]
) -> None:
    with qtbot.waitSignal(window.built):
        window.build_soon()
        some_read()
        assert not window.rows
    assert names(window) == ["Payslips", "Reports"]


def test_what_was_read_of_another_project_while_the_window_builds_is_not_shown(
    qtbot: QtBot, window: MainWindow, ws: Workspace, some_read: Callable[[], None]
) -> None:
    with qtbot.waitSignal(window.built):
        window.build_soon()
        some_read()
        window.show_workspace(ws.in_project(ws.data.create_project("Another one")))
    assert names(window) == []


def test_two_runs_are_compared_without_the_view_of_one(
    qtbot: QtBot, ws: Workspace, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    stored = failed(ws, store)
    record_run(ws, stored, stored.connector, wrong_mode())
    page = HistoryPage(ws, runner, stored)
    qtbot.addWidget(page)
    page.list.runs.show_runs(list_runs(ws, stored).runs)
    page.choose([0, 1])
    runner.run_all()
    assert page.right.currentWidget() is page.differences
    assert page.findChildren(StageView) == []
    page.choose([0])
    runner.run_all()
    assert page.right.currentWidget() is page.one.area
    assert page.findChildren(StageView) == [page.view]


def in_a_process_of_its_own(program: str) -> str:
    """What it prints, as none of this has been loaded or built before."""
    command = [sys.executable, "-c", program]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_the_window_is_built_in_turns(qtbot: QtBot, window: MainWindow) -> None:
    numbers: list[int] = []
    listener = QTimer(window)
    listener.timeout.connect(lambda: numbers.append(len(window.findChildren(QWidget))))
    listener.start(0)
    before = len(window.findChildren(QWidget))
    with qtbot.waitSignal(window.built):
        window.build_soon()
    listener.stop()
    numbers.append(len(window.findChildren(QWidget)))
    built = [after - before for before, after in pairwise([before, *numbers])]
    assert sum(built) > 2 * MANY
    assert max(built) <= sum(built) * 2 / 3  # it is put into the frame as a whole


def test_what_is_asked_of_a_window_that_is_half_built_finds_it_whole(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.build_soon()
    window._build_next()
    window._build_next()
    console = window.console
    assert console.actions.new.isEnabled()
    assert console is window.console
    with qtbot.waitSignal(window.built):
        pass
    assert console is window.console


def test_another_project_takes_away_all_that_was_built_in_turns(
    qtbot: QtBot, window: MainWindow, ws: Workspace
) -> None:
    staying = QTimer(window)
    with qtbot.waitSignal(window.built):
        window.build_soon()
    kept_on = QTimer(window)
    former = window.console
    parts = [former, former.header, former.connectors, former.actions.new]
    window.show_workspace(ws.in_project(ws.data.create_project("Another one")))
    qtbot.waitUntil(lambda: not any(map(isValid, parts)))
    assert isValid(staying)
    assert isValid(kept_on)


def test_what_is_wanted_next_is_loaded_once_the_list_is_there(
    qtbot: QtBot, window: MainWindow, runner: FakeTaskRunner
) -> None:
    window.refresh()
    with qtbot.waitSignal(window.built):
        window.build_soon()
    ahead = [job for job in waiting(runner) if job is jobs.load_ahead]
    assert not ahead
    runner.run()
    assert waiting(runner).count(jobs.load_ahead) == 1
    with qtbot.waitSignal(window.settled):
        runner.run_all()
    window.refresh()
    runner.run()
    assert jobs.load_ahead not in waiting(runner)


def waiting(runner: FakeTaskRunner) -> list[object]:
    """The jobs that are still to be done."""
    return [getattr(entry.work, "func", entry.work) for entry in runner.pending]


def test_what_is_loaded_beside_the_window_knows_no_qt() -> None:
    said = in_a_process_of_its_own(
        "import sys\n"
        "from smtpwizard.gui.jobs import AHEAD, load_ahead\n"
        "before = set(sys.modules)\n"
        "load_ahead(None)\n"
        "new = set(sys.modules) - before\n"
        "assert {f'smtpwizard.{each}' for each in AHEAD} <= set(sys.modules)\n"
        "print(*(name for name in new if name.startswith(('PySide6', 'smtpwizard.gui'))))\n"
    )
    assert said.split() == []


def test_what_the_list_is_read_with_is_loaded_in_the_window_s_thread(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    monkeypatch.setattr("smtpwizard.gui.console.main_window.import_module", loaded.append)
    window.refresh()
    assert "smtpwizard.gui.console.connector_model" in loaded


def test_qt_s_classes_are_not_built_all_at_once() -> None:
    said = in_a_process_of_its_own(
        "from PySide6 import QtWidgets\n"
        "from PySide6.QtWidgets import QApplication, QScrollArea, QTableView, QWidget\n"
        "from smtpwizard.gui.widgets.qt_classes import build_classes\n"
        "application = QApplication(['', '-platform', 'offscreen'])\n"
        "turns = len(list(build_classes()))\n"
        "built = set(vars(QtWidgets))\n"
        "area = QScrollArea()\n"
        "area.viewport()\n"
        "new = set(vars(QtWidgets)) - built\n"
        "print(turns, *(n for n in new if issubclass(getattr(QtWidgets, n), QWidget)))\n"
    )
    turns, *new = said.split()
    assert int(turns) > 5
    assert new == []


class Clock:
    """The time, and what happens while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, token: YieldingToken) -> None:
        self.now = 100.0
        self.waited: list[float] = []
        self.meanwhile: Callable[[], object] = lambda: None
        monkeypatch.setattr("smtpwizard.gui.precedence.time.monotonic", lambda: self.now)
        monkeypatch.setattr(token._beaten, "wait", self._wait)

    def _wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.meanwhile()


def test_the_first_rows_are_shown_before_the_others_are_read(
    qtbot: QtBot, window: MainWindow, some_read: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, order = window._shown, list[str]()
    monkeypatch.setattr(shown._shown, "wait", lambda seconds: order.append(f"{seconds}"))
    shown.say()
    shown.tell(lambda: order.append(f"told, shown: {shown._shown.is_set()}"))
    assert order == ["told, shown: False", f"{AT_MOST_S}"]
    with qtbot.waitSignal(window.built):
        window.build_soon()
        some_read()
        assert not shown._shown.is_set()
    qtbot.waitUntil(shown._shown.is_set)
    assert names(window) == ["Payslips", "Reports"]


@pytest.fixture
def token() -> YieldingToken:
    return YieldingToken()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch, token: YieldingToken) -> Clock:
    return Clock(monkeypatch, token)


def test_who_verifies_waits_for_a_window_that_is_late(token: YieldingToken, clock: Clock) -> None:
    token.raise_if_cancelled()  # no window has begun to beat
    token.beat()
    clock.now += LATE_S / 2
    token.raise_if_cancelled()
    assert clock.waited == []
    clock.now += LATE_S
    token.raise_if_cancelled()
    assert clock.waited == [AT_MOST_S]
    assert not token._beaten.is_set()
    token.beat()
    assert token._beaten.is_set()
    token.raise_if_cancelled()
    assert len(clock.waited) == 1


def test_who_stands_back_can_be_stopped(token: YieldingToken, clock: Clock) -> None:
    token.beat()
    clock.now += 2 * LATE_S
    clock.meanwhile = token.cancel
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()
    assert token._beaten.is_set()
    with pytest.raises(Cancelled):
        token.raise_if_cancelled()
    assert len(clock.waited) == 1


def test_the_window_beats_while_many_are_verified(
    qtbot: QtBot, window: MainWindow, runner: FakeTaskRunner, store: Callable[..., None]
) -> None:
    store("Invoices")
    store("Payslips")
    window.refresh()
    runner.run_all()
    batch = window.console.batch
    window.console.verify_all()
    stopper = batch._stopper
    qtbot.waitUntil(stopper._beaten.is_set)
    batch.stop()
    runner.run_all()
    assert not batch.running
    assert not batch._beats.isActive()


def test_the_card_of_a_cause_is_built_when_there_is_one(
    qtbot: QtBot, runner: FakeTaskRunner
) -> None:
    view = StageView(runner)
    qtbot.addWidget(view)
    view.run(lambda _: wrong_mode())
    assert view.findChildren(CauseCard) == []
    view.show_report(wrong_mode())
    assert len(view.findChildren(CauseCard)) == 1
    view.clear()
    view.show_report(wrong_mode())
    assert len(view.findChildren(CauseCard)) == 1


def test_a_page_of_the_wizard_is_built_where_it_is_shown_when_next_leads_to_it(
    qtbot: QtBot, qapp: QApplication, ws: Workspace, runner: FakeTaskRunner
) -> None:
    recovery = SecretStoreRecovery(ws, runner, PassphraseKeeper())
    wizard = ConnectorWizard(ws, runner, recovery, taken_names=frozenset())
    qtbot.addWidget(wizard)
    with qtbot.waitExposed(wizard):
        wizard.show()
    wizard.build_later()
    moves = Moves()
    qapp.installEventFilter(moves)
    try:
        for number, step in enumerate(STEPS, 1):
            assert list(wizard.pages) == [each.id for each in STEPS[:number]]
            assert wizard.page_now().step == step.id
            wizard.next()
        wizard.back()
        wizard.next()
    finally:
        qapp.removeEventFilter(moves)
    assert len(wizard.pages) == len(STEPS)
    assert {type(page).__name__ for page in wizard.pages.values()}.isdisjoint(moves.moved)
    assert wizard.findChildren(CauseCard) == []
    assert wizard.findChildren(WaitingPanel) == []
    wizard.hide()


def test_how_high_lines_of_widgets_are_is_known_until_one_comes_or_goes(qtbot: QtBot) -> None:
    parts = [QLabel("some words"), QLabel("some more")]
    host = flow(parts)
    qtbot.addWidget(host)
    host.show()
    layout = host.layout()
    assert layout is not None
    narrow, wide = (layout.heightForWidth(width) for width in (20, 2000))
    assert wide == parts[0].sizeHint().height() < narrow
    assert layout.heightForWidth(20) == narrow
    parts[1].hide()
    assert layout.heightForWidth(20) == wide
    parts[1].show()
    parts[1].setText("one\nbelow the other")
    assert layout.heightForWidth(2000) > wide
