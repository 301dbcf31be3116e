"""The player of one recorded connection, without I/O: octets of a client in, what to do out.

It goes along the record by what kind of word a client says, never by secret or name: whatever the
password, the recorded verdict is given. One who is known to be somebody else has none. What the
record does not know a well-behaved server answers, and the stage is noted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from smtpwizard.demo.replay import manners
from smtpwizard.demo.replay.recorded import (
    CANCEL,
    END,
    HANDSHAKE,
    MESSAGE,
    RESPONSE,
    Answer,
    Attempt,
    Turn,
    challenge_text,
    chunks,
)
from smtpwizard.demo.sasl_server import Account
from smtpwizard.model.report import Stage
from smtpwizard.model.stage_facts import StageError, StageFailure
from smtpwizard.model.wire import Challenged, Encrypted, Ended, Heard

LINE_CAP = 65_536
"""Of a client's line; the rest is dropped."""

_LATER = ("QUIT", "RSET", "NOOP", "VRFY", "HELP")
"""Said at any time, and part of no stage."""


class Say(NamedTuple):
    """Octets to send, in pieces that need not be made before they go."""

    chunks: Iterable[bytes]


class Handshake(NamedTuple):
    """TLS from here on, or what was said in its place; None where the record has none."""

    recorded: Encrypted | None


Action = Say | Handshake | Ended


class Step(NamedTuple):
    """One thing to do, so many microseconds after the one before."""

    wait_us: int
    action: Action


class Rules(NamedTuple):
    """How a record is played."""

    account: Account
    note: Callable[[Stage], None] = lambda stage: None
    """Told each stage in which the record was left."""
    certificate: Callable[[], bytes | None] = lambda: None
    """The certificate that is shown, as PEM."""
    strict: bool = False
    """Hang up where the record ends."""
    tls_first: bool = False
    """Where nothing is recorded: whether TLS comes before the greeting."""
    clear_first: bool = False
    """The client begins in the clear, whatever the recorded one did."""
    unknown: frozenset[Stage] = frozenset()
    """Stages of which the record has nothing, whatever stands in it: the client is another."""


CLOSED = Ended(0, StageFailure(StageError.CLOSED))


class Player:
    """Plays one attempt over one connection."""

    def __init__(self, attempt: Attempt, rules: Rules) -> None:
        self._attempt = attempt
        self._rules = rules
        self._turns = attempt.turns or (Turn(None, "", 0),)
        self._known = bool(attempt.turns)
        self._at = 1  # what comes next; the first turn is the server's own
        self._buffer = b""
        self._body = False
        self._exchange = False  # the next line answers a challenge
        self._held: Turn | None = None
        self._mechanism = ""
        self._response: bytes | None = None
        self._fresh: manners.Fresh | None = None
        self._login: manners.Login | None = None
        self._logged_in = False
        self._greeted = False
        self._answered = False
        self._tls_wanted = False
        self.tls = False
        """Whether TLS is up; whoever does the handshake says so."""

    @property
    def at_end(self) -> bool:
        """Whether all that is recorded has been played, but for a farewell."""
        return all(turn.verb == "QUIT" for turn in self._turns[self._at :])

    @property
    def waits_for_tls(self) -> bool:
        """Whether a client has to begin with TLS."""
        if not self._known:
            return self._rules.tls_first
        first = self._turns[0]
        return not first.answers and len(self._turns) > 1 and self._turns[1].verb == HANDSHAKE

    @property
    def _was_silent(self) -> bool:
        """Whether the recorded server waited for the client to speak, as one for TLS does."""
        return not any(isinstance(answer, Heard) for answer in self._turns[0].answers)

    @property
    def _greeting_in_the_clear(self) -> bytes:
        """What the recorded server said to a client that began TLS at once, where it was the
        greeting that it has for everybody; empty for one that spoke TLS, or nothing."""
        if not self._known or not self.waits_for_tls:
            return b""
        for answer in self._turns[1].answers:
            if isinstance(answer, Encrypted) and (answer.answer or "").startswith("220"):
                return (answer.answer or "").encode("latin-1", "replace")
        return b""

    # -- what comes in

    def opened(self) -> Iterator[Step]:
        """A client has come."""
        if not self._known and not self._rules.tls_first:
            yield from self._greet()
            return
        yield from self._play(self._turns[0])
        greeting = self._greeting_in_the_clear
        if self._rules.clear_first and greeting:
            self._at, self._greeted = 2, True  # nobody begins TLS here now
            yield Step(0, _say(greeting))

    def hello(self) -> Iterator[Step]:
        """A client begins TLS: its hello is there, and to be read by whoever does the handshake."""
        turn = self._next(HANDSHAKE)
        if turn is not None:
            self._tls_wanted = False
            yield from self._play(turn)
        elif self._tls_wanted or self._rules.tls_first or self._was_silent:
            self._tls_wanted = False
            yield from self._beyond("", Stage.TLS, Handshake(None))
            if not self._greeted:
                yield from self._greet()

    def take(self, data: bytes) -> Iterator[Step]:
        """Octets of a client's, as they are inside TLS where that is up."""
        self._buffer += data
        if self._body and data:
            turn = self._next(MESSAGE)
            if turn is not None:
                yield from self._play(turn)
        while True:
            if self._body:
                end = b"\r\n" + self._buffer
                at = end.find(b"\r\n.\r\n")
                if at < 0:
                    self._buffer = self._buffer[-5:]
                    return
                self._buffer = end[at + 5 :]
                self._body = False
                yield from self._word(END, b".")
                continue
            line, found, rest = self._buffer.partition(b"\r\n")
            if not found:
                self._buffer = line[:LINE_CAP]
                return
            self._buffer = rest
            yield from self._line(line)

    def _line(self, line: bytes) -> Iterator[Step]:
        words = line.decode("utf-8", "replace").upper().split()
        verb = words[0] if words else ""
        exchange, self._exchange = self._exchange, False
        # A client may have given an exchange up without being heard.
        if exchange and (verb != "QUIT" or self._verb_ahead() != "QUIT"):
            if line == b"*":
                self._login = self._held = None
                yield from self._word(CANCEL, line)
                return
            self._response = line
            yield from self._respond(line)
            return
        if verb == "AUTH":
            initial = line.split(b" ", 2)[2] if len(words) > 2 else None
            yield from self._auth(" ".join(words[:2]), initial)
        else:
            yield from self._word(verb, line)

    # -- along the record

    def _verb_ahead(self) -> str:
        ahead = self._turns[self._at : self._at + 1]
        return ahead[0].verb if ahead else ""

    def _next(self, verb: str) -> Turn | None:
        """The turn that answers this kind of word, which is then the last one played."""
        if manners.STAGES.get(verb.partition(" ")[0]) in self._rules.unknown:
            return None
        if verb in (HANDSHAKE, RESPONSE, MESSAGE, END, CANCEL):
            ahead = self._turns[self._at : self._at + 1]
        else:
            ahead = self._turns[self._at :]
        for number, turn in enumerate(ahead, start=self._at):
            if turn.verb == verb and turn.tls == self.tls:
                skipped = self._turns[self._at : number]
                if not self._logged_in and any(t.verb.startswith("AUTH ") for t in skipped):
                    self._note(verb)
                self._at = number + 1
                return turn
        return None

    def _word(self, verb: str, line: bytes) -> Iterator[Step]:
        turn = None if verb == "EHLO" and self._is_another_name(line) else self._next(verb)
        if turn is not None:
            yield from self._play(turn)
            return
        if verb == "EHLO":
            reply = manners.capabilities(self._attempt, tls=self.tls)
        else:
            reply = manners.reply_to(verb)
        self._body = verb == "DATA"
        self._tls_wanted = verb == "STARTTLS"
        yield from self._beyond(verb, None, _say(reply))
        if verb == "QUIT":
            yield Step(0, CLOSED)

    def _is_another_name(self, line: bytes) -> bool:
        """Whether a server refused one kind of name, an address or a domain, and this is the
        other."""
        turn = next((t for t in self._turns[self._at :] if t.verb == "EHLO"), None)
        if turn is None or turn.said is None or turn.tls != self.tls:
            return False
        refused = any(isinstance(a, Heard) and a.text[:1] in ("4", "5") for a in turn.answers)
        return refused and ("[" in turn.said) != (b"[" in line)

    def _auth(self, verb: str, initial: bytes | None) -> Iterator[Step]:
        self._mechanism = verb.partition(" ")[2]
        self._response = initial
        self._fresh = self._login = self._held = None
        turn = self._next(verb)
        if turn is None:
            self._logged_in = True
            self._login = manners.Login(
                self._mechanism, self._rules.account, self._rules.certificate()
            )
            yield from self._say_login(self._login.begin(initial))
            return
        said_at_once = len((turn.said or "").split()) > 2
        if said_at_once and initial is None:
            self._held, self._exchange = turn, True
            yield Step(0, _say(b"334 \r\n"))
            return
        if not said_at_once and initial is not None:
            turn = self._after_empty_challenge(turn)
        yield from self._play(turn)

    def _after_empty_challenge(self, turn: Turn) -> Turn:
        """The answer to what was said at once, where the recorded client was asked for it."""
        match turn.answers:
            case (Challenged(size=0),):
                return self._next(RESPONSE) or turn
        return turn

    def _respond(self, line: bytes) -> Iterator[Step]:
        if self._login is not None:
            yield from self._say_login(self._login.go_on(line))
            return
        held, self._held = self._held, None
        turn = held or self._next(RESPONSE)
        if turn is not None:
            yield from self._play(turn)
        else:
            yield from self._say_login(manners.LET_IN)

    def _say_login(self, reply: bytes) -> Iterator[Step]:
        self._exchange = reply.startswith(b"334")
        yield from self._beyond("AUTH", None, _say(reply))

    def _greet(self) -> Iterator[Step]:
        self._greeted = True
        yield from self._beyond("", None, _say(manners.GREETING))

    def _beyond(self, verb: str, stage: Stage | None, action: Action) -> Iterator[Step]:
        """Do what a well-behaved server does."""
        stage = stage or manners.STAGES.get(verb)
        if stage is not None:
            self._rules.note(stage)
            if self._rules.strict:
                yield Step(0, _say(manners.STOPPED))
                yield Step(0, CLOSED)
                return
        yield Step(0, action)

    def _note(self, verb: str) -> None:
        stage = manners.STAGES.get(verb)
        if stage is not None:
            self._rules.note(stage)

    # -- what was recorded

    def _play(self, turn: Turn) -> Iterator[Step]:
        before = turn.t_us
        held: tuple[bytes, ...] = ()
        for answer, following in zip_longest(turn.answers, turn.answers[1:]):
            wait, before = max(0, answer.t_us - before), answer.t_us
            action = self._action(turn, answer)
            if held and isinstance(action, Say):
                action, held = _say(b"".join((*held, *action.chunks))), ()
            if (
                isinstance(answer, Challenged)
                and isinstance(following, Heard)
                and isinstance(action, Say)
            ):
                # It came with the challenge: we would have answered that first.
                held = tuple(action.chunks)
            else:
                yield Step(wait, action)

    def _action(self, turn: Turn, answer: Answer) -> Action:
        if isinstance(answer, Ended):
            return answer
        if isinstance(answer, Encrypted):
            return Handshake(answer)
        if isinstance(answer, Challenged):
            self._exchange = True
            return _say(b"334 " + self._challenge(answer) + b"\r\n")
        self._greeted = True
        self._body |= turn.verb == "DATA" and answer.text.startswith("354")
        self._logged_in |= answer.text.startswith("235")
        return Say(chunks(answer))

    def _challenge(self, challenged: Challenged) -> bytes:
        if challenged.text is not None or not challenged.size:
            return challenge_text(challenged).encode("utf-8", "replace")
        if self._fresh is None:
            account, certificate = self._rules.account, self._rules.certificate()
            self._fresh = manners.Fresh(self._mechanism, account, certificate)
            if self._response is None:
                return self._fresh.challenge
        return self._fresh.next(self._response or b"") or b""


class Aside(Player):
    """A second connection to a server that kept silent: what it made of a client that spoke."""

    def opened(self) -> Iterator[Step]:
        """It is silent here as well."""
        yield from ()

    def hello(self) -> Iterator[Step]:
        """A server that waits for TLS begins it; another may say something."""
        if self.waits_for_tls:
            yield from self._first_handshake()
        else:
            yield from self._answer()

    def take(self, data: bytes) -> Iterator[Step]:
        """Whatever it is, the answer is the recorded one."""
        yield from self._answer()

    def _first_handshake(self) -> Iterator[Step]:
        turn = next((t for t in self._turns if t.verb == HANDSHAKE), None)
        event = turn.answers[0] if turn is not None else None
        yield Step(0, Handshake(event if isinstance(event, Encrypted) else None))

    def _answer(self) -> Iterator[Step]:
        aside = self._attempt.aside
        if aside is not None and aside.answer and not self._answered:
            self._answered = True
            yield Step(0, _say(aside.answer.encode("latin-1", "replace")))


def _say(data: bytes) -> Say:
    return Say((data,))
