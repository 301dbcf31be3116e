"""What went over the wire in a verification, as typed events: enough to show, to compare and to
play it again.

What we send as a secret is never handed in: a line of ours stands here as it may be shown. What a
server says is kept as it came, to be redacted later. Times are whole microseconds since
the verification began, sizes are in octets.
"""

from typing import NamedTuple

from smtpwizard.model.stage_facts import Attempt, CertificateFacts, StageError, StageFailure


class LookedUp(NamedTuple):
    """A name was looked up (the proxy's where there is one); without `failure` it has addresses."""

    t_us: int
    name: str
    addresses: tuple[str, ...] = ()
    failure: StageFailure | None = None


class Connected(NamedTuple):
    """A connection was made, through the proxy where there is one, or could not be.

    `attempts` are the addresses that were tried besides.
    """

    t_us: int
    address: str | None = None
    attempts: tuple[Attempt, ...] = ()
    failure: StageFailure | None = None
    proxy: str | None = None


class Heard(NamedTuple):
    """What the server said until we spoke or had a reply: lines of replies, or whatever came in
    their place. What follows without a word of ours was not there when we read the reply.

    `text` is as it is read: lines end in `\\n`, another encoding than UTF-8 is read as Unicode
    where that can be told. With `octets` each character is one octet as it came. Of more than
    `HEARD_CAP`, or where a secret stood in very much, `text` has the beginning, `ending` the end,
    `length` says how much it was.
    """

    t_us: int
    text: str
    octets: bool = False
    bare_lf: bool = False
    length: int | None = None
    ending: str | None = None


class Challenged(NamedTuple):
    """A 334 within a login.

    `text` is the challenge (decoded where it is base64 of text) where it says something: not
    where it is good for one login alone, as it should be and no refusal.
    """

    t_us: int
    size: int
    text: str | None = None
    decoded: bool = False
    refused: bool = False
    """True where we would not answer it."""


class Said(NamedTuple):
    """What we sent: a command as it may be shown, or what stands for a secret or a message."""

    t_us: int
    line: str


class Encrypted(NamedTuple):
    """A handshake: what was agreed on, or why it failed.

    `answer` is what the server said in its place, an octet a character: in the clear, or an alert
    or hello that says why.
    """

    t_us: int
    version: str | None = None
    cipher: str | None = None
    chain: tuple[CertificateFacts, ...] = ()
    failure: StageFailure | None = None
    answer: str | None = None


class AskedAside(NamedTuple):
    """A second connection asked a silent server what it is; `answer` has an octet a character."""

    t_us: int
    answer: str | None = None
    peer: str | None = None


class Ended(NamedTuple):
    """The conversation broke off: closed, reset, no reply in time, broken TLS, a violation.

    `sending` is true where it happened while we were sending.
    """

    t_us: int
    failure: StageFailure
    sending: bool = False

    @property
    def error(self) -> StageError:
        return self.failure.error


class Renewed(NamedTuple):
    """The token was refused: what follows is another verification, with a new one."""

    t_us: int


class LeftOut(NamedTuple):
    """So many further events were not recorded."""

    t_us: int
    number: int


WireEvent = (
    LookedUp
    | Connected
    | Heard
    | Challenged
    | Said
    | Encrypted
    | AskedAside
    | Ended
    | Renewed
    | LeftOut
)

HEARD_CAP = 65_536
MAX_EVENTS = 20_000

KINDS: dict[str, type[WireEvent]] = {
    "looked_up": LookedUp,
    "connected": Connected,
    "heard": Heard,
    "challenged": Challenged,
    "said": Said,
    "encrypted": Encrypted,
    "asked_aside": AskedAside,
    "ended": Ended,
    "renewed": Renewed,
    "left_out": LeftOut,
}
"""The name of each kind of event in documents."""


class TokenRequest(NamedTuple):
    """One request to an authorization server, by the names of its parameters alone, and what came
    back: the status (None without an answer) and the fields that say what was wrong; of others only
    their names."""

    t_us: int
    host: str
    path: str
    parameters: tuple[str, ...] = ()
    grant: str | None = None
    status: int | None = None
    answered: tuple[str, ...] = ()
    error: str | None = None
    error_description: str | None = None
