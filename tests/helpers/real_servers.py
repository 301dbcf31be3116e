"""A private Postfix with Dovecot's SASL on loopback, in a directory of its own.

It never reads or changes /etc/postfix/main.cf or a running system instance, and no mail leaves it:
every recipient anywhere ends in one Maildir.
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import os
import secrets
import shutil
import socket
import tempfile
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Literal

from tests.helpers.certificates import Certificates, KeyPair, make_certificates
from tests.helpers.processes import SYSTEM_PATH, missing_programs, running, wait_until

Security = Literal["starttls", "implicit_tls", "none"]

DOMAIN = "example.test"
QUEUE_DIRECTORIES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("private", "public", "saved", "trace"),
)
POSTFIX_MASTER = "/usr/lib/postfix/sbin/master"
MECHANISMS = (
    "PLAIN",
    "LOGIN",
    "CRAM-MD5",
    "DIGEST-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "XOAUTH2",
    "OAUTHBEARER",
)
BAD_CERTIFICATES = (
    "expired",
    "not_yet_valid",
    "wrong_name",
    "unknown_ca",
    "self_signed",
    "common_name_only",
    "incomplete_chain",
)
SMALL_SIZE = 4096

REFUSALS = {
    f"unknown@{DOMAIN}": "550 5.1.1 No such mailbox here",
    f"full@{DOMAIN}": "452 4.2.2 Mailbox full",
    f"greylisted@{DOMAIN}": "450 4.7.1 Greylisted, try again later",
    f"blocked@{DOMAIN}": "554 5.7.1 Blocked by policy",
}
"""What MAIL FROM or RCPT TO with these addresses is answered (RCPT TO time in both cases)."""


@dataclass(frozen=True, slots=True)
class Listener:
    """One port: what it demands and what it presents."""

    security: Security
    certificate: str = "good"
    mechanisms: tuple[str, ...] = ()
    """Offer these alone; empty means all."""
    login_required: bool = True
    client_certificate_required: bool = False
    """It replaces the login; without one the first reply after TLS is 421."""
    legacy_tls: bool = False
    """TLS 1.0 and 1.1 only."""
    size_limit: int | None = None
    own_senders_only: bool = False


def standard_listeners() -> dict[str, Listener]:
    """The ports every `MailServer` has, by name.

    `starttls`, `implicit_tls`, `none`, and each followed by `/PLAIN`, `/LOGIN`…, `/no_login`,
    `/small`, `/own_senders_only`, or (the first two) a bad certificate's name, `/legacy_tls` and
    `/client_certificate`.
    """
    listeners: dict[str, Listener] = {}
    securities: tuple[Security, ...] = ("starttls", "implicit_tls", "none")
    for security in securities:
        listeners[security] = Listener(security)
        for mechanism in MECHANISMS:
            listeners[f"{security}/{mechanism}"] = Listener(security, mechanisms=(mechanism,))
        listeners[f"{security}/no_login"] = Listener(security, login_required=False)
        listeners[f"{security}/small"] = Listener(security, size_limit=SMALL_SIZE)
        listeners[f"{security}/own_senders_only"] = Listener(security, own_senders_only=True)
        if security == "none":
            continue
        for certificate in BAD_CERTIFICATES:
            listeners[f"{security}/{certificate}"] = Listener(security, certificate)
        listeners[f"{security}/legacy_tls"] = Listener(security, legacy_tls=True)
        listeners[f"{security}/client_certificate"] = Listener(
            security, client_certificate_required=True
        )
    return listeners


@dataclass(frozen=True, slots=True)
class DeliveredMessage:
    """One message as one recipient got it."""

    envelope_sender: str
    recipient: str
    raw: bytes
    """With the trace fields of this server in front; lines end in LF."""

    def parsed(self) -> EmailMessage:
        """The message for looking at headers and content."""
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class TokenIntrospection:
    """The end that tells Dovecot whether an access token is good (RFC 7662)."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._usernames: dict[str, str] = {}

    def allow(self, token: str, username: str) -> None:
        """From now on `token` logs `username` in."""
        with self._lock:
            self._usernames[token] = username

    def revoke(self, token: str) -> None:
        """From now on `token` is refused."""
        with self._lock:
            self._usernames.pop(token, None)

    def answer(self, token: str) -> dict[str, object]:
        """The introspection response for `token`."""
        with self._lock:
            username = self._usernames.get(token)
        if username is None:
            return {"active": False}
        return {"active": True, "username": username, "scope": "smtp"}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A running server; its ports are those of `standard_listeners` or the ones asked for."""

    host: str
    ports: dict[str, int]
    """Listener name to port; all listen on 127.0.0.1, and on ::1 where the machine has it."""
    certificates: Certificates
    username: str
    password: str = field(repr=False)
    unicode_username: str
    unicode_password: str = field(repr=False)
    access_token: str = field(repr=False)
    """Good for `username` with XOAUTH2 and OAUTHBEARER."""
    tokens: TokenIntrospection = field(repr=False)
    directory: Path

    @property
    def starttls_port(self) -> int:
        return self.ports["starttls"]

    @property
    def implicit_port(self) -> int:
        return self.ports["implicit_tls"]

    @property
    def plain_port(self) -> int:
        return self.ports["none"]

    @property
    def ca_file(self) -> Path:
        return self.certificates.ca_file

    def messages(self, recipient: str | None = None) -> list[DeliveredMessage]:
        """What has been delivered so far (to `recipient`), oldest first."""
        paths = list((self.directory / "mail/inbox/new").glob("*"))
        paths.sort(key=lambda path: path.stat().st_mtime_ns)
        found = [_read_message(path) for path in paths]
        return [message for message in found if recipient in (None, message.recipient)]

    def wait_for_messages(
        self, count: int = 1, recipient: str | None = None, timeout: float = 10.0
    ) -> list[DeliveredMessage]:
        """`messages()` as soon as there are at least `count`; TimeoutError after `timeout` s.

        Delivery happens after the reply to the final dot, so ask with this, and with a recipient
        of the test's own: another test's message may still be on its way.
        """

        def enough() -> list[DeliveredMessage] | None:
            found = self.messages(recipient)
            return found if len(found) >= count else None

        return wait_until(enough, f"{count} message(s) to {recipient or 'anyone'}", timeout)

    def log(self) -> str:
        """The log of Postfix; `disconnect … ehlo=1 auth=0/1` tells which commands a client sent."""
        return (self.directory / "postfix.log").read_text(errors="replace")

    def wait_for_log(self, text: str, start: int = 0, timeout: float = 10.0) -> str:
        """The log from character `start` on, as soon as `text` stands in it."""

        def found() -> str | None:
            log = self.log()[start:]
            return log if text in log else None

        return wait_until(found, f"{text!r} in the log", timeout)


def why_no_mail_server() -> str | None:
    """Why a mail server cannot be started here, or None."""
    if os.geteuid() != 0:
        return "Postfix and Dovecot can be started by root only"
    return missing_programs(
        {"postfix": "postfix", "dovecot": "dovecot-core", "setpriv": "util-linux"}
    )


@contextmanager
def mail_server(listeners: dict[str, Listener] | None = None) -> Iterator[MailServer]:
    """A mail server while the block is active, answering on every port when it begins."""
    # A short path of its own: Unix sockets end at 108 characters, and pytest's directories
    # are closed to the users the servers run as.
    directory = Path(tempfile.mkdtemp(prefix="mail-"))
    directory.chmod(0o755)
    listeners = standard_listeners() if listeners is None else listeners
    try:
        with contextlib.ExitStack() as stack:
            tokens, introspection_url = stack.enter_context(_token_introspection())
            server = MailServer(
                host="localhost",
                ports=_free_ports(list(listeners)),
                certificates=_certificates(directory),
                username=f"mailer@{DOMAIN}",
                password=secrets.token_urlsafe(15) + "+/=",
                unicode_username=f"kasse@{DOMAIN}",
                unicode_password="Schlüssel-€-日本-" + secrets.token_urlsafe(9),
                access_token=secrets.token_urlsafe(48),
                tokens=tokens,
                directory=directory,
            )
            tokens.allow(server.access_token, server.username)
            # Dovecot first: a Postfix port whose SASL socket is missing accepts, dies, and
            # stays throttled for a minute.
            stack.enter_context(_dovecot(server, introspection_url))
            stack.enter_context(_postfix(server, listeners))
            yield server
    finally:
        shutil.rmtree(directory)


def _certificates(directory: Path) -> Certificates:
    folder = directory / "certificates"
    folder.mkdir()
    return make_certificates(folder)


def _loopback_addresses() -> list[tuple[socket.AddressFamily, str]]:
    addresses = [(socket.AF_INET, "127.0.0.1")]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        addresses.append((socket.AF_INET6, "::1"))
    return addresses


def _free_ports(names: list[str]) -> dict[str, int]:
    """A port for each name that is free on every loopback address."""
    families = _loopback_addresses()
    with contextlib.ExitStack() as stack:

        def reserve() -> int:
            while True:
                first = stack.enter_context(socket.socket(families[0][0]))
                first.bind((families[0][1], 0))
                port = int(first.getsockname()[1])
                try:
                    for family, address in families[1:]:
                        stack.enter_context(socket.socket(family)).bind((address, port))
                except OSError:
                    continue
                return port

        return {name: reserve() for name in names}


def _read_message(path: Path) -> DeliveredMessage:
    raw = path.read_bytes()
    trace: dict[str, str] = {}
    for line in raw.split(b"\n", 3)[:3]:
        name, _, value = line.partition(b": ")
        trace[name.decode()] = value.decode()
    return DeliveredMessage(trace["Return-Path"][1:-1], trace["X-Original-To"], raw)


# --- tokens


@contextmanager
def _token_introspection() -> Iterator[tuple[TokenIntrospection, str]]:
    tokens = TokenIntrospection()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            query = urllib.parse.urlsplit(self.path).query
            token = urllib.parse.parse_qs(query).get("token", [""])[0]
            body = json.dumps(tokens.answer(token)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: the token stands in the request line."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield tokens, f"http://127.0.0.1:{server.server_port}/introspect?token="
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- Dovecot: authentication only


@contextmanager
def _dovecot(server: MailServer, introspection_url: str) -> Iterator[None]:
    home = server.directory / "dovecot"
    home.mkdir()
    logins = {
        server.username: server.password,
        server.unicode_username: server.unicode_password,
    }
    # A wrong password is answered at once instead of half a second later.
    (home / "users").write_text(
        "".join(f"{name}:{{PLAIN}}{word}::::::nodelay=y\n" for name, word in logins.items())
    )
    (home / "oauth2.conf").write_text(
        f"introspection_mode = get\nintrospection_url = {introspection_url}\n"
        "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
    )
    (home / "dovecot.conf").write_text(_dovecot_conf(home))
    for name in ("users", "oauth2.conf"):
        shutil.chown(home / name, "dovecot", "dovecot")
        (home / name).chmod(0o600)
    argv = ["/usr/sbin/dovecot", "-F", "-c", str(home / "dovecot.conf")]
    with running(argv, env={"PATH": SYSTEM_PATH}) as process:
        wait_until(lambda: _greets(home / "auth") or process.poll() is not None, "Dovecot")
        if process.poll() is not None:
            raise RuntimeError(f"Dovecot did not start:\n{(home / 'dovecot.log').read_text()}")
        yield


def _greets(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.settimeout(300)
            probe.connect(str(path))
            return probe.recv(7) == b"VERSION"
        except OSError:
            return False


def _dovecot_conf(home: Path) -> str:
    return f"""
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols =
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = {" ".join(MECHANISMS).lower()}
auth_realms = {DOMAIN}
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {home}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login cram-md5 digest-md5 scram-sha-1 scram-sha-256
  args = scheme=PLAIN {home}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={home}
}}
service auth {{
  unix_listener {home}/auth {{
    mode = 0600
    user = postfix
  }}
}}
# The penalty for failed logins holds good logins from the same address up, too.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


# --- Postfix


@contextmanager
def _postfix(server: MailServer, listeners: dict[str, Listener]) -> Iterator[None]:
    home = server.directory
    _make_postfix_directories(home)
    (home / "etc/main.cf").write_text(_main_cf(server))
    services = [
        _smtpd_service(server, address, server.ports[name], listener)
        for name, listener in listeners.items()
        for _family, address in _loopback_addresses()
    ]
    (home / "etc/master.cf").write_text("\n".join([*services, _MASTER_CF]))
    # Postfix waits for a configuration younger than two seconds to settle.
    for name in ("main.cf", "master.cf"):
        os.utime(home / "etc" / name, (0, 0))
    # Not `postfix start-fg`: it takes two seconds more. The shell is there because master(8) does
    # not hear of our death: changing its user takes the signal away.
    argv = [
        *("/bin/sh", "-c", r'trap "kill \$!; wait" TERM; "$@" & wait', "postfix"),
        *(POSTFIX_MASTER, "-s", "-c", str(home / "etc")),
    ]
    with running(argv, env={"PATH": SYSTEM_PATH}) as process:
        port = next(iter(server.ports.values()))
        wait_until(lambda: _answers(port) or process.poll() is not None, "Postfix")
        if process.poll() is not None:
            raise RuntimeError(f"Postfix did not start:\n{server.log()}")
        yield


def _make_postfix_directories(home: Path) -> None:
    for name in ("etc", "queue", "state", "mail"):
        (home / name).mkdir()
    shutil.chown(home / "state", "postfix")
    shutil.chown(home / "mail", "nobody")
    for name in QUEUE_DIRECTORIES:
        folder = home / "queue" / name
        folder.mkdir(mode=0o700)
        shutil.chown(folder, "postfix")
    (home / "queue/pid").mkdir()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.settimeout(300)
            probe.connect(("127.0.0.1", port))
            return probe.recv(4) == b"220 "
        except OSError:
            return False


def _main_cf(server: MailServer) -> str:
    home = server.directory
    import pwd  # these servers run where users have a list

    nobody = pwd.getpwnam("nobody")
    refusals = ", ".join(f"{{ {address} = {reply} }}" for address, reply in REFUSALS.items())
    own_senders = ", ".join(
        f"{{ {name} = {name} }}" for name in (server.username, server.unicode_username)
    )
    return f"""
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/state
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = mail.{DOMAIN}
mydomain = {DOMAIN}
myorigin = {DOMAIN}
mydestination =
mynetworks =
relayhost =
inet_interfaces = loopback-only
inet_protocols = all
alias_maps =
alias_database =
local_recipient_maps =
biff = no
# Whatever the domain, it ends in one Maildir.
virtual_mailbox_domains = {DOMAIN}
virtual_mailbox_base = {home}/mail
virtual_mailbox_maps = static:inbox/
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
default_transport = virtual
relay_transport = virtual
local_transport = virtual
# Tests fail on purpose; nobody is to be slowed down for it.
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 1000
smtpd_hard_error_limit = 1000
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = {home}/dovecot/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_sasl_tls_security_options = noanonymous
smtpd_sasl_authenticated_header = yes
smtpd_sender_login_maps = inline:{{ {own_senders} }}
smtpd_sender_restrictions = check_sender_access inline:{{ {refusals} }}
smtpd_recipient_restrictions = check_recipient_access inline:{{ {refusals} }}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_tls_received_header = yes
smtpd_tls_loglevel = 1
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_tls_session_cache_database =
smtpd_tls_CAfile = {server.ca_file}
"""


def _smtpd_service(server: MailServer, address: str, port: int, listener: Listener) -> str:
    """One line of master.cf (master(5)) with its settings."""
    where = f"[{address}]" if ":" in address else address
    settings: dict[str, str] = {}
    if listener.security == "none":
        settings["smtpd_tls_security_level"] = "none"
    else:
        pair: KeyPair = getattr(server.certificates, listener.certificate)
        settings["smtpd_tls_security_level"] = "encrypt"
        settings["smtpd_tls_chain_files"] = str(pair.combined)
        settings["smtpd_tls_auth_only"] = "yes"
        if listener.security == "implicit_tls":
            settings["smtpd_tls_wrappermode"] = "yes"
    if listener.legacy_tls:
        settings["smtpd_tls_mandatory_protocols"] = "<=TLSv1.1"
        # OpenSSL 3 refuses the old versions' SHA-1 signatures from security level 1 on.
        settings["tls_medium_cipherlist"] = "ALL:@SECLEVEL=0"
    if listener.client_certificate_required:
        settings["smtpd_tls_req_ccert"] = "yes"
        settings["smtpd_relay_restrictions"] = (
            "permit_sasl_authenticated, permit_tls_all_clientcerts, reject"
        )
    if listener.mechanisms:
        settings["smtpd_sasl_mechanism_filter"] = ", ".join(listener.mechanisms)
    if not listener.login_required:
        settings["smtpd_sasl_auth_enable"] = "no"
        settings["smtpd_relay_restrictions"] = "reject_unauth_destination"
    if listener.size_limit is not None:
        settings["message_size_limit"] = str(listener.size_limit)
    if listener.own_senders_only:
        settings["smtpd_sender_restrictions"] = "reject_sender_login_mismatch"
    lines = [f"{where}:{port} inet n - n - - smtpd"]
    lines += [f"  -o {{ {name} = {value} }}" for name, value in settings.items()]
    return "\n".join(lines)


_MASTER_CF = """
cleanup   unix  n - n -    0 cleanup
qmgr      unix  n - n 300  1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n -    - trivial-rewrite
bounce    unix  - - n -    0 bounce
defer     unix  - - n -    0 bounce
trace     unix  - - n -    0 bounce
proxymap  unix  - - n -    - proxymap
anvil     unix  - - n -    1 anvil
error     unix  - - n -    - error
retry     unix  - - n -    - error
discard   unix  - - n -    - discard
virtual   unix  - n n -    - virtual
postlog   unix-dgram n - n - 1 postlogd
"""
