"""What people paste into Server is understood as they mean it, or left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.model.addresses import AddressError
from smtpwizard.model.auth import Secret
from smtpwizard.model.pasted_server import PastedServer, sort_out_server, spread_server

TLS, SSL = "starttls", "implicit_tls"
H = "h.example"


def said(text: str) -> tuple[object, ...] | None:
    """Host, port, security, and where there is one: user, password, mechanism."""
    found = sort_out_server(text)
    if found is None:
        return None
    password = found.password.reveal() if found.password is not None else None
    out = [found.host, found.port, found.security, found.username, password, found.mechanism]
    while len(out) > 3 and out[-1] is None:
        out.pop()
    return tuple(out)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tls://h.example:587", (H, 587, TLS)),
        ("tls://h.example:25", (H, 25, TLS)),
        ("tls://h.example", (H, 587, TLS)),
        ("tls://h.example:465", (H, 465, SSL)),
        ("ssl://h.example:465", (H, 465, SSL)),
        ("ssl://h.example", (H, 465, SSL)),
        ("SSL://H.Example", ("H.Example", 465, SSL)),
        ("smtps://h.example", (H, 465, SSL)),
        ("smtps://h.example:4465", (H, 4465, SSL)),
        # Django's settings and others call STARTTLS so.
        ("smtps://h.example:587", (H, 587, TLS)),
        ("starttls://h.example:587", (H, 587, TLS)),
        ("smtp+starttls://h.example", (H, 587, TLS)),
        ("smtp+ssl://u:p@h.example", (H, 465, SSL, "u", "p")),
        ("smtp+tls://u:p@h.example:587", (H, 587, TLS, "u", "p")),
        ("submission://h.example", (H, 587, TLS)),
        ("submissions://h.example", (H, 465, SSL)),
        ("smtp://h.example", (H, None, None)),
        ("smtp://h.example:2525", (H, 2525, None)),
        ("//h.example:587", (H, 587, TLS)),
        ("smtp:h.example:587", (H, 587, TLS)),
        # Symfony Mailer, Django, Nodemailer, curl
        ("smtp://u:p@h.example:25?encryption=tls&auth_mode=login", (H, 25, TLS, "u", "p", "LOGIN")),
        ("smtp://u:p@h.example?encryption=ssl", (H, None, SSL, "u", "p")),
        ("smtp://u:p@h.example/?tls=True&ssl=False", (H, 587, TLS, "u", "p")),
        ("smtp://u:p@h.example:465/?ssl=True", (H, 465, SSL, "u", "p")),
        ("smtp://h.example:587?require_tls=true&verify_peer=0", (H, 587, TLS)),
        ("smtp://h.example?username=u&password=p%26", (H, None, None, "u", "p&")),
        ("smtp://u:p@h.example:587?from=a@b.example", (H, 587, TLS, "u", "p")),
        ("smtp://u;AUTH=PLAIN:p@h.example", (H, None, None, "u", "p", "PLAIN")),
        ("EMAIL_URL=smtp+tls://u:p@h.example:587", (H, 587, TLS, "u", "p")),
        ('MAILER_DSN="smtp://u:p@h.example:465"', (H, 465, SSL, "u", "p")),
        # escaped, and not escaped
        ("smtp://u%40x.example:p%40%2F%3A@h.example:587", (H, 587, TLS, "u@x.example", "p@/:")),
        ("smtp://u@x.example:p@h.example:587", (H, 587, TLS, "u@x.example", "p")),
        ("smtp://u:p@s/s?w#1@h.example:587", (H, 587, TLS, "u", "p@s/s?w#1")),
        ("smtp://u:p/s@h.example:587", (H, 587, TLS, "u", "p/s")),
        ("smtp://u:100%@h.example:587", (H, 587, TLS, "u", "100%")),
        ("smtp://u:p q@h.example:587", (H, 587, TLS, "u", "p q")),
        ("smtp://u:p\u00a0q@h.example", (H, None, None, "u", "p\u00a0q")),
        ("smtp://:p@h.example", (H, None, None, None, "p")),
        ("u:p@h.example:587", (H, 587, TLS, "u", "p")),
        # addresses
        ("u@h.example", (H, None, None, "u@h.example")),
        ("mailto:u@h.example", (H, None, None, "u@h.example")),
        ("u@h.example:465", (H, 465, SSL, "u@h.example")),
        ("<u@h.example>", (H, None, None, "u@h.example")),
        # in brackets, IPv6, IDN
        ("[h.example]:587", (H, 587, TLS)),
        ("[192.0.2.7]", ("192.0.2.7", None, None)),
        ("[2001:db8::1]:587", ("2001:db8::1", 587, TLS)),
        ("[IPv6:2001:db8::1]:25", ("2001:db8::1", 25, None)),
        ("smtps://[2001:db8::1]", ("2001:db8::1", 465, SSL)),
        ("smtp://bücher.example:587", ("bücher.example", 587, TLS)),
        ("h.example::587", (H, 587, TLS)),
        ("h.example/587", (H, 587, TLS)),
        ("submission+ssl://h.example", (H, 465, SSL)),
        ("esmtp://h.example:25", (H, 25, None)),
        # words
        ("h.example 587", (H, 587, TLS)),
        ("h.example, port 587", (H, 587, TLS)),
        ("h.example port 465", (H, 465, SSL)),
        ("h.example:587 (STARTTLS)", (H, 587, TLS)),
        ("h.example 465 SSL/TLS", (H, 465, SSL)),
        ("h.example 587 SSL/TLS", (H, 587, TLS)),
        ("h.example\t587\tTLS", (H, 587, TLS)),
        ("Use port 587 with STARTTLS on h.example.", (H, 587, TLS)),
        ("h.example:465/ssl", (H, 465, SSL)),
        ("h.example 25 none", (H, 25, "none")),
        ("u@x.example h.example 587", (H, 587, TLS, "u@x.example")),
        ("u@h.example 587", (H, 587, TLS, "u@h.example")),
        ("h.example\u200b", (H, None, None)),
        # lines and tables
        ("Server: h.example", (H, None, None)),
        ("SMTP Settings\nServer: h.example\nPort: 587", (H, 587, TLS)),
        ("Mail Server (SMTP): h.example\nUser ID: u\nPW: p\nPort: 25", (H, 25, None, "u", "p")),
        ("API key: p\nSMTP server: h.example", (H, None, None, None, "p")),
        (
            "Server: h.example\nPort: 587\nEncryption: STARTTLS\nUsername: u@x.example\n"
            "Password: a b#! #2;\n",
            (H, 587, TLS, "u@x.example", "a b#! #2;"),
        ),
        ("Server\th.example\r\nPort\t465\r\nSecurity\tSSL/TLS", (H, 465, SSL)),
        ("Server\tPort\tEncryption\nh.example\t587\tSTARTTLS", (H, 587, TLS)),
        ("Server\nh.example\nPort\n587\nUser name\nu", (H, 587, TLS, "u")),
        ("Server h.example\nPort 587\nPassword is the one of your account", (H, 587, TLS)),
        ("SMTP server: h.example; port: 25; encryption: none", (H, 25, "none")),
        ("Postausgangsserver: h.example\nPort: 465\nVerschlüsselung: SSL", (H, 465, SSL)),
        (
            "Incoming server: imap.x.example\nPort: 993\nOutgoing server: h.example\nPort: 587",
            (H, 587, TLS),
        ),
        (
            "Outgoing Mail (SMTP) Server: h.example\nRequires SSL: Yes\nRequires TLS: Yes (if "
            "available)\nRequires Authentication: Yes\nPort for SSL: 465\n"
            "Port for TLS/STARTTLS: 587",
            (H, 587, TLS),
        ),
        # configuration files
        ("MAIL_HOST=h.example", (H, None, None)),
        (
            "MAIL_MAILER=smtp\nMAIL_HOST=h.example\nMAIL_PORT=587 # STARTTLS\nMAIL_USERNAME=null\n"
            'MAIL_PASSWORD="a b#1"\nMAIL_ENCRYPTION=tls\nMAIL_FROM_ADDRESS=f@x.example',
            (H, 587, TLS, None, "a b#1"),
        ),
        (
            "EMAIL_HOST='h.example'\nEMAIL_USE_TLS=False\nEMAIL_USE_SSL=True\n"
            "EMAIL_HOST_USER='u'\nEMAIL_HOST_PASSWORD='p q'",
            (H, None, SSL, "u", "p q"),
        ),
        (
            "host h.example\nport 587\ntls on\ntls_starttls on\nuser u\npassword a b",
            (H, 587, TLS, "u", "a b"),
        ),
        (
            'host: "h.example", port: 465, secure: true, auth: { user: "u", pass: "p" }',
            (H, 465, SSL, "u", "p"),
        ),
        (
            "config.smtp_settings = {\n address: 'h.example',\n port: 587,\n user_name: 'u',\n"
            " authentication: 'plain',\n enable_starttls_auto: true }",
            (H, 587, TLS, "u", None, "PLAIN"),
        ),
        ('{"host":"h.example","port":465,"username":"u"}', (H, 465, SSL, "u")),
        ("[smtp]\nhost = h.example:587\nuser = <your user>", (H, 587, TLS)),
        (
            "spring.mail.host=h.example\nspring.mail.port=587\nspring.mail.username=${U}\n"
            "spring.mail.properties.mail.smtp.starttls.enable=true",
            (H, 587, TLS),
        ),
        ("host=ssl://h.example", (H, 465, SSL)),
    ],
)
def test_what_is_pasted_is_understood(text: str, expected: tuple[object, ...]) -> None:
    assert said(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        H,
        "2001:db8::1",
        "a b",
        "the mail server of the office",
        "h.example other.example 587",
        "a@h.example b@h.example h.example 587",
        "gmail+smtp://u:p@default",
        "smtp://h.example and more",
        "smtp://u:p@h.example and more",
        "h.example 587 465",
        "h.example 70000",
        "ftp://h.example",
        "gmail+smtp://u:p@default:x",
        "u:p@ss@",
        "Port: 587",
        "Server: \nPort: 587",
        "x" * 9000,
        "h.example 587 " + "and " * 100,
    ],
)
def test_the_rest_is_left_alone(text: str) -> None:
    assert sort_out_server(text) is None


def test_a_password_is_a_secret_from_the_start() -> None:
    found = sort_out_server("smtp://u:hunter2@h.example")
    assert found is not None
    assert found.password == Secret("hunter2")
    assert "hunter2" not in repr(found)


@given(st.text(max_size=200) | st.text("shost:= \n\t@/.,5{}\"'[]?&#%", max_size=120))
def test_any_text_may_be_pasted(text: str) -> None:
    sort_out_server(text)
    sort_out_server(f"smtp://u:{text}@h.example")
    sort_out_server(f"Server: h.example\n{text}")


def test_a_document_s_server_is_spread_over_its_fields() -> None:
    spread = spread_server({"server.host": "smtps://u%40x.example@h.example", "server.port": None})
    assert spread == {
        "server.host": H,
        "server.port": 465,
        "server.security": SSL,
        "authentication.username": "u@x.example",
    }
    plain: list[dict[str, Any]] = [
        {"server.host": H}, {"server.host": f" {H}"}, {"server.host": 5}, {},
    ]  # fmt: skip
    assert [spread_server(values) for values in plain] == plain


@pytest.mark.parametrize(
    ("values", "code", "facts"),
    [
        ({"server.host": "smtp://u:p@h.example"}, "secret_in_document", {}),
        (
            {"server.host": "smtps://h.example", "server.port": 587},
            "host_says_otherwise",
            {"other": "server.port", "said": 465},
        ),
        (
            {"server.host": "u@h.example", "authentication.username": "other"},
            "host_says_otherwise",
            {"other": "authentication.username", "said": "u@h.example"},
        ),
    ],
)
def test_what_contradicts_itself_is_refused(
    values: dict[str, Any], code: str, facts: dict[str, Any]
) -> None:
    with pytest.raises(AddressError) as refused:
        spread_server(values)
    assert refused.value.code == code
    assert refused.value.facts == {"field": "server.host", **facts}


def test_the_same_value_twice_is_no_contradiction() -> None:
    values = {"server.host": "h.example:587", "server.port": "587", "server.security": TLS}
    assert spread_server(values) == {**values, "server.host": H, "server.port": 587}
    assert PastedServer(H) == PastedServer(H, password=Secret("x"))
