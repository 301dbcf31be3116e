"""What the robot of `stalls.py` does in the window, a part of the work after another."""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import shiboken6
from PySide6.QtWidgets import QApplication, QDialog, QPushButton, QWidget

from smtpwizard.gui.app import make_application
from smtpwizard.gui.console.main_window import MainWindow

if TYPE_CHECKING:
    from stalls import Heart

    from smtpwizard.usecases.theme import Theme

Step = Iterator[Callable[[], object] | None]


class Session:
    """The real window, once it runs, and what the robot asks of it."""

    window: Any
    runner: Any

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loads = 0
        self.closed_at = 0.0

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
        self.closed_at = time.perf_counter()
        self.window.close()

        def gone() -> bool:
            return not self.window.isVisible() or (self.press("Quit anyway") and False)

        yield gone
        heart.stop()


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


def many_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """A thousand at once, of a long list: changed by another program, removed, brought back."""
    heart.name = f"open {args.connectors} connectors"
    yield session.find
    window = session.window
    yield lambda: len(window.rows) >= args.connectors
    yield lambda: session.quiet
    page, verbs = window.console.connectors, window.console.verbs
    heart.name = "another process changes 1,000"
    folder = session.ws.store.directory / "connectors"
    changing = threading.Thread(target=_change_names, args=(folder, 1000))
    changing.start()
    yield lambda: not changing.is_alive()
    window.look_for_changes()
    yield session.read_again()
    yield lambda: session.quiet
    heart.name = "select 1,000"
    page.table.choose([row.id for row in page.model.rows[:1000]])
    yield None
    heart.name = "remove 1,000"
    again = session.read_again()
    verbs.remove()
    yield lambda: session.press("Remove") or again()
    yield again
    yield lambda: session.quiet
    heart.name = "undo that"
    again = session.read_again()
    verbs.undo_remove()
    yield again
    yield lambda: session.quiet
    heart.name = "open one"
    window.console.open(f"{7:032x}")
    yield lambda: session.opened and session.view.detail is not None
    heart.name = "its configuration"
    session.view.go_to(1)
    yield None
    heart.name = "rename it"
    session.view.configuration.fields["name"].editor.setText("Renamed")
    again = session.read_again()
    session.view.save()
    yield again
    yield from session.close(heart)


def _change_names(folder: Path, count: int) -> None:
    for number in range(count):
        path = folder / f"{number:032x}.json"
        path.with_suffix(".new").write_text(path.read_text().replace("Connector 0", "Changed 0"))
        path.with_suffix(".new").replace(path)


_PLACES = ("notifications", "project", "doctor", "settings", "certificates", "cases", "help")


def pages_part(heart: Heart, session: Session, args: argparse.Namespace) -> Step:
    """Every page of the window and what is opened from them, a megabyte pasted, another project."""
    heart.name = "open"
    yield session.find
    window = session.window
    yield lambda: window.rows
    console = window.console
    heart.name = "before anybody does anything"
    yield lambda: session.quiet
    yield None
    for key in _PLACES:
        for again in ("", " again"):
            heart.name = f"go to {key}{again}"
            console.go_to(key)
            yield lambda: session.quiet
            console.go_to_list()
            yield None
    heart.name = "help: search, a letter after the other"
    console.go_to("help")
    view = console.place("help").findChild(_help_view())
    for text in ("c", "ce", "cert", "535", "nothing at all", ""):
        view.search_edit.setText(text)
        yield None
    heart.name = "help: every page"
    for row in range(view.list.count()):
        view.list.setCurrentRow(row)
        yield None
    heart.name = "F1"
    console.go_to_list()
    console.show_help()
    yield None
    yield from _bounces(heart, session)
    heart.name = "open one"
    console.open(f"{7:032x}")
    yield lambda: session.opened and session.view.detail is not None
    for number, name in enumerate(("configuration", "security", "history", "sender"), 1):
        heart.name = f"its {name}"
        session.view.go_to(number)
        yield lambda: session.quiet
    heart.name = "the wizard"
    console.go_to_list()
    yield None
    window.new()
    yield lambda: window.wizard is not None
    wizard = window.wizard
    for number in range(4):
        heart.name = f"the wizard, page {number + 2}"
        wizard.next()
        yield None
    wizard.reject()
    yield lambda: session.press("Discard") or window.wizard is None
    heart.name = "the list of shortcuts, About"
    for action in (console.actions.shortcuts, console.actions.about):
        action.trigger()
        yield lambda: session.quiet
        for dialog in window.findChildren(QDialog):
            dialog.reject()
        yield None
    heart.name = "the dark theme, and back"
    theme: Theme
    for theme in ("dark", "light"):
        make_application(theme)
        yield None
    heart.name = "another project, of 1,000"
    console.projects.choose()
    yield lambda: console.projects.popup is not None
    other = next(p for p in session.ws.data.projects() if p.id != session.ws.project.id)
    console.projects.switch(other.id)
    yield lambda: len(window.rows) == 1000
    yield lambda: session.quiet
    yield from session.close(heart)


def _help_view() -> type[QWidget]:
    from smtpwizard.gui.help.help_view import HelpView

    return HelpView


def _bounces(heart: Heart, session: Session) -> Iterator[Callable[[], object] | None]:
    console = session.window.console
    heart.name = "go to bounce"
    console.go_to("bounce")
    yield None
    line = (
        "Nov 30 10:00:00 mx postfix/smtp[1]: 4bX: to=<a@b.example>, status=deferred (451 4.7.1)\n"
    )
    for name, text in (
        ("lines", line * (1024 * 1024 // len(line))),
        ("one line", "x y " * 256 * 1024),
    ):
        heart.name = f"paste 1 MB of {name}"
        page = console.place("bounce")
        page.start_again()
        QApplication.clipboard().setText(text)
        page.box.paste()
        yield lambda: session.quiet
        yield None
        page.start_again()
        heart.name = f"type, then paste 1 MB of {name}"
        page.box.setPlainText("x")
        page.box.paste()
        yield lambda: session.quiet
        yield None
        heart.name = f"its transcript unfolds, of {name}"
        if page.stack.currentIndex() == 1:
            page.result.fold.set_open(True)
        yield None


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
    yield lambda: session.window.console.verbs.dialog is not None
    session.window.console.verbs.dialog.reject()
    yield from _wordy_case(heart, session)
    yield from session.close(heart)


def _wordy_case(heart: Heart, session: Session) -> Iterator[Callable[[], object] | None]:
    """The most that a server can say: a case of it saved, and one opened."""
    console = session.window.console
    heart.name = "open the one whose server says much"
    console.open(f"{3:032x}")
    yield lambda: session.opened and session.view.detail is not None
    heart.name = "a case of it, before it is saved"
    session.view.save_case()
    yield lambda: session.view.dialog is not None and session.view.dialog.case is not None
    dialog = session.view.dialog
    heart.name = "that as JSON, and back"
    dialog.json_button.setChecked(True)
    yield None
    dialog.readable_button.setChecked(True)
    yield None
    heart.name = "a note is typed"
    for number in range(5):
        dialog.note_edit.setPlainText("x" * number)
        yield None
    yield lambda: dialog.case is not None and dialog.save_button.isEnabled()
    heart.name = "that case saved"
    dialog.save_to(str(session.folder / "saved.smtpcase"))
    yield lambda: (session.folder / "saved.smtpcase").exists() and session.quiet
    heart.name = "a case of it opened"
    console.files.open_file(str(session.folder / "wordy.smtpcase"))
    yield lambda: console.places.built("cases") is not None and session.quiet
    heart.name = "the file read there"
    opened = console.place("cases").view
    opened.read_file()
    yield None
    opened.dialog.reject()
    yield None


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
    heart.name = "its configuration"
    session.view.go_to(1)
    yield None
    heart.name = "edit and save it"
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
    for key in ("doctor", "settings", "certificates", "project"):
        heart.name = f"go to {key}"
        console.go_to(key)
        yield None
    heart.name = "verify all"
    console.go_to_list()
    console.verify_all()
    yield lambda: time.perf_counter() > waits + 6
    yield from session.close(heart)


PARTS = {
    "list": list_part,
    "many": many_part,
    "batch": batch_part,
    "pages": pages_part,
    "transcript": transcript_part,
    "keyring": keyring_part,
}
