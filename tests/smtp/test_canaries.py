"""Odd passwords, echoed in every spelling and at every step: none is found in what is left.

What looks for them here undoes each spelling with the standard library alone and knows nothing of
how the product does it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import html
import json
import quopri
import random
import re
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest

from smtpwizard.demo.scripted import CLOSE, Account, Action, ScriptedServer
from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret
from smtpwizard.model.connector import Admin, Authentication, Connector, Method, Security, Server
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import Report
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.history import record_run
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace
from tests.model.test_redaction import SPELLINGS

USERNAME = "mailer@example.com"
PASSWORD_MECHANISMS = ("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256")
TOKEN_MECHANISMS = ("XOAUTH2", "OAUTHBEARER")
RUNS, BATCHES = 200, 20

LETTERS = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    " äöüßéñ€łж漢字🙂",
)


def odd_secret(chance: random.Random) -> str:
    """Eight to forty characters, of which a reader would know the middle again."""
    pools = [LETTERS[0]] if chance.random() < 0.1 else LETTERS
    size = chance.randint(8, 40)
    return "".join(chance.choice(chance.choice(pools)) for _ in range(size)).strip() + "Zq7"


def replied(chance: random.Random, code: str, text: str) -> bytes:
    """A reply around the echo: in one line, or folded with codes, not always the same, between."""
    code_of = {"2": "2.1.0 ", "3": "", "4": "4.7.0 ", "5": chance.choice(["5.7.8 ", "5.7.1 ", ""])}
    lines = text.split("\n")
    if chance.random() < 0.4:
        where = sorted(chance.sample(range(1, len(text)), min(len(text) - 1, chance.randint(1, 3))))
        ends = [0, *where, len(text)]
        lines = "\n".join(text[a:b] for a, b in pairwise(ends)).split("\n")
    before, after = chance.choice([("", ""), ("for user ", " ."), ('token="', '"'), ("<", ">")])
    lines[0], lines[-1] = before + lines[0], lines[-1] + after
    marks = [*["-"] * (len(lines) - 1), " "]
    return b"".join(
        f"{code}{mark}{code_of[code[0]]}{line}\r\n".encode("utf-8", "surrogatepass")
        for mark, line in zip(marks, lines, strict=True)
    )


def behaviours(chance: random.Random, echo: str, mechanisms: str) -> dict[str, Action]:
    """A server that knows the secret from before and says it wherever it can."""
    word = echo.replace("\n", "").replace(" ", "")
    hello = (
        f"250-scripted {word}\r\n250-X-{word}\r\n"
        f"250-AUTH {mechanisms} {word}\r\n250 SIZE 1000000\r\n"
    ).encode("utf-8", "surrogatepass")
    out: dict[str, Action] = {
        "greeting": replied(chance, "220", echo),
        "EHLO": hello,
        "QUIT": replied(chance, "221", echo),
    }
    for step, right in (("MAIL", "250"), ("RCPT", "250"), ("DATA", "354"), ("EOD", "250")):
        out[step] = replied(chance, right, echo)
    refusing = [
        "AUTH",
        "AUTH_STEP",
        "AUTH_RESULT",
        "MAIL",
        "RCPT",
        "DATA",
        "EOD",
        "EHLO",
        "greeting",
    ]
    if chance.random() < 0.9:
        step = chance.choice(refusing)
        challenge = base64.b64encode(json.dumps({"status": echo, echo: "x"}).encode()).decode()
        refusal: tuple[Any, ...] = (replied(chance, chance.choice(["535", "550", "454"]), echo),)
        if step == "AUTH" and chance.random() < 0.3:
            refusal = (f"334 {challenge}\r\n".encode(),)
            out["AUTH_STEP"] = replied(chance, "535", echo)
        elif chance.random() < 0.1:
            refusal = (f"!! {word}\r\n".encode("utf-8", "surrogatepass"), CLOSE)
        out[step] = refusal[0] if len(refusal) == 1 else refusal
    return out


def canary_run(seed: int, ws: Workspace) -> tuple[str, list[str]]:
    """One verification against an echoing server; what was said, and the secret where it shows."""
    chance = random.Random(seed)
    mechanism = chance.choice(PASSWORD_MECHANISMS + TOKEN_MECHANISMS)
    secret = odd_secret(chance)
    if mechanism.startswith("SCRAM"):
        secret = secret.replace("🙂", "é")  # which no SASLprep knows, the server's neither
    spelling = chance.choice(sorted(SPELLINGS))
    echo = SPELLINGS[spelling](secret).rstrip("\n")
    bearer = mechanism in TOKEN_MECHANISMS
    does = behaviours(chance, echo, mechanism)
    account = Account(USERNAME, secret, token=secret)
    with ScriptedServer(does, account=account, mechanisms=(mechanism,)) as server:
        connector = Connector(
            name=f"Canary {seed}",
            provider="custom",
            server=Server("127.0.0.1", server.port, Security.NONE),
            authentication=Authentication(Method.BASIC, USERNAME, mechanism),
            admin=Admin("admin@example.com"),
        )
        kind = CredentialKind.BEARER if bearer else CredentialKind.PASSWORD
        report = verify(
            connector,
            FixedCredential(Credential(kind, USERNAME, Secret(secret))),
            Settings(
                recipient="admin@example.com", redactor=Redactor([Secret(secret)]), timeout_s=60
            ),
        )
    report = with_causes(report, connector)
    authentication = connector.authentication._replace(mechanism="auto")
    kept = connector._replace(authentication=authentication)
    stored = save_connector(ws, kept, secrets={"password": Secret("none")})
    record_run(ws, stored, kept, report)
    ws.log.write("verification_finished", kind=str(report.stages[-1].reply))
    return f"{spelling}, {mechanism}, {secret!r}", shows(report, ws.data_dir, secret)


def shows(report: Report, folder: Path, secret: str) -> list[str]:
    """Every text in which the secret can be read: of the report, its transcript, the files."""
    texts = list(strings(report.to_json()))
    lines = [re.sub(r"^\d{3}[ -](?:\d\.\d\.\d )?", "", line.line) for line in report.transcript]
    texts.append("".join(lines))
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in (".json", ".log"):
            text = path.read_text()
            lines_of = path.suffix == ".log" or path.parent.parent.name == "history"  # a run's two
            for line in text.rstrip().split("\n") if lines_of else [text]:
                texts += strings(json.loads(line))
    wanted = plain(secret)[1:-1]
    long_enough = {text for text in texts if len(text) >= len(wanted)}
    return [text for text in long_enough if any(wanted in plain(each) for each in undone(text))]


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def plain(text: str) -> str:
    return "".join(text.split()).replace("\0", "").casefold()


def undone(text: str, depth: int = 2) -> Iterator[str]:
    """The text, and what the standard library's decoders make of it."""
    yield from (text, text[::-1], text.replace(r"\x00", ""))
    if depth == 0:
        return
    found = [unquote(text), unquote_plus(text), html.unescape(text)]
    found.append(repaired_16(re.sub(r"%u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)), text)))
    found.append(re.sub(r"\\([^\w])", r"\1", text))
    found += [text.replace("''", "'"), text.replace("'\\''", "'")]
    data = text.encode("utf-8", "surrogatepass")
    found.append(quopri.decodestring(data).decode("utf-8", "replace"))
    escaped = without_backslashes(text)
    found += [escaped, repaired(escaped), repaired(text)]
    found.append(repaired_16(escaped))
    found.append(data.decode("utf-7", "replace"))
    for run in re.findall(r"[A-Za-z0-9+/_-]{8,}", re.sub(r"\s", "", text)):
        digits = run.translate(str.maketrans("-_", "+/"))
        for start in range(4):
            whole = digits[start:] + "A" * (-(len(digits) - start) % 4)
            found += read(base64.b64decode(whole))
        with_padding = run.upper() + "=" * (-len(run) % 8)
        if re.fullmatch("[A-Z2-7]+=*", with_padding):
            with contextlib.suppress(binascii.Error):
                found += read(base64.b32decode(with_padding))
    for run in re.findall(r"(?:[0-9a-fA-F]{2}){6,}", re.sub(r"0x|[\s:]", "", text)):
        found += read(bytes.fromhex(run))
    for each in {*found} - {text}:
        yield from undone(each, depth - 1)


def without_backslashes(text: str) -> str:
    def read_one(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "uxU" and len(code) > 1:
            return chr(int(code[1:], 16))
        return chr(int(code, 8)) if len(code) == 3 else code

    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[0-7]{3}|.)", read_one, text)


def repaired_16(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def repaired(text: str) -> str:
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return ""


def read(data: bytes) -> list[str]:
    return [data.decode("utf-8", "replace"), data.decode("utf-16-le", "replace")]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return Workspace.open(tmp_path_factory.mktemp("canaries"), secret_store="session")


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_instrument_sees_every_spelling(spelling: str) -> None:
    # What cannot see proves nothing.
    for seed in range(20):
        secret = odd_secret(random.Random(seed))
        text = SPELLINGS[spelling](secret)
        text = re.sub(r"\n535-5.7.8 ", "", text) if spelling == "over two lines" else text
        assert any(plain(secret)[1:-1] in plain(each) for each in undone(text)), (secret, text)


@pytest.mark.parametrize("batch", range(BATCHES))
def test_no_canary_is_found(batch: int, workspace: Workspace) -> None:
    for seed in range(batch, RUNS, BATCHES):
        what, found = canary_run(seed, workspace)
        assert found == [], (seed, what)


if __name__ == "__main__":  # many more: python -m tests.smtp.test_canaries FIRST LAST FOLDER
    import sys

    first, last, folder = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    began, bad = time.monotonic(), 0
    for number in range(first, last):
        ws = Workspace.open(folder / str(number), secret_store="session")
        what, found = canary_run(number, ws)
        if found:
            bad += 1
            print(number, what, found[:2], flush=True)
    print(f"{last - first} runs, {bad} found, {time.monotonic() - began:.0f} s")
