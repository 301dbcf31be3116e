"""SMTP for a client without I/O (RFC 5321, 3207, 4954): bytes in, replies out; intents to bytes.

Never sees a socket, a clock or a file. Fails closed: after a violation every intent is refused.
"""

import base64
import re
from enum import Enum, auto
from typing import NamedTuple

from smtpwizard.model.addresses import clean_text, split_enhanced
from smtpwizard.model.foreign_text import read_lines
from smtpwizard.model.redaction import REDACTED
from smtpwizard.model.report import Reply
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.stage_failures import StageFailed
from smtpwizard.smtp.recorder import Recorder

LINE_CAP = 16_384  # a 334 challenge may be long (RFC 4954 §4: 12 288 octets)
REPLY_CAP = 65_536
REPLY_LINES_CAP = 200
COMMAND_CAP = 512  # RFC 5321 §4.5.3.1.4, with CRLF
REPLY_TEXT_CAP = 2_000
PEER_CAP = 1_000

_BEGINNING = re.compile(rb"(?:[2-5](?:[0-9](?:[0-9](?:[ \t\r\n-])?)?)?)?\Z")
_REPLY_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])(.*))?\Z", re.DOTALL)


class WireReply(NamedTuple):
    """One complete reply: code and the text of each line, undecodable bytes escaped."""

    code: int
    lines: tuple[str, ...]

    def reply(self) -> Reply:
        """As it is displayed: the enhanced status code apart, lines joined, controls escaped."""
        enhanced: str | None = None
        texts: list[str] = []
        for line in self.lines:
            found, rest = split_enhanced(line)
            if found is not None and found[0] == str(self.code)[0]:
                enhanced = enhanced or found
                if found == enhanced:
                    line = rest
            line = line.strip()
            # What was taken out over several lines is told once.
            if line and not (line == REDACTED and texts and texts[-1].endswith(REDACTED)):
                texts.append(line)
        return Reply(self.code, enhanced, clean_text(" ".join(texts), REPLY_TEXT_CAP))


class RepliedError(StageFailed):
    """What ends a stage, with the reply that came with it, if any, as it came."""

    def __init__(self, failure: StageFailure | StageError, reply: WireReply | None = None) -> None:
        super().__init__(failure)
        self.reply = reply


class ProtocolViolation(RepliedError):
    """The peer broke the protocol; `first` are the first bytes of what is no reply.

    Errors: `garbage`, `reply_too_long`, `mixed_codes`, `unsolicited`, `starttls_injected`,
    `closing` (a 421 nobody asked for).
    """

    def __init__(
        self, error: StageError, reply: WireReply | None = None, first: bytes | None = None
    ) -> None:
        super().__init__(error, reply)
        self.first = first


class LocalError(StageFailed):
    """We were about to break the protocol; nothing was sent."""


class ReplyParser:
    """Splits a byte stream into replies, within caps; tolerates bare LF and trailing blanks."""

    def __init__(self) -> None:
        self._buffer = b""
        self._code: bytes | None = None
        self._lines: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> None:
        self._buffer += data

    @property
    def leftover(self) -> bytes:
        """Bytes received and not yet part of a reply that was taken."""
        return self._buffer

    @property
    def midway(self) -> bool:
        """True inside a reply: some of it came, its end did not."""
        return bool(self._buffer or self._lines)

    def next_reply(self) -> WireReply | None:
        """The next complete reply; None while bytes are missing. Raises `ProtocolViolation`."""
        while True:
            self._check_beginning()
            end = self._buffer.find(b"\n")
            if end < 0:
                if len(self._buffer) > LINE_CAP:
                    raise ProtocolViolation(StageError.REPLY_TOO_LONG)
                return None
            if end > LINE_CAP:
                raise ProtocolViolation(StageError.REPLY_TOO_LONG)
            line, self._buffer = self._buffer[:end].rstrip(b"\r \t"), self._buffer[end + 1 :]
            reply = self._take_line(line)
            if reply is not None:
                return reply

    def _check_beginning(self) -> None:
        # Bytes that cannot become a reply are named at once, not when the time is over.
        if not _BEGINNING.match(self._buffer[:4]):
            raise ProtocolViolation(StageError.GARBAGE, first=self._buffer[:PEER_CAP])

    def _take_line(self, line: bytes) -> WireReply | None:
        match = _REPLY_LINE.match(line)
        if match is None:
            raise ProtocolViolation(StageError.GARBAGE, first=line[:PEER_CAP])
        code, separator, text = match.groups()
        if self._code is not None and code != self._code:
            raise ProtocolViolation(StageError.MIXED_CODES)
        self._code = code
        self._size += len(line)
        self._lines.append(text or b"")
        if self._size > REPLY_CAP or len(self._lines) > REPLY_LINES_CAP:
            raise ProtocolViolation(StageError.REPLY_TOO_LONG)
        if separator == b"-":
            return None
        reply = WireReply(int(code), read_lines(self._lines))
        self._code, self._lines, self._size = None, [], 0
        return reply


class Awaiting(Enum):
    """What the next reply answers."""

    NOTHING = auto()
    GREETING = auto()
    EHLO = auto()
    HELO = auto()
    STARTTLS = auto()
    AUTH = auto()
    MAIL = auto()
    RCPT = auto()
    DATA = auto()
    END_OF_DATA = auto()
    RSET = auto()
    QUIT = auto()


class Extensions(NamedTuple):
    """What EHLO announced; `size` in octets: None when not announced, 0 for no limit."""

    keywords: tuple[str, ...] = ()
    mechanisms: tuple[str, ...] = ()
    size: int | None = None


def parse_extensions(lines: tuple[str, ...]) -> Extensions:
    """The extensions of an EHLO reply (its first line is the greeting); odd spellings are taken."""
    keywords: dict[str, None] = {}
    mechanisms: dict[str, None] = {}
    size: int | None = None
    for line in lines[1:]:
        words = line.strip().split()
        if not words:
            continue
        keyword = _upper(words[0])
        arguments = words[1:]
        if keyword.startswith("AUTH="):  # the form of old Outlook and of servers that please it
            arguments = [keyword[5:], *arguments] if len(keyword) > 5 else arguments
            keyword = "AUTH"
        keywords[keyword] = None
        if keyword == "AUTH":
            mechanisms.update((_upper(name), None) for name in arguments)
        elif keyword == "SIZE" and arguments and re.fullmatch(r"[0-9]{1,20}", arguments[0]):
            size = int(arguments[0])
    return Extensions(tuple(keywords), tuple(mechanisms), size)


def _is_unsendable(character: str) -> bool:
    """True for a control character, and for what UTF-8 cannot say."""
    return character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff"


def _upper(word: str) -> str:
    return word.upper().replace(REDACTED.upper(), REDACTED)


def encode_body(message: bytes) -> bytes:
    """The message as it goes on the wire: CRLF alone ends lines, dots stuffed, CRLF at the end."""
    body = message.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = body.replace(b"\r\n.", b"\r\n..")
    return b"." + body if body.startswith(b".") else body


def fits_in_auth(mechanism: str, initial: bytes) -> bool:
    """True when an initial response leaves AUTH within 512 octets.

    RFC 4954 §4: a longer one waits for the server's empty challenge.
    """
    return len(f"AUTH {mechanism} \r\n") + 4 * -(-len(initial) // 3) <= COMMAND_CAP


class ClientProtocol:
    """The client's side of one connection as a state machine.

    Each intent answers the bytes to send and records what may be shown of them; `said` has what
    was not recorded. One command at a time: nothing is pipelined, so any further byte after a
    reply is a violation.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._parser = ReplyParser()
        self._awaiting = Awaiting.GREETING
        self._broken = False
        self.extensions = Extensions()
        self.said: list[str] = []
        """What was said in exchanges, as it went on the wire: as good as a secret."""

    @property
    def awaiting(self) -> Awaiting:
        return self._awaiting

    @property
    def broken(self) -> bool:
        """True after a violation: only closing is left."""
        return self._broken

    @property
    def midway(self) -> bool:
        """True while part of a reply has come."""
        return self._parser.midway

    # -- bytes in ----------------------------------------------------------------------------------

    def receive(self, data: bytes) -> WireReply | None:
        """Take bytes in; the reply that is now complete, or None. Raises `ProtocolViolation`."""
        if self._broken:
            return None
        self._recorder.heard(data)
        self._parser.feed(data)
        try:
            reply = self._parser.next_reply()
            if reply is None:
                return None
            if self._awaiting is Awaiting.AUTH and reply.code == 334:
                self._recorder.challenged(reply.lines, self._parser.leftover)
            self._recorder.replied()
            self._check_order(reply)
        except ProtocolViolation as violation:
            self._broken = True
            first = violation.first
            shown = first.decode("ascii", "backslashreplace") if first is not None else None
            self._recorder.ended(violation.failure._replace(first=shown))
            raise
        if self._awaiting is Awaiting.EHLO and reply.code == 250:
            self.extensions = parse_extensions(reply.lines)
        self._awaiting = Awaiting.NOTHING
        return reply

    def _check_order(self, reply: WireReply) -> None:
        leftover = self._parser.leftover
        if self._awaiting is Awaiting.NOTHING:
            closing = reply.code == 421
            raise ProtocolViolation(
                StageError.CLOSING if closing else StageError.UNSOLICITED, reply
            )
        if self._awaiting is Awaiting.STARTTLS and leftover:
            # CVE-2011-0411 and its kin: plaintext that wants to count as protected.
            raise ProtocolViolation(StageError.STARTTLS_INJECTED, reply)
        if reply.code >= 400 or self._awaiting in (Awaiting.END_OF_DATA, Awaiting.QUIT):
            # A verdict is in, and what follows cannot change it; the next command would notice.
            return
        if leftover[:3] != b"421"[: len(leftover)]:
            raise ProtocolViolation(StageError.UNSOLICITED, reply)

    # -- intents -----------------------------------------------------------------------------------

    def _command(self, line: str, awaiting: Awaiting, shown: str | None = None) -> bytes:
        if self._broken or self._awaiting is not Awaiting.NOTHING:
            raise LocalError(StageError.OUT_OF_TURN)
        if not line.isprintable() and any(map(_is_unsendable, line)):
            raise LocalError(StageError.CONTROL_CHARACTERS)
        self._awaiting = awaiting
        self._recorder.said(line if shown is None else shown)
        return line.encode("utf-8") + b"\r\n"

    def ehlo(self, name: str) -> bytes:
        """EHLO with a domain or address literal; what was announced before no longer counts."""
        self.extensions = Extensions()
        return self._command(f"EHLO {name}", Awaiting.EHLO)

    def helo(self, name: str) -> bytes:
        """HELO, for servers without extensions."""
        self.extensions = Extensions()
        return self._command(f"HELO {name}", Awaiting.HELO)

    def starttls(self) -> bytes:
        """STARTTLS, alone in its segment."""
        return self._command("STARTTLS", Awaiting.STARTTLS)

    def tls_started(self) -> None:
        """TLS is up and verified: everything known so far is forgotten (RFC 3207 §4.2)."""
        self._parser = ReplyParser()
        self.extensions = Extensions()

    def auth(self, mechanism: str, initial: bytes | None = None) -> bytes:
        """AUTH, with an initial response where there is one and it fits (see `fits_in_auth`)."""
        if initial is None:
            return self._command(f"AUTH {mechanism}", Awaiting.AUTH)
        encoded = base64.b64encode(initial).decode("ascii") or "="
        self.said.append(encoded)
        shown = f"AUTH {mechanism} {self._hidden(encoded)}"
        return self._command(f"AUTH {mechanism} {encoded}", Awaiting.AUTH, shown)

    def auth_response(self, response: bytes) -> bytes:
        """The answer to a 334 challenge."""
        encoded = base64.b64encode(response).decode("ascii")
        self.said.append(encoded)
        return self._command(encoded, Awaiting.AUTH, self._hidden(encoded))

    def auth_cancel(self) -> bytes:
        """`*`: give the exchange up; the server answers 501."""
        return self._command("*", Awaiting.AUTH)

    @staticmethod
    def _hidden(encoded: str) -> str:
        return f"<redacted, {len(encoded)} octets>" if encoded else "<empty response>"

    def mail(self, sender: str, parameters: tuple[str, ...] = ()) -> bytes:
        """MAIL FROM with ESMTP parameters."""
        self._check_path(sender)
        line = " ".join((f"MAIL FROM:<{sender}>", *parameters))
        return self._command(line, Awaiting.MAIL)

    def rcpt(self, recipient: str) -> bytes:
        """RCPT TO one recipient."""
        self._check_path(recipient)
        return self._command(f"RCPT TO:<{recipient}>", Awaiting.RCPT)

    @staticmethod
    def _check_path(path: str) -> None:
        unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", path)
        if any(c in unquoted for c in "<> "):
            raise LocalError(StageError.ADDRESS_INVALID)

    def data(self) -> bytes:
        """DATA."""
        return self._command("DATA", Awaiting.DATA)

    def body(self, message: bytes) -> bytes:
        """The message, encoded; only after 354. The end mark is `end_of_data`."""
        if self._broken or self._awaiting is not Awaiting.NOTHING:
            raise LocalError(StageError.OUT_OF_TURN)
        encoded = encode_body(message)
        self._recorder.said(f"<message, {len(encoded)} octets>")
        return encoded

    def end_of_data(self) -> bytes:
        """The final dot; from here on the server may have accepted the message."""
        return self._command(".", Awaiting.END_OF_DATA)

    def rset(self) -> bytes:
        """RSET."""
        return self._command("RSET", Awaiting.RSET)

    def quit(self) -> bytes:
        """QUIT."""
        return self._command("QUIT", Awaiting.QUIT)
