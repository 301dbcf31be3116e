"""How long the window is deaf at most while somebody works in it, a part of its work after another.

The real window, offscreen, with a heart that beats every 5 ms; a robot does one thing after the
other. Of the longest pause between two beats of each thing: `wall` as it was felt, `own` the CPU
time of the window's thread in it (what a busy machine changes least), `all` that of every thread.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE)]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import shiboken6  # noqa: E402
from PySide6.QtCore import QObject, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QDialog, QPushButton  # noqa: E402

from smtpwizard.files import encode_object, write_file  # noqa: E402
from smtpwizard.gui.app import make_application, run_window  # noqa: E402
from smtpwizard.gui.console.main_window import MainWindow  # noqa: E402
from smtpwizard.usecases.input import parse_connector  # noqa: E402
from smtpwizard.usecases.workspace import Workspace  # noqa: E402

BEAT_MS = 5
# So long a thing is watched after it is done, s.
AFTER_S = 0.4
LIMIT_MS = 100.0
CLOSED_AT = "STALLS_CLOSED_AT"
# The machine may need so long for one thing, s.
TIMEOUT_S = 60.0
PORT = 25_588

Step = Iterator[Callable[[], object] | None]


class Pause(NamedTuple):
    """Between two beats, ms."""

    wall: float
    own: float
    all: float


class Heart(QObject):
    """Beats in the window's thread, and lets the robot do its next step between two beats."""

    def __init__(self, steps: Step, where: bool) -> None:
        super().__init__()
        self.worst: dict[str, list[Pause]] = {}
        self.said: dict[str, str] = {}
        self.name = "start"
        self._steps = steps
        self._until: Callable[[], object] | None = None
        self._quiet_from = self._gave_up = 0.0
        self.ended = 0.0
        """When the last thing was seen to be done."""
        self._last = self._now()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._timer.start(BEAT_MS)
        if where:
            threading.Thread(
                target=self._look_where, args=(threading.get_ident(),), daemon=True
            ).start()

    @staticmethod
    def _now() -> tuple[float, float, float]:
        return time.perf_counter(), time.thread_time(), time.process_time()

    def _beat(self) -> None:
        now = self._now()
        pause = Pause(*((a - b) * 1000 for a, b in zip(now, self._last, strict=True)))
        self.worst.setdefault(self.name, []).append(pause)
        self._last = now
        if self._until is not None and not self._until():
            if now[0] > self._gave_up:
                self.said[self.name] = "NEVER CAME TO ITS END"
                self._steps, self._until = iter(()), None
            self.ended, self._quiet_from = now[0], now[0] + AFTER_S
        elif now[0] >= self._quiet_from:
            self._until = next(self._steps, _over)
            self._gave_up, self._quiet_from = now[0] + TIMEOUT_S, now[0] + AFTER_S
            if self._until is _over:
                self.stop()

    def stop(self) -> None:
        self._timer.stop()
        QApplication.quit()

    def _look_where(self, window: int) -> None:
        """Say where the window's thread is while it does not beat, and what else is done then."""
        told, looking = 0.0, threading.Event()
        while True:
            looking.wait(0.01)
            last = self._last[0]
            if time.perf_counter() - last > 0.06 and told != last:
                told = last
                names = {each.ident: each.name for each in threading.enumerate()}
                for thread, frame in sys._current_frames().items():
                    if thread == window or names.get(thread, "").startswith(("job-", "verify-")):
                        print(f"--- {self.name}: {names.get(thread)}", flush=True)
                        print(*traceback.format_stack(frame)[-5:], sep="", flush=True)

    def table(self) -> bool:
        """Print the worst of every thing; whether all are within the limit."""
        good = True
        for name, pauses in self.worst.items():
            wall = max(pauses, key=lambda each: each.wall)
            own = max(each.own for each in pauses)
            good = good and own <= LIMIT_MS
            print(
                f"  {name:58}{wall.wall:7.0f}{own:7.0f}{wall.all:7.0f}  {self.said.get(name, '')}"
            )
        return good


def _over() -> bool:
    return True


# -- what the window works on ---------------------------------------------------------------------


def document(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "name": f"Connector {number:05}",
        "provider": "custom",
        "server": {"host": f"mail{number % 250}.example.test", "port": 587, "security": "starttls"},
        "authentication": {"method": "basic", "username": f"mailer-{number}@example.test"},
        "admin": {"email": "admin@example.test"},
    } | changes


def fill(ws: Workspace, count: int, store: str = "", **changes: Any) -> None:
    """So many connectors, as many in each state as a list has them."""
    directory = ws.store.directory / "connectors"
    for number in range(count):
        connector = parse_connector(document(number, **changes), ws.defaults_for)
        identifier = f"{number:032x}"
        secrets = {"password": f"{store}:{number:032x}"} if store else {}
        own = {"id": identifier, "revision": 1, "secrets": secrets}
        data = encode_object(connector.to_json() | {"stored": own})
        write_file(directory / f"{identifier}.json", data, synced=False)
        if number % 3:
            record = {
                "at": f"2026-11-{1 + number % 28:02}T10:15:00Z",
                "ok": number % 3 == 1,
                "inputs": connector.inputs_digest(),
                "secrets": secrets,
                "stage": None if number % 3 == 1 else "auth",
                "causes": [] if number % 3 == 1 else ["bad_credentials"],
                "verified_at": "2026-11-01T10:15:00Z",
                "duration_ms": 320,
                "sent": False,
            }
            write_file(
                ws.store.directory / "history" / f"{identifier}.json",
                encode_object({"schema": 1} | record),
                synced=False,
            )


class Session:
    """The real window, once it runs, and what the robot asks of it."""

    window: Any
    runner: Any

    def __init__(self) -> None:
        self.loads = 0

    def find(self) -> bool:
        """True once the window is there."""
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow):
                self.window, self.ws, self.runner = widget, widget._ws, widget._runner
                widget.resize(1280, 800)
                widget.loaded.connect(self._count)
                return True
        return False

    def _count(self) -> None:
        self.loads += 1

    def read_again(self) -> Callable[[], bool]:
        """True once the list was read once more."""
        before = self.loads
        return lambda: self.loads > before

    @property
    def quiet(self) -> bool:
        return not self.runner._entries

    @property
    def view(self) -> Any:
        view = self.window.console.opened.view
        assert view is not None
        return view

    @property
    def opened(self) -> bool:
        return self.window.console.opened.view is not None

    def press(self, text: str) -> bool:
        """Press the button of that text in whatever dialog is open."""
        for dialog in self.window.findChildren(QDialog):
            for push in dialog.findChildren(QPushButton):
                if dialog.isVisible() and push.text().replace("&", "") == text:
                    push.click()
                    return True
        return False

    def close(self, heart: Heart) -> Iterator[Callable[[], object]]:
        """Close the window, answering the one question."""
        heart.name = "closing"
        Path(os.environ[CLOSED_AT]).write_text(str(time.monotonic()))
        self.window.close()

        def gone() -> bool:
            return not self.window.isVisible() or (self.press("Quit anyway") and False)

        yield gone
        heart.stop()


# -- the parts of the work ------------------------------------------------------------------------


class Reads:
    """Which files this process reads whole: one connector costs one, however many there are."""

    def __init__(self) -> None:
        from smtpwizard import files

        self.count = 0
        read = files.read_file

        def counted(*args: Any, **kwargs: Any) -> bytes:
            self.count += 1
            return read(*args, **kwargs)

        files.read_file = counted

    def since(self, before: int) -> str:
        return f"{self.count - before} files read"


def list_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """A long list: opened, filtered, sorted, one connector after the other worked on."""
    reads = Reads()
    heart.name = f"open {args.connectors} connectors"
    began = time.perf_counter()
    yield session.find
    window = session.window
    yield lambda: session.window.rows
    some = f"{heart.ended - began:.2f} s until some are listed, "
    yield lambda: len(session.window.rows) >= args.connectors
    heart.said[heart.name] = f"{some}{heart.ended - began:.2f} s until all are"
    page = window.console.connectors
    heart.name = "filter, a letter after the other"
    for text in ("m", "ma", "mai", "mail1", "mail12", "mail12 0", "nothing at all", "", "auth"):
        page.filter_edit.setText(text)
        yield None
    page.filter_edit.clear()
    heart.name = "filter by state"
    for chip in list(page.chips.chips.values()):
        chip.click()
        yield None
    page.show_kind(None)
    heart.name = "sort by each column"
    for column in range(2, 8):
        page.table.sort_or_turn(column)
        yield None
    heart.name = "select all, then one"
    page.table.selectAll()
    yield None
    page.select(f"{7:032x}")
    yield None
    heart.name = "look for changes: nothing"
    before = reads.count
    window.look_for_changes()
    yield lambda: session.quiet
    heart.name = "look for changes: each file (every 10 s)"
    for folder in (window.source._watch._connectors, window.source._watch._records):
        folder._due = 0.0
    window.look_for_changes()
    yield lambda: session.quiet
    heart.said[heart.name] = reads.since(before)
    heart.name = "another process changes one"
    before = reads.count
    path = session.ws.store.directory / "connectors" / f"{9:032x}.json"
    data = path.read_text().replace("Connector 00009", "Connector other")
    path.with_suffix(".new").write_text(data)
    path.with_suffix(".new").replace(path)
    window.look_for_changes()
    yield session.read_again()
    heart.said[heart.name] = reads.since(before)
    for what, then in (
        ("duplicate one", window.console.verbs.duplicate),
        ("remove one", window.console.verbs.remove),
        ("undo that", window.console.verbs.undo_remove),
        ("make one the default", window.console.verbs.make_default),
    ):
        heart.name, before = what, reads.count
        again = session.read_again()
        then()
        yield again
        heart.said[heart.name] = reads.since(before)
    heart.name, before = "verify one", reads.count
    window.console.verbs.verify()
    yield (
        lambda: (
            window.console.verbs.verify_dialog is not None
            and not (window.console.verbs.verify_dialog.view.running)
        )
    )
    again = session.read_again()
    window.console.verbs.verify_dialog.reject()
    yield again
    heart.said[heart.name] = reads.since(before)
    heart.name, before = "open one", reads.count
    window.console.open(f"{7:032x}")
    yield lambda: session.opened and session.view.detail is not None
    heart.name = "its configuration is made beforehand"
    yield lambda: session.view._configuration is not None
    heart.name = "its configuration"
    session.view.go_to(1)
    yield None
    heart.name = "type in it"
    edit = session.view.configuration.fields["description"].editor
    for number in range(5):
        edit.setText("x" * number)
        yield None
    heart.name, before = "save one", reads.count
    edit.setText("described")
    again = session.read_again()
    session.view.save()
    yield again
    heart.said[heart.name] = reads.since(before)
    heart.name = "rename one"
    before = reads.count
    session.view.configuration.fields["name"].editor.setText("Renamed")
    again = session.read_again()
    session.view.save()
    yield again
    heart.said[heart.name] = reads.since(before)
    for number, name in ((2, "its security"), (3, "its history"), (0, "its summary")):
        heart.name = name
        session.view.go_to(number)
        yield lambda: session.quiet
    heart.name = "another one, its configuration at once"
    window.console.go_to_list()
    yield None
    window.console.open(f"{8:032x}")
    yield lambda: session.opened
    session.view.go_to(1)
    yield lambda: session.view._configuration is not None
    yield from session.close(heart)


def batch_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """All are verified at once, the window in use, and closed in the middle."""
    heart.name = "open"
    yield session.find
    yield lambda: session.window.rows
    console = session.window.console
    heart.name = "verify all, and type a filter meanwhile"
    console.verify_all()
    yield lambda: console.batch.progress[0] > 20
    for text in ("mail1", "mail12", ""):
        console.connectors.filter_edit.setText(text)
        yield None
    heart.name = "verify all, one opened meanwhile"
    console.open(f"{7:032x}")
    yield lambda: session.opened and session.view.detail is not None
    assert console.batch.running
    yield from session.close(heart)


def transcript_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """Runs of 20,000 lines, one of them 1 MB long, from whatever wrote them."""
    heart.name = "open"
    yield session.find
    yield lambda: session.window.rows
    heart.name = "open the one with long runs"
    session.window.console.open(f"{1:032x}")
    yield lambda: session.opened and session.view.detail is not None
    assert session.view.detail.run is not None
    summary = session.view.summary
    shown = summary.live or summary.recorded
    heart.name = "its transcript unfolds"
    shown.transcript.set_open(True)
    yield None
    yield from _transcript_window(heart, session, shown.transcript)
    heart.name = "copy it as text"
    shown.causes.copy(shown.copy_button)
    yield None
    heart.name = "history: two of them compared"
    session.view.go_to(3)
    yield lambda: session.quiet
    history = session.view.history
    heart.name = "history: one of them"
    history.choose([0])
    yield lambda: session.quiet
    heart.name = "history: its transcript unfolds"
    history.view.transcript.set_open(True)
    yield None
    heart.name = "history: compared again"
    history.choose([0, 1])
    yield lambda: session.quiet
    heart.name = "save a case of it"
    session.view.save_case()
    yield lambda: session.quiet
    session.view.dialog.reject()
    yield None
    heart.name = "back to the list, both compared"
    session.window.console.go_to_list()
    session.window.console.connectors.table.choose([f"{1:032x}", f"{2:032x}"])
    session.window.console.verbs.compare()
    yield lambda: session.quiet
    yield from session.close(heart)


def _transcript_window(heart: Heart, session: Session, transcript: Any) -> Step:
    heart.name = "its transcript in a window"
    transcript.open_window()
    yield None
    dialog = transcript.dialog
    heart.name = "search in it, a letter after the other"
    for text in ("c", "co", "code", "nothing at all", "0"):
        dialog.find_edit.setText(text)
        yield None
    heart.name = "next match, to the end, and copy"
    for _ in range(5):
        dialog.find_next()
        yield None
    dialog.copy_button.click()
    yield None
    dialog.reject()
    yield None


def keyring_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """A keyring that never answers."""
    heart.name = "open"
    yield session.find
    yield lambda: session.window.rows
    console = session.window.console
    console.connectors.select(f"{7:032x}")
    yield None
    heart.name = "verify one"
    console.verbs.verify()
    yield lambda: console.verbs.verify_dialog is not None
    waits = time.perf_counter()
    yield lambda: time.perf_counter() - waits > 3
    console.verbs.verify_dialog.reject()
    yield lambda: console.verbs.verify_dialog is None
    heart.name = "open one"
    console.open(f"{7:032x}")
    yield lambda: session.opened and session.view.detail is not None
    heart.name = "edit and save it"
    session.view.go_to(1)
    session.view.configuration.fields["description"].editor.setText("described")
    session.view.save()
    yield lambda: not session.view.unsaved
    heart.name = "rotate its secret"
    session.view.go_to(2)
    session.view.secrets.replace("password")
    dialog = session.view.secrets.dialog
    dialog.field.edit.setText("another one")
    dialog.save()
    waits = time.perf_counter()
    yield lambda: time.perf_counter() - waits > 3
    dialog.reject()
    yield lambda: not shiboken6.isValid(dialog)
    heart.name = "remove another"
    console.go_to_list()
    console.connectors.select(f"{8:032x}")
    again = session.read_again()
    console.verbs.remove()
    yield again
    heart.name = "undo that"
    again = session.read_again()
    console.verbs.undo_remove()
    yield again
    heart.name = "remove it for good"
    again = session.read_again()
    console.verbs.remove()
    yield again
    console.zone.close_all()
    yield None
    heart.name = "verify all"
    console.verify_all()
    yield lambda: time.perf_counter() > waits + 6
    yield from session.close(heart)


# -- their surroundings ---------------------------------------------------------------------------


@contextmanager
def farm(folder: Path, delay_ms: float) -> Iterator[str]:
    """The servers of `mail_farm.py`, and the file to trust them by."""
    ca_file = folder / "ca.pem"
    numbers = ("50", str(PORT), str(delay_ms), "0")
    command = [sys.executable, str(HERE / "mail_farm.py"), str(ca_file), *numbers]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        try:
            yield str(ca_file)
        finally:
            process.stdin.close()
            process.wait()


SILENT_SERVICE = """
import sys
from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
with open_dbus_connection(bus=sys.argv[1]) as bus:
    at = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    bus.send_and_get_reply(
        new_method_call(at, "RequestName", "su", ("org.freedesktop.secrets", 4))
    )
    print("ready", flush=True)
    while True:
        bus.receive()
"""


@contextmanager
def silent_keyring() -> Iterator[None]:
    """A bus of its own on which the Secret Service takes every question and answers none."""
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address=1"], stdout=subprocess.PIPE
    )
    assert bus.stdout is not None
    address = bus.stdout.readline().decode().strip()
    service = subprocess.Popen(
        [sys.executable, "-c", SILENT_SERVICE, address], stdout=subprocess.PIPE
    )
    assert service.stdout is not None
    assert service.stdout.readline() == b"ready\n"
    os.environ["DBUS_SESSION_BUS_ADDRESS"] = address
    try:
        yield
    finally:
        for process in (service, bus):
            process.kill()
            process.wait()


def long_runs(ws: Workspace) -> None:
    """Runs with a transcript of 20,000 lines, one of them 1 MB long."""
    from smtpwizard.model.report import (
        STAGES,
        Actor,
        Cause,
        Likelihood,
        Reply,
        Report,
        Stage,
        StageResult,
        Status,
        TranscriptLine,
    )  # fmt: skip
    from smtpwizard.model.stage_facts import StageError, StageFailure
    from smtpwizard.model.wire import Heard, Said
    from smtpwizard.usecases.history import record_run

    reply = Reply(535, "5.7.8", "Authentication failed, code 0 " * 30)
    at = STAGES.index(Stage.AUTH)
    for number in (1, 2):
        stored = ws.store.read(f"{number:032x}")
        assert stored is not None
        for again in range(2):
            lines = [
                TranscriptLine(n, "server" if n % 2 else "client", f"250-code {n} of {again}")
                for n in range(20_000)
            ]
            lines[10_000] = TranscriptLine(10_000, "server", "250-" + "x y" * 350_000)
            events = tuple(
                Heard(n, f"250-code {n} of {again}\n") if n % 2 else Said(n, "NOOP")
                for n in range(19_000)
            )
            stages = tuple(
                StageResult(stage, Status.PASSED, 3)
                if n < at
                else StageResult(stage, Status.FAILED, 9, reply, Actor.YOU,
                                 failure=StageFailure(StageError.AUTH_REFUSED))
                if n == at
                else StageResult(stage)
                for n, stage in enumerate(STAGES)
            )  # fmt: skip
            report = Report(
                ok=False,
                connector=stored.connector.name,
                started=f"2026-11-2{again}T10:15:00Z",
                duration_ms=120,
                stages=stages,
                causes=(Cause("bad_credentials", Likelihood.HIGH, Actor.YOU, ("auth: 535",)),),
                transcript=tuple(lines),
                wire=events,
            )
            record_run(ws, stored, stored.connector, report)


PARTS = {
    "list": list_part,
    "batch": batch_part,
    "transcript": transcript_part,
    "keyring": keyring_part,
}


def run_part(name: str, args: argparse.Namespace) -> bool:
    folder = Path(tempfile.mkdtemp(prefix="stalls-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        data = folder / "data"
        ws = Workspace.open(data, secret_store="session")
        store: str | None = "session"
        if name == "batch":
            ca_file = stack.enter_context(farm(folder, 100))
            directory = ws.store.directory / "connectors"
            from mail_farm import address_of

            fill(ws, 1000)
            for number in range(1000):
                server = {"host": address_of(number % 50), "port": PORT,
                          "security": "starttls", "ca_file": ca_file}  # fmt: skip
                method = {"method": "none"}
                connector = parse_connector(
                    document(number, server=server, authentication=method), ws.defaults_for
                )
                own = {"id": f"{number:032x}", "revision": 1, "secrets": {}}
                write_file(
                    directory / f"{number:032x}.json",
                    encode_object(connector.to_json() | {"stored": own}),
                    synced=False,
                )
        elif name == "transcript":
            fill(ws, 12)
            long_runs(ws)
        elif name == "keyring":
            stack.enter_context(silent_keyring())
            fill(ws, 40, "keyring")
            store = None
        else:
            fill(ws, args.connectors, authentication={"method": "none"})
        application = make_application()
        application.setQuitOnLastWindowClosed(False)
        session = Session()
        heart = Heart(iter(()), args.where)
        heart._steps = PARTS[name](heart, session, args)
        run_window(Workspace.open(data, secret_store=store))
        print(f"{name + ', ms':60}{'wall':>7}{'own':>7}{'all':>7}")
        return heart.table()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], help="all unless given")
    parser.add_argument("--connectors", type=int, default=10_000)
    parser.add_argument("--where", action="store_true", help="where the window's thread was")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.alone:
        return 0 if run_part(args.parts[0], args) else 1
    more = ["--alone", "--connectors", str(args.connectors), *(["--where"] * args.where)]
    return max([run_alone(part, more) for part in args.parts or PARTS])


def run_alone(part: str, more: list[str]) -> int:
    """One part in a process of its own; says how long that took to its end."""
    with tempfile.NamedTemporaryFile("r") as closed:
        env = os.environ | {CLOSED_AT: closed.name}
        code = subprocess.call([sys.executable, str(Path(__file__)), part, *more], env=env)
        text = closed.read()
    if text:
        took = time.monotonic() - float(text)
        print(f"  {'from closing to the end of the process':58}{took * 1000:7.0f}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
