"""Names that nobody has, planted in every place and spelling of a run; and what is left of them."""

# ruff: noqa: E501 - names in their places

from __future__ import annotations

import base64
import html
import random
import re
import string
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote

from smtpwizard.cases import stand_ins
from smtpwizard.cases.case import check_no_secret, make_case
from smtpwizard.model.auth import Secret
from smtpwizard.model.errors import SecretStoreError
from smtpwizard.model.wire import Heard
from tests.cases.recorded import OPTIONS, Names, history_of, run_of

_ENDINGS = (
    "de",
    "com",
    "co.uk",
    "cloud",
    "io",
    "local",
    "internal",
    "gmbh",
    "com.br",
    "technology",
)


class Leak(NamedTuple):
    """A name that stands in a case."""

    field: str
    name: str
    near: str


def names_of(chance: random.Random) -> Names:
    """Names that occur in nothing else, of every shape that names have."""

    def word(least: int = 6, most: int = 12) -> str:
        letters = "".join(chance.choices(string.ascii_lowercase, k=chance.randint(least, most)))
        return chance.choice("qxzj") + letters + chance.choice("qxzvk")

    def number(length: int) -> str:
        return "".join(chance.choices(string.hexdigits.lower(), k=length))

    def guid() -> str:
        return "-".join(map(number, (8, 4, 4, 4, 12)))

    user = chance.choice(
        (
            word(), f"{word()}.{word()}", f"{word()}{chance.randint(10, 99)}", f"{word()}_{word()}",
            f"{word()}-{word()}", word().capitalize(), f"{word()}\u00fc{word()}",
            f"{word()}+{word()}", f"{word()}'{word()}", str(chance.randint(10**7, 10**9)),
        )
    )  # fmt: skip
    first, last = word().capitalize(), word().capitalize()
    return Names(
        user=user,
        person=chance.choice((f"{first} {last}", f"{last}, {first}", f"Dr. {first} {word()}-{last}")),
        site=f"{chance.choice((word(), f'{word()}-{word()}', f'{word()}.{word()}'))}.{chance.choice(_ENDINGS)}",
        host=chance.choice((word(), f"mx{word()}", f"{word()}-{chance.randint(1, 99)}")),
        inner=f"{word()}-{word()}",
        company=f"{word().capitalize()} {word().capitalize()} {chance.choice(('GmbH', 'Ltd', 'Inc'))}",
        tenant=guid(),
        client=guid(),
        ip=f"{chance.randint(11, 99)}.{chance.randint(128, 250)}.{chance.randint(100, 250)}.{chance.randint(100, 250)}",
        ip6=f"2a{number(2)}:{number(4)}:{number(4)}::{number(4)}:{number(3)}",
        queue=f"4{word(5, 6).title()}{chance.randint(100, 999)}{word(3, 5)}",
        other=f"{word()}.{word()}",
        elsewhere=f"{word()}.{chance.choice(_ENDINGS)}",
        computer=f"{word().upper()}{chance.randint(1, 99)}",
        path=f"C:\\Users\\{word()}\\{word()}.pem",
        connector=f"{word().capitalize()} {word()}",
    )  # fmt: skip


def spellings(name: str) -> Iterator[str]:
    """A name as servers and programs write it."""
    yield name
    yield name.upper()
    yield name.title()
    yield quote(name, safe="")
    yield "".join(
        f"={byte:02X}" if byte > 126 or byte in b"=@" else chr(byte) for byte in name.encode()
    )
    yield html.escape(name).replace("@", "&#64;")
    yield base64.b64encode(f"user {name} is unknown".encode()).decode()
    yield f"[{name}]"
    yield f"x={name};"


def pieces(names: Names) -> dict[str, list[str]]:
    """What must not be found, by the field that it stands in; parts of names included."""
    found: dict[str, list[str]] = {}
    for field, name in names._asdict().items():
        parts = [name]
        if field in ("person", "company", "connector", "path"):
            parts = name.replace(",", " ").replace("\\", " ").split()
        if field in ("site", "elsewhere"):
            parts = name.split(".")[:-1]
        parts = [part.removesuffix(".pem") for part in parts]
        found[field] = [part for part in parts if len(part) > 5]
    return found


def leaks(chance: random.Random) -> tuple[int, list[Leak]]:
    """How many names were planted in one run, and which of them stand in its case."""
    names = names_of(chance)
    run = run_of(names)
    said = [
        f"{chance.choice(('550 5.7.1', '421', '535-5.7.8', '250'))} {_around(chance, each)}\n"
        for name in (*names, names.address, names.server)
        for each in spellings(name)
    ]
    chance.shuffle(said)
    wire = (*run.report.wire, *(Heard(20 + at, text) for at, text in enumerate(said)))
    run = run._replace(report=run.report._replace(wire=wire))
    known = ((stand_ins.Kind.HOST, names.computer),)
    options = OPTIONS._replace(known=known, note=f"{names.person} <{names.address}>")
    made = make_case(run, history_of(names), options)
    text = made.text.lower()
    views = [text, *_unpacked(made.text)]
    found = [
        Leak(field, part, view[max(view.index(part.lower()) - 60, 0) :][:120])
        for field, parts in pieces(names).items()
        for part in parts
        for view in views
        if part.lower() in view
    ]
    return len(names), found


def _around(chance: random.Random, name: str) -> str:
    before, after = chance.choice(
        (
            ("access denied for", "(see the log)"), ("user", "unknown; try again later"),
            ("host", "said: no"), ("<", ">: Recipient address rejected"), ("", "service ready"),
            ("rejected by", "policy"), ('"', '" is not allowed'),
        )
    )  # fmt: skip
    return f"{before} {name} {after}"


def _unpacked(text: str) -> Iterator[str]:
    for run in re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text):
        digits = run.rstrip("=")
        digits = digits[: len(digits) - (len(digits) % 4 == 1)]
        yield base64.b64decode(digits + "==").decode("utf-8", "replace").lower()


def secrets_of(chance: random.Random) -> Iterator[tuple[str, str]]:
    """Secrets as they might stand in a text, each with what is written around it."""
    letters = string.ascii_letters + string.digits

    def token(length: int) -> str:
        return "".join(chance.choices(letters, k=length))

    jwt = f"eyJ{token(20)}.eyJ{token(60)}.{token(40)}"
    yield jwt, f"token {jwt} is expired"
    yield token(40), f"Authorization: Bearer {token(40)}"
    for begin in ("1//0", "ya29.", "GOCSPX-", "0.A", "1.A"):
        secret = begin + token(40)
        yield secret, f"refused: {secret}"
    blob = base64.b64encode(f"\0{token(6)}@x.de\0{token(12)}".encode()).decode()
    yield blob, f"AUTH PLAIN {blob}"
    blob = base64.b64encode(f"user=a@x.de\1auth=Bearer {token(30)}\1\1".encode()).decode()
    yield blob, f"AUTH XOAUTH2 {blob}"
    yield token(9), f"via http://proxy:{token(9)}@host:3128"
    yield token(20), f"grant_type=refresh_token&refresh_token={token(20)}"
    yield "BEGIN RSA PRIVATE", "-----BEGIN RSA PRIVATE KEY-----"


def secret_leaks(chance: random.Random) -> tuple[int, list[str]]:
    """How many secrets were planted in texts one at a time, and which of them would be written."""
    planted: list[tuple[str, str, tuple[Secret, ...]]] = [
        (secret, text, ()) for secret, text in secrets_of(chance)
    ]
    letters = string.ascii_letters + string.digits + "!%+&="
    password = "".join(chance.choices(letters, k=14))
    planted += [(each, f"535 {each} is wrong", (Secret(password),)) for each in spellings(password)]
    return len(planted), [each[0] for each in planted if _is_written(*each)]


def _is_written(secret: str, text: str, secrets: tuple[Secret, ...]) -> bool:
    run = run_of()
    wire = (*run.report.wire, Heard(99, text))
    made = make_case(run._replace(report=run.report._replace(wire=wire)), (), OPTIONS)
    try:
        check_no_secret(made.document, secrets)
    except SecretStoreError as error:
        return secret in repr((error.args, error.facts))
    return secret in made.text
