"""What comes in from people and pipes: secrets, lines, answers to questions."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from smtpwizard.cli.long_lines import LineEditor, ask_unseen, can_take_long_lines, long_lines
from smtpwizard.cli.terminal import is_terminal
from smtpwizard.messages.translation import translate as _
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError, UsageError
from smtpwizard.model.secrets import (
    MAX_GIVEN_BYTES,
    asked_kind,
    check_new_passphrase,
    odd_entries,
    takes_key,
)
from smtpwizard.net.cancel import CancelToken
from smtpwizard.usecases.given_secrets import check_secret, parse_secret

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.network_settings import NetworkSettings
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.workspace import Workspace

T = TypeVar("T")


def read_secret(screen: Screen, *, key: bool = False) -> Secret:
    """The secret of `--secret-stdin`; a terminal is asked without echo. Raises `UsageError`."""
    if screen.interactive:
        return check_secret((ask_key if key else ask_secret)(_("Secret: ")))
    return parse_secret(read_stdin(MAX_GIVEN_BYTES + 2), key=key)


class Lines:
    """The lines of standard input, one at a time, read so that the wait can be given up.

    Reads the descriptor itself: a thread that hangs in Python's own buffer would keep the
    program from ending.
    """

    LIMIT = 65_536

    def __init__(self) -> None:
        self._buffer = b""
        self._ended = False

    def next(self, token: CancelToken) -> str | None:
        """The next line without its end; None after the last one, or when `token` says stop."""
        descriptor = _stdin_descriptor()
        if descriptor is not None and can_take_long_lines(descriptor):
            with long_lines(descriptor, shown=True):
                self._fill_from_terminal(token, descriptor)
        else:
            self._fill(token)
        if not self._buffer or token.cancelled:
            return None
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line.decode("utf-8", "replace").removesuffix("\r")

    def _wants_more(self, token: CancelToken) -> bool:
        whole = b"\n" in self._buffer or len(self._buffer) >= self.LIMIT
        return not (whole or self._ended or token.cancelled)

    def _fill(self, token: CancelToken) -> None:
        while self._wants_more(token):
            part = self._read()
            if part is not None:
                self._ended = not part
                self._buffer += part

    def _fill_from_terminal(self, token: CancelToken, descriptor: int) -> None:
        editor = LineEditor(lambda data: _show(descriptor, data))
        while self._wants_more(token):
            part = self._read()
            if part is not None:
                editor.feed(part)
                self._ended = not part or editor.ended
                self._buffer += editor.typed
                editor.typed = b""

    @staticmethod
    def _read() -> bytes | None:
        """Some bytes, none at the end, None while there are none yet."""
        descriptor = _stdin_descriptor()
        if descriptor is None:
            return sys.stdin.readline().encode() if sys.stdin is not None else b""
        if sys.platform != "win32":
            if not select.select([descriptor], [], [], 0.2)[0]:
                return None
        return os.read(descriptor, 8192)


def read_typed(limit: int) -> bytes | None:
    """All that is typed or pasted on the terminal to its end, one byte past `limit` at most; None
    where standard input is none."""
    descriptor = _stdin_descriptor()
    if descriptor is None or not can_take_long_lines(descriptor):
        return None
    editor = LineEditor(lambda data: _show(descriptor, data))
    with long_lines(descriptor, shown=True):
        while (
            not editor.ended and len(editor.typed) <= limit and (part := os.read(descriptor, 8192))
        ):
            editor.feed(part)
    return editor.typed[: limit + 1]


def _stdin_descriptor() -> int | None:
    try:
        return sys.stdin.fileno()
    except (OSError, ValueError, AttributeError):
        return None


def _show(descriptor: int, data: bytes) -> None:
    with suppress(OSError):  # a terminal that cannot be written shows nothing
        os.write(descriptor, data)


def secret_of_line(lines: Lines) -> Secret:
    """A secret that stands alone on the next line of standard input; raises `UsageError`."""
    return check_secret(Secret(lines.next(CancelToken()) or ""))


def ask_secret(prompt: str) -> Secret:
    """A secret typed or pasted on the terminal without echo; may be empty.

    Raises `UsageError("secret_is_file")` where many lines are pasted, or the first of them is how
    a key file begins.
    """
    text, _, more = _ask_unseen(prompt, lambda _: True).partition("\n")
    if text.strip() == "{" or more.strip():
        raise UsageError("secret_is_file")
    return Secret(text)


def ask_key(prompt: str) -> Secret:
    """A key, which is a file of many lines, pasted in the same way to the end of its JSON."""
    return Secret(_ask_unseen(prompt, _is_whole))


def _ask_unseen(prompt: str, whole: Callable[[str], bool]) -> str:
    import getpass  # noqa: PLC0415 - asks a person

    try:
        text = ask_unseen(clean_text(prompt), whole)
        return getpass.getpass(clean_text(prompt)) if text is None else text
    except EOFError:
        return ""


def _is_whole(text: str) -> bool:
    """Whether a pasted key has its end; what does not begin as one ends with its line."""
    if not text.lstrip().startswith("{") or len(text) > MAX_GIVEN_BYTES:
        return True
    try:
        json.loads(text)
    except ValueError:
        return text.endswith("\n\n")  # two empty lines: there comes no more
    except RecursionError:
        return True
    return True


def ask_yes(question: str) -> bool:
    """A yes typed on the terminal; everything else is a no."""
    sys.stderr.write(f"{clean_text(question, 4000)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):  # nobody pressed Enter: what follows begins a line
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")


def ask_for_secret_of(connector: Connector) -> Secret | None:
    """The secret that a new connector needs; None where it needs none, or none was typed."""
    kind = asked_kind(connector)
    if kind is None:
        return None
    question = (
        _("Client secret of {name} (empty: none yet): ")
        if kind == "client_secret"
        else _("Password of {name} (empty: none yet): ")
    )
    who = clean_text(connector.authentication.username or connector.name)
    ask = ask_key if takes_key(connector) else ask_secret
    return ask(question.format(name=who)) or None


def approve_command(
    ws: Workspace, stored: StoredConnector, args: argparse.Namespace, screen: Screen
) -> None:
    """Approve the connector's helper command when the option or the person says so.

    Raises `StorageError`, and `SecretStoreError` for a program that cannot be approved.
    """
    connector = stored.connector
    if connector.authentication.secret_command is None:
        return
    from smtpwizard.usecases.approvals import approve, is_approved  # noqa: PLC0415 - starts programs

    if not args.approve_command and is_approved(ws, connector):
        return
    if args.approve_command or screen.interactive:
        what = describe_command(connector)
        if args.approve_command:
            screen.note(_("this helper command may run on this computer: {what}").format(what=what))
        question = _("Allow this helper command on this computer? {what}").format(what=what)
        if args.approve_command or ask_yes(question):
            approve(ws, connector)
            return
    screen.note(_("its helper command is not approved on this computer yet: --approve-command"))


def describe_command(connector: Connector) -> str:
    """A helper command as a person judges it: the arguments, whose program that is, and where its
    secret goes. Raises `SecretStoreError` for a program that cannot be approved."""
    from smtpwizard.usecases.approvals import program_of  # noqa: PLC0415 - starts programs

    program = program_of(connector)
    server = connector.server
    whole = (
        program.path
        if program.path == program.real_path
        else (f"{program.path} → {program.real_path}")
    )
    return _("{command} (program {program}, owner {owner}; for {host}:{port}, {username})").format(
        command=quote_command(connector.authentication.secret_command or ()),
        program=clean_text(whole, len(whole)),
        owner=clean_text(program.owner) or "–",
        host=clean_text(server.host),
        port=server.port,
        username=clean_text(connector.authentication.username or "–", 254),
    )


def with_consent(ws: Workspace, screen: Screen, work: Callable[[], T]) -> T:
    """Do some work; where a kept secret was given for something else, ask whether to use it.

    A yes binds it to what the connector says now, and the work is done again. Raises what `work`
    does, `BoundElsewhere` where the answer is no or nobody can be asked.
    """
    from smtpwizard.usecases.kept_secrets import BoundElsewhere, bind_again  # noqa: PLC0415 - hashes

    try:
        return work()
    except BoundElsewhere as refused:
        if not screen.interactive or screen.json_wanted:
            raise
        screen.progress("")
        name = clean_text(refused.stored.connector.name)
        screen.note(_("the stored secret of “{name}” was given for:").format(name=name))
        for each in refused.differences:
            before, after = (clean_text(text) or "–" for text in (each.before, each.after))
            screen.note(f"  {each.field}: {before} → {after}")
        if not ask_yes(_("Use the stored secret for what the connector says now?")):
            raise
        bind_again(ws, refused)
    return with_consent(ws, screen, work)


def network(ws: Workspace, args: argparse.Namespace) -> NetworkSettings:
    """How look-ups are made: what the arguments say, and the settings for the rest."""
    from smtpwizard.usecases.network import network_settings  # noqa: PLC0415 - of few verbs alone

    return network_settings(
        ws,
        name_server=args.name_server,
        connect_to=args.connect_to or (),
        ca_file=os.path.abspath(args.ca_file) if args.ca_file is not None else None,
        offline=args.offline,
    )


def note_read_only(ws: Workspace, screen: Screen) -> None:
    """Say that a result is not kept, where the data folder can only be read."""
    if not ws.data.writable():
        from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - then alone
        from smtpwizard.messages.face import Face  # noqa: PLC0415 - then alone

        facts = {"path": str(ws.data_dir)}
        screen.note(error_text("result_not_kept", facts, Face.COMMAND_LINE))


def quote_command(command: tuple[str, ...]) -> str:
    """A helper command as a person judges it: quoted, on one line, nothing hidden."""
    from smtpwizard.usecases.command_words import join_command  # noqa: PLC0415 - of a helper command alone

    text = join_command(command)
    return clean_text(text, len(text))


def ask_passphrase(new: bool) -> Secret:
    """The passphrase of the encrypted file, typed on the terminal; twice when it is new.

    Raises `SecretStoreError`: `passphrase_needed` where there is nobody to ask,
    `passphrase_too_short` for a new one.
    """
    if not _has_terminal():
        raise SecretStoreError("passphrase_needed")
    if not new:
        return ask_secret(_("Passphrase of the encrypted file: "))
    first = ask_secret(_("New passphrase for the encrypted file: "))
    if not first:
        raise SecretStoreError("passphrase_needed")
    check_new_passphrase(first)
    if ask_secret(_("The same passphrase again: ")) != first:
        raise UsageError("passphrases_differ")
    return first


def read_passphrases(from_stdin: bool) -> tuple[Secret, Secret]:
    """The passphrase there is and the new one, from two lines of standard input or typed.

    Raises `UsageError`, and `SecretStoreError` as `ask_passphrase` does.
    """
    if not from_stdin:
        return ask_passphrase(False), ask_passphrase(True)
    text = parse_secret(read_stdin(MAX_GIVEN_BYTES + 2)).reveal()
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) != 2 or not all(lines):
        raise UsageError("passphrases_not_two")
    old, new = map(Secret, lines)
    return old, new


def _has_terminal() -> bool:
    """True when prompts reach a person; standard input may well be a pipe with a document."""
    if not is_terminal(sys.stderr):
        return False
    if sys.platform == "win32":
        return True
    try:
        with open("/dev/tty", "rb+", buffering=0):
            return True
    except OSError:
        return False


def read_stdin(limit: int) -> bytes:
    """Standard input to its end, one byte past `limit` at most."""
    return sys.stdin.buffer.read(limit + 1) if sys.stdin is not None else b""


def note_odd_characters(
    connector: Connector, secrets: Mapping[str, Secret], screen: Screen
) -> None:
    """Say what nobody sees in what was entered for the login: how many of what, and where."""
    for field, odd in odd_entries(connector, secrets).items():
        from smtpwizard.messages.odd_characters import odd_note  # noqa: PLC0415 - only of what is odd

        screen.note(odd_note(field, odd))
