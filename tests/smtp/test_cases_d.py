"""Group D: redaction. Whatever a server does with a secret it was told, nobody else reads it.

What has no test: D-09 (pseudonyms: nothing is shared), D-10 (the address of a sign-in in a report
or log: there is none, see O-27 in tests/oauth).
"""

from __future__ import annotations

import ast
import base64
import json
import logging
import pickle
import tokenize
import traceback
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import smtpwizard
from smtpwizard.demo.scripted import CLOSE, HANG, RESET, Action, Connection, ScriptedServer
from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.redaction import Redactor
from smtpwizard.model.report import Report, Stage
from smtpwizard.smtp.verification import Settings, verify
from smtpwizard.usecases.diagnose import with_causes
from smtpwizard.usecases.input import parse_connector
from smtpwizard.usecases.log import trace_of
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.verify import verify_stored
from smtpwizard.usecases.workspace import Workspace
from tests.smtp.invariants import (
    ACCOUNT,
    ANYWHERE,
    PASSWORD,
    TOKEN,
    USERNAME,
    Seen,
    Verifier,
    credential_for,
)

STAGES_WITH_REPLIES = {
    "greeting": b"220",
    "EHLO": b"250",
    "EHLO_TLS": b"250",
    "AUTH": b"235",
    "MAIL": b"250",
    "RCPT": b"250",
    "DATA": b"354",
    "EOD": b"250",
    "QUIT": b"221",
}
MECHANISMS = [
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "XOAUTH2",
    "OAUTHBEARER",
]


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON document, the keys too."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(key)
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def forms(secret: str) -> dict[str, str]:
    """How a reader might find a secret in a text without blanks and case."""
    raw, wide = secret.encode(), secret.encode("utf-16-le")
    found = {
        "raw": secret,
        "reversed": secret[::-1],
        "url": urllib.parse.quote(secret, safe=""),
        "hex": raw.hex(),
        "utf-16 hex": wide.hex(),
        "escaped": raw.decode("ascii", "backslashreplace"),
        "latin-1": secret.encode("latin-1", "replace").decode("ascii", "backslashreplace"),
        "utf-16": wide.decode("utf-8", "backslashreplace").replace("\0", r"\x00"),
    }
    for name, data in (("base64", raw), ("utf-16 base64", wide)):
        for offset in range(3):
            whole = base64.b64encode(bytes(offset) + data).decode()
            first, last = -(-offset * 8 // 6), (offset + len(data)) * 8 // 6
            found[f"{name}+{offset}"] = whole[first + (offset > 0) : last]
    return found


def squeezed(text: str) -> str:
    return "".join(text.split()).casefold()


def leaks(report: Report, *secrets: str) -> list[str]:
    """Which forms of which secrets a report shows, in one text or folded over several."""
    texts = list(strings(report.to_json()))
    lines = [line.line for line in report.transcript]
    without_codes = [line.lstrip("0123456789- .") for line in lines]
    shown = [squeezed(text) for text in texts]
    shown += [squeezed("".join(lines)), squeezed("".join(without_codes))]
    return [
        f"secret {number} as {name}"
        for number, secret in enumerate(secrets, start=1)
        for name, form in forms(secret).items()
        if any(squeezed(form) in text for text in shown)
    ]


def complete(seen: Seen, verifier: Verifier) -> Report:
    """The report with its causes, as a person gets it."""
    return with_causes(seen.report, verifier.connector(587, security=seen.security))


# -- what we say ourselves -----------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", MECHANISMS)
@pytest.mark.parametrize("refused", [False, True])
def test_d_01_no_mechanism_shows_its_secret(
    verifier: Verifier, mechanism: str, refused: bool
) -> None:
    method = "oauth" if mechanism in ("XOAUTH2", "OAUTHBEARER") else "basic"
    account = replace(ACCOUNT, password="other", token="other") if refused else ACCOUNT
    seen = verifier(mechanisms=(mechanism,), method=method, account=account)
    assert (seen.stop is None) != refused
    [auth, *rest] = [line for line in seen.transcript if line.startswith("client: AUTH")]
    assert rest == []
    assert auth.startswith(f"client: AUTH {mechanism}")
    words = auth.removeprefix(f"client: AUTH {mechanism}")
    assert words == "" or (words.startswith(" <redacted, ") and words.endswith(" octets>"))
    assert leaks(complete(seen, verifier), PASSWORD, TOKEN) == []


@pytest.mark.parametrize("mechanism", ["PLAIN", "XOAUTH2", "OAUTHBEARER"])
def test_d_01_in_two_steps(verifier: Verifier, mechanism: str) -> None:
    secret = "long-canary-" * 60
    kind = CredentialKind.PASSWORD if mechanism == "PLAIN" else CredentialKind.BEARER
    seen = verifier(
        mechanisms=(mechanism,),
        method="basic" if mechanism == "PLAIN" else "oauth",
        account=replace(ACCOUNT, password=secret, token=secret),
        credentials=FixedCredential(Credential(kind, USERNAME, Secret(secret))),
    )
    assert seen.stop is None
    assert f"client: AUTH {mechanism}" in seen.transcript
    assert sum(line.startswith("client: <redacted, ") for line in seen.transcript) == 1
    assert leaks(complete(seen, verifier), secret, "long-canary-long") == []


def test_d_01_challenges_appear_as_sizes(verifier: Verifier) -> None:
    seen = verifier(mechanisms=("CRAM-MD5",))
    [challenge] = [line for line in seen.transcript if line.startswith("server: 334")]
    assert challenge.startswith("server: 334 <challenge, ")


# -- what a server repeats -----------------------------------------------------------------------


def halves(data: bytes) -> list[bytes]:
    return [data[: len(data) // 2], data[len(data) // 2 :]]


def b64(data: bytes | str) -> bytes:
    return base64.b64encode(data.encode() if isinstance(data, str) else data)


ECHOES: dict[str, Callable[[str], list[bytes]]] = {
    "raw": lambda s: [s.encode()],
    "upper case": lambda s: [s.upper().encode()],
    "reversed": lambda s: [s[::-1].encode()],
    "base64": lambda s: [b64(s)],
    "base64 of plain": lambda s: [b64(f"\0{USERNAME}\0{s}")],
    "base64, one off": lambda s: [b64("x" + s)],
    "base64, two off": lambda s: [b64("xx" + s + "yy")],
    "base64url": lambda s: [base64.urlsafe_b64encode(("?>" + s).encode())],
    "url": lambda s: [urllib.parse.quote(s, safe="").encode()],
    "form": lambda s: [urllib.parse.quote_plus(s).encode()],
    "hex": lambda s: [s.encode().hex().encode()],
    "HEX": lambda s: [s.encode().hex().upper().encode()],
    "spaced hex": lambda s: [s.encode().hex(" ").encode()],
    "latin-1": lambda s: [s.encode("latin-1", "replace")],
    "utf-16": lambda s: [s.encode("utf-16-le")],
    "utf-16, the other way": lambda s: [s.encode("utf-16-be")],
    "utf-16 in base64": lambda s: [b64(s.encode("utf-16-le"))],
    "utf-16 in hex": lambda s: [s.encode("utf-16-le").hex().encode()],
    "html": lambda s: [s.replace("ä", "&#228;").encode()],
    "json": lambda s: [json.dumps(s).encode()],
    "split": lambda s: halves(s.encode()),
    "split base64": lambda s: halves(b64(f"\0{USERNAME}\0{s}")),
    "spread": lambda s: [s[i : i + 3].encode() for i in range(0, len(s), 3)],
    "spaced": lambda s: [" ".join(s).encode()],
    "with escapes": lambda s: ["\x1b".join(s).encode()],
    "between words": lambda s: [b"you said <" + s.encode() + b">, did you?"],
    "many times": lambda s: [s.encode() * 20],
    "at the end of a long line": lambda s: [b"x" * 1990 + s.encode()],
}


def reply(code: bytes, lines: list[bytes], enhanced: bool = True) -> bytes:
    """A reply that says `lines`, each behind an enhanced code as servers like to have it."""
    mark = code[:1] + b".7.8 " if enhanced and code[:1] in b"245" else b""
    out = [code + b"-" + mark + line + b"\r\n" for line in lines[:-1]]
    return b"".join([*out, code + b" " + mark + lines[-1] + b"\r\n"])


def hello(lines: list[bytes], tls: bool) -> bytes:
    """An EHLO reply with the echo in it, in its greeting, a keyword and the mechanisms."""
    keyword = b"".join(lines).replace(b" ", b"")
    words = [
        b"scripted.example " + lines[0],
        *lines[1:],
        b"X-" + keyword,
        b"AUTH PLAIN " + lines[0],
    ]
    return reply(b"250", [*words, b"SIZE 1000000" if tls else b"STARTTLS"], enhanced=False)


@pytest.mark.parametrize("echo", ECHOES)
def test_d_02_server_that_echoes_and_goes_on(verifier: Verifier, echo: str) -> None:
    lines = ECHOES[echo](PASSWORD)
    behaviours: dict[str, Action] = {
        step: reply(code, [b"ok", *lines]) for step, code in STAGES_WITH_REPLIES.items()
    }
    behaviours |= {"EHLO": hello(lines, tls=False), "EHLO_TLS": hello(lines, tls=True)}
    seen = verifier(behaviours)
    assert seen.stop is None
    assert leaks(complete(seen, verifier), PASSWORD) == []


@pytest.mark.parametrize("echo", ECHOES)
def test_d_02_server_that_echoes_and_refuses(verifier: Verifier, echo: str) -> None:
    lines = ECHOES[echo](PASSWORD)
    for step in STAGES_WITH_REPLIES:
        if step in ("QUIT", "EHLO_TLS"):
            continue
        seen = verifier({step: reply(b"550", lines)}, security="none")
        assert seen.stop is not None, step
        assert seen.stop[1] == 550
        assert leaks(complete(seen, verifier), PASSWORD) == [], step


@pytest.mark.parametrize("echo", ECHOES)
def test_d_02_server_that_echoes_out_of_order(verifier: Verifier, echo: str) -> None:
    lines = ECHOES[echo](PASSWORD)
    rubbish: dict[str, Action] = {
        "no reply at all": (b"!! " + b" ".join(lines) + b"\r\n", HANG),
        "contradiction": b"250-" + lines[0] + b"\r\n550 " + lines[-1] + b"\r\n",
        "twice": reply(b"250", lines) + reply(b"250", lines),
        "half a reply": (b"250-" + lines[0] + b"\r\n250 " + lines[-1], CLOSE),
        "farewell": reply(b"421", lines),
    }
    for name, action in rubbish.items():
        for step in ("MAIL", "AUTH"):
            seen = verifier({step: action}, security="none")
            assert seen.stop is not None, name
            assert leaks(complete(seen, verifier), PASSWORD) == [], (name, step)


@pytest.mark.parametrize("step", ["greeting", "HANDSHAKE", "EHLO", "STARTTLS"])
def test_d_02_server_that_knows_the_password_from_before(verifier: Verifier, step: str) -> None:
    # The words before and instead of TLS are shown as well, cut off where they are long.
    for size in range(40, 64, 3):
        words = b"\x99" + b"x" * size + PASSWORD.encode() + b"\r\n"
        for security in ("starttls", "implicit_tls"):
            if security == "implicit_tls" and step == "STARTTLS":
                continue
            seen = verifier({step: (words, HANG)}, security=security, times_out=step)
            assert seen.stop is not None
            assert leaks(complete(seen, verifier), PASSWORD, PASSWORD[:12]) == []


def test_d_02_token_that_is_known_only_when_it_is_needed(verifier: Verifier) -> None:
    # An access token that nobody handed in beforehand: it comes out of its source.
    token = "fresh-canary-of-a-token"
    source = FixedCredential(Credential(CredentialKind.BEARER, USERNAME, Secret(token)))
    for answer in (
        f"535 5.7.8 not {token}\r\n".encode(),
        b"334 " + b64(json.dumps({"status": "401", "why": f"you sent {token}"})) + b"\r\n",
        b"334 " + b64(json.dumps({token: "x"})) + b"\r\n",
    ):
        seen = verifier(
            {"AUTH": answer, "AUTH_STEP": f"535 5.7.8 {token}\r\n".encode()},
            mechanisms=("XOAUTH2",),
            method="oauth",
            credentials=source,
        )
        assert seen.stop == ("auth", 535, "auth_refused")
        assert leaks(complete(seen, verifier), token) == []


def test_d_02_what_was_said_to_a_challenge(verifier: Verifier) -> None:
    # A digest is no password, but good enough to guess one by.
    def repeat(conversation: Connection, line: bytes) -> Action:
        return b"535 5.7.8 you said " + line + b"\r\n"

    for mechanism in ("CRAM-MD5", "SCRAM-SHA-256"):
        seen = verifier({"AUTH_STEP": repeat}, mechanisms=(mechanism,))
        assert seen.stopped.reply is not None
        assert seen.stopped.reply.text.removesuffix("=").removesuffix("=") == "you said <redacted>"


def test_d_02_certificate_that_names_the_password(verifier: Verifier, tmp_path: Path) -> None:
    from smtpwizard.demo.certificates import ThrowAwayAuthority

    password = "canary-in-a-certificate"
    authority = ThrowAwayAuthority(f"issued for {password}")
    context = authority.server_context((f"{password}.test", "127.0.0.1"))
    account = replace(ACCOUNT, password=password)
    ca_file = str(authority.write_ca(tmp_path / "ca.pem"))
    seen = verifier(context=context, account=account, password=password, ca_file=ca_file)
    assert seen.stop is None
    assert leaks(seen.report, password) == []
    assert seen.detail(Stage.TLS)["chain"][0]["names"] == ["<redacted>.test", "127.0.0.1"]
    seen = verifier(context=context, password=password)
    assert seen.stop == ("tls", None, "cert_untrusted")
    assert leaks(complete(seen, verifier), password) == []


def test_d_02_password_that_is_an_everyday_word(verifier: Verifier) -> None:
    # It must neither break the conversation nor the report; to hide it everywhere is hopeless.
    for password in ("PLAIN", "STARTTLS", "250", "example", "AUTH", "0", "SIZE 10485760"):
        account = replace(ACCOUNT, password=password)
        with ScriptedServer(starttls=True, context=verifier.context(), account=account) as server:
            connector = verifier.connector(server.port)
            source = credential_for(connector, password)
            secrets = (Secret(password),)
            report = verify(
                connector,
                source,
                Settings(recipient="admin@example.com", redactor=Redactor(secrets)),
            )
        assert report.ok, password
        assert report.stage(Stage.AUTH).detail()["mechanism"] in ("PLAIN", "<redacted>")


def test_d_02_refusal_that_poses_as_a_certificate(verifier: Verifier) -> None:
    # Our own are kept line by line; nothing else may be.
    bare = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
    for words in ("\x1b[2J", "<b>", "\u202e", PASSWORD, b64(TOKEN).decode()):
        document = json.dumps({"pem": bare.format(words)})
        seen = verifier(
            {"AUTH": b"334 " + b64(document) + b"\r\n", "AUTH_STEP": b"535 5.7.8 no\r\n"},
            mechanisms=("XOAUTH2",),
            method="oauth",
        )
        shown = seen.stopped.detail()["token_refusal"]["pem"]
        assert shown.startswith("-----BEGIN CERTIFICATE-----\\x0a")
        assert leaks(complete(seen, verifier), PASSWORD, TOKEN) == []


# -- split ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(1, len(PASSWORD.encode()), 5))
def test_d_03_split_over_two_reads(verifier: Verifier, cut: int) -> None:
    def slowly(conversation: Connection, line: bytes) -> Action:
        words = b"535 5.7.8 not " + PASSWORD.encode() + b" please\r\n"
        conversation.send(words[: 14 + cut])
        conversation.closing.wait(0.01)
        return words[14 + cut :]

    seen = verifier({"AUTH": slowly})
    assert seen.stopped.reply is not None
    assert seen.stopped.reply.text == "not <redacted> please"
    assert leaks(complete(seen, verifier), PASSWORD) == []


@pytest.mark.parametrize("width", [4, 19, 60, 76])
@pytest.mark.parametrize("enhanced", [False, True])
def test_d_03_folded_base64(verifier: Verifier, width: int, enhanced: bool) -> None:
    token = "canary-of-a-token." * 20
    blob = b64(f"user={USERNAME}\1auth=Bearer {token}\1\1")
    lines = [blob[i : i + width] for i in range(0, len(blob), width)][:190]
    seen = verifier(
        {"AUTH": reply(b"535", lines, enhanced)},
        mechanisms=("XOAUTH2",),
        method="oauth",
        credentials=FixedCredential(Credential(CredentialKind.BEARER, USERNAME, Secret(token))),
    )
    assert seen.stop == ("auth", 535, "auth_refused")
    assert leaks(complete(seen, verifier), "canary-of-a-token.canary") == []


def test_d_03_rubbish_that_breaks_off_inside_the_secret(verifier: Verifier) -> None:
    for cut in range(9, len(PASSWORD.encode())):
        words = b"!! not " + PASSWORD.encode()[:cut]
        seen = verifier({"MAIL": (words, CLOSE)})
        assert seen.stop == ("mail_from", None, "garbage")
        assert leaks(complete(seen, verifier), PASSWORD[:9]) == []


# -- elsewhere -----------------------------------------------------------------------------------


def test_d_04_no_library_logs_a_conversation(
    verifier: Verifier, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    for mechanism in MECHANISMS:
        method = "oauth" if mechanism in ("XOAUTH2", "OAUTHBEARER") else "basic"
        verifier(mechanisms=(mechanism,), method=method)
    assert PASSWORD not in caplog.text
    assert TOKEN not in caplog.text
    out, err = capfd.readouterr()
    assert out + err == ""


def test_d_04_nothing_turns_a_librarys_log_on() -> None:
    banned = {"set_debuglevel", "basicConfig", "debuglevel", "log_to_stderr", "setprofile"}
    package = Path(smtpwizard.__file__).parent
    for path in package.rglob("*.py"):
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
        for node in ast.walk(tree):
            name = getattr(node, "attr", None) or getattr(node, "id", None)
            assert name not in banned, f"{path.name}: {name}"
            if isinstance(node, ast.Import):
                assert "smtplib" not in {a.name for a in node.names}, path.name


def test_d_05_tracebacks() -> None:
    def fail() -> None:
        secret = Secret(PASSWORD)
        credential = Credential(CredentialKind.PASSWORD, USERNAME, secret)
        held = {"credential": credential, "secrets": [secret]}
        raise ValueError(f"{secret} {credential} {held}")

    with pytest.raises(ValueError) as raised:
        fail()
    error = raised.value
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    text = "".join(trace.format())
    assert PASSWORD not in text
    assert "***" in text
    # Ours holds places alone, no message and no value.
    assert trace_of(error) == []
    package = Path(smtpwizard.__file__).parent
    for path in package.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "capture_locals" not in source
        assert "cgitb" not in source


@pytest.mark.parametrize(
    "leak", [pickle.dumps, json.dumps, asdict, lambda value: json.dumps(asdict(value))]
)
def test_d_06_a_secret_is_not_serialised(leak: Callable[[Any], Any]) -> None:
    credential = Credential(CredentialKind.PASSWORD, USERNAME, Secret(PASSWORD))
    for value in (credential, credential.secret):
        with pytest.raises(TypeError):
            leak(value)


def test_d_06_a_connector_has_no_place_for_one(verifier: Verifier) -> None:
    text = json.dumps(verifier.connector(587).to_json())
    assert PASSWORD not in text
    assert "password" not in text.lower()


# -- arbitrary secrets and faults ----------------------------------------------------------------

_parts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0\1"), min_size=3, max_size=30
)
# Something in their middle that stands in no report by chance, as "enhanced" does.
secrets = st.tuples(_parts, _parts).map("Zq\u00a77xJ".join)

faults = st.sampled_from([CLOSE, RESET, HANG, b"!!\r\n", b"421 4.3.2 bye\r\n"])


@st.composite
def behaviours_with(draw: st.DrawFn) -> tuple[str, str, dict[str, Any]]:
    """A secret, the mechanism it is used with, and where the server says what."""
    secret = draw(secrets)
    mechanism = draw(st.sampled_from(["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"]))
    out: dict[str, Any] = {}
    for step in draw(
        st.lists(st.sampled_from(sorted(STAGES_WITH_REPLIES)), max_size=3, unique=True)
    ):
        right = STAGES_WITH_REPLIES[step]
        code = draw(st.sampled_from([right, right, b"550", b"451", b"250", b"334"]))
        echo = ECHOES[draw(st.sampled_from(sorted(ECHOES)))]
        said = reply(code, [line.replace(b"\r", b"").replace(b"\n", b"") for line in echo(secret)])
        out[step] = draw(st.sampled_from([said, (said, draw(faults)), draw(faults)]))
    return secret, mechanism, out


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(behaviours_with())
@example(("000Zq§7xJ000", "PLAIN", {"EHLO": b"250-2.7.8 000Zq\xc2\r\n250 2.7.8 \xa77xJ000\r\n"}))
def test_d_07_arbitrary_secrets_and_faults(
    verifier: Verifier, case: tuple[str, str, dict[str, Any]]
) -> None:
    secret, mechanism, behaviours = case
    oauth = mechanism == "XOAUTH2"
    kind = CredentialKind.BEARER if oauth else CredentialKind.PASSWORD
    seen = verifier(
        behaviours,
        mechanisms=(mechanism,),
        method="oauth" if oauth else "basic",
        account=replace(ACCOUNT, password=secret, token=secret),
        credentials=FixedCredential(Credential(kind, USERNAME, Secret(secret))),
        password=secret,
        times_out=ANYWHERE if "HANG" in repr(behaviours) else None,
    )
    assert leaks(complete(seen, verifier), secret) == []


def test_d_07_neither_log_nor_files_hold_it(tmp_path: Path, verifier: Verifier) -> None:
    ws = Workspace.open(tmp_path, secret_store="session")
    says = reply(b"535", ECHOES["split base64"](PASSWORD) + ECHOES["raw"](PASSWORD))
    with ScriptedServer({"AUTH": says}, account=ACCOUNT) as server:
        connector = connector_for(ws, server.port)
        stored = save_connector(ws, connector, secrets={"password": Secret(PASSWORD)})
        report = verify_stored(ws, stored)
    assert report.exit_code() == 15
    assert leaks(report, PASSWORD) == []
    assert report.causes[0].cause == "bad_credentials"
    written = b"".join(p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert b"verification_finished" in written
    for form in forms(PASSWORD).values():
        assert form.encode() not in written


def connector_for(ws: Workspace, port: int) -> Connector:
    return parse_connector(
        {
            "name": "Invoices",
            "provider": "custom",
            "server": {"host": "127.0.0.1", "port": port, "security": "none"},
            "authentication": {"method": "basic", "username": USERNAME},
            "admin": {"email": "admin@example.com"},
        },
        ws.defaults_for,
    )


def test_d_08_messages_appear_as_sizes(verifier: Verifier) -> None:
    seen = verifier()
    assert seen.server is not None
    data = seen.server.accepted[0].data
    [line] = [line for line in seen.transcript if line.startswith("client: <message")]
    assert line == f"client: <message, {len(data)} octets>"
    shown = "\n".join(strings(seen.report.to_json()))
    for part in ("Subject:", "MIME-Version", "Content-Type", "You need not do anything"):
        assert part.encode() in data
        assert part not in shown
