"""Finding the settings for an address: the catalogue answers by domain."""

from __future__ import annotations

from datetime import date

import pytest

from smtpwizard.messages.discovery import doubt_text, nothing_text, settings_text, why_text
from smtpwizard.messages.face import Face
from smtpwizard.model.addresses import AddressError
from smtpwizard.model.connector import Method
from smtpwizard.model.discovery import Discovery, FoundBy, Looked, LookedStatus
from smtpwizard.usecases.discover import known_settings
from smtpwizard.usecases.workspace import Workspace

TODAY = date(2026, 11, 30)


def look(ws: Workspace, address: str) -> Discovery:
    return known_settings(ws, address, TODAY)


@pytest.mark.parametrize(
    ("address", "provider", "settings"),
    [
        ("Me@GMail.com", "gmail", "smtp.gmail.com, port 587, STARTTLS"),
        ("me@googlemail.com", "gmail", "smtp.gmail.com, port 587, STARTTLS"),
        ("me@hotmail.co.uk", "outlook", "smtp-mail.outlook.com, port 587, STARTTLS"),
        ("me@contoso.onmicrosoft.com", "exchange", "smtp.office365.com, port 587, STARTTLS"),
        ("me@yahoo.de", "yahoo", "smtp.mail.yahoo.com, port 465, SSL/TLS"),
        ("me@icloud.com", "icloud", "smtp.mail.me.com, port 587, STARTTLS"),
        ("me@gmx.de", "gmx", "mail.gmx.net, port 465, SSL/TLS"),
        ("me@gmx.com", "gmx_com", "mail.gmx.com, port 465, SSL/TLS"),
        ("me@web.de", "web_de", "smtp.web.de, port 587, STARTTLS"),
    ],
)
def test_known_domains(ws: Workspace, address: str, provider: str, settings: str) -> None:
    result = known_settings(ws, f" {address} ", TODAY)
    [candidate] = result.candidates
    assert candidate.provider == provider
    assert candidate.username == address
    assert (candidate.source, candidate.trusted) == (FoundBy.CATALOGUE, True)
    assert settings_text(candidate) == settings
    assert [looked.status for looked in result.looked] == [LookedStatus.FOUND]


@pytest.mark.parametrize(
    "address",
    [
        "me@quay.example", "me@mail.gmail.com", "me@notgmail.com", "me@onmicrosoft.com",
        "me@gmail.com.quay.example", "me@münchen.example",
    ],
)  # fmt: skip
def test_unknown_domains(ws: Workspace, address: str) -> None:
    result = look(ws, address)
    assert result.candidates == ()
    assert [looked.status for looked in result.looked] == [LookedStatus.NOTHING]
    assert result.domain in nothing_text(result, Face.WINDOW)
    assert "me" not in nothing_text(result, Face.WINDOW).split()


@pytest.mark.parametrize("text", ["", "gmail.com", "me@", "me@gmail.com, you@gmail.com", "a b@c.d"])
def test_only_a_whole_address_is_looked_up(ws: Workspace, text: str) -> None:
    with pytest.raises(AddressError):
        look(ws, text)


@pytest.mark.parametrize(
    ("address", "methods", "sign_in"),
    [
        ("me@gmail.com", (Method.OAUTH, Method.BASIC), "Sign in with OAuth or an app password."),
        # No passwords since 2024; no new app registrations.
        ("me@outlook.com", (Method.OAUTH,), "Sign in with OAuth."),
        ("me@yahoo.com", (Method.BASIC,), "Sign in with an app password."),
        ("me@web.de", (Method.BASIC,), "Sign in with a password."),
    ],
)
def test_how_one_signs_in_there(
    ws: Workspace, address: str, methods: tuple[Method, ...], sign_in: str
) -> None:
    [candidate] = look(ws, address).candidates
    assert candidate.methods == methods
    assert why_text(candidate).endswith(sign_in)
    assert address.partition("@")[2] in why_text(candidate)


def test_passwords_end_on_their_day(ws: Workspace) -> None:
    [before] = known_settings(ws, "me@outlook.com", date(2024, 9, 15)).candidates
    assert Method.BASIC in before.methods


def test_what_somebody_wrote_for_this_network_comes_first(ws: Workspace) -> None:
    folder = ws.data_dir / "providers.d"
    folder.mkdir(parents=True)
    (folder / "quay.toml").write_text(
        'id = "quay"\nname = "Quay"\nhost = "mail.quay.example"\nport = 465\n'
        'security = "implicit_tls"\ndomains = ["Quay.example", "*.quay.example", "gmail.com"]\n',
        encoding="utf-8",
    )
    ws = Workspace.open(ws.data_dir)
    assert [c.provider for c in look(ws, "me@gmail.com").candidates] == ["quay", "gmail"]
    for domain in ("quay.example", "QUAY.example", "north.quay.example"):
        assert [c.provider for c in look(ws, f"me@{domain}").candidates] == ["quay"]


def test_a_doubtful_answer_says_why(ws: Workspace) -> None:
    [candidate] = look(ws, "me@web.de").candidates
    silent = candidate._replace(trusted=False, why="", methods=())
    assert doubt_text(silent)
    assert why_text(silent) == ""


def test_who_could_not_be_asked_may_know(ws: Workspace) -> None:
    result = look(ws, "me@quay.example")
    late = Looked(FoundBy.SRV, LookedStatus.LATE, 7600)
    said = nothing_text(result._replace(looked=(*result.looked, late)), Face.COMMAND_LINE)
    assert "not every place could be asked (1 of them could not)" in said
