"""Rules for addresses, host names, ports and one-line texts; nothing is repaired silently."""

import ipaddress
import re
import unicodedata
from contextlib import suppress
from typing import NamedTuple, NoReturn

from smtpwizard.model.errors import SmtpWizardError

MAX_ADDRESS = 254  # RFC 5321 §4.5.3.1.3 (256 with the angle brackets)
MAX_LOCAL_PART = 64
MAX_HOST = 253

# Sets and not patterns: compiling those takes longer than any address to judge.
_DIGITS = frozenset("0123456789")
_HEX = frozenset("0123456789abcdefABCDEF")
_ALPHANUMERIC = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") | _DIGITS
_LABEL = _ALPHANUMERIC | frozenset("_-")
_ZONE = _LABEL | frozenset(".")
_ATEXT = _ALPHANUMERIC | frozenset("!#$%&'*+/=?^_`{|}~-")
_QUOTED = r'"(?:[ !#-\[\]-~\u0080-\U0010ffff]|\\[ -~])*"\Z'

# Characters that reorder or hide text on screen (UAX #9 controls); joiners stay, emoji need them.
_JOINERS = "\u200c\u200d"
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class AddressError(SmtpWizardError):
    """An address, host or port that is not acceptable; `code` says why."""


class Address(NamedTuple):
    """A mailbox address, split exactly at its last `@`; `str()` gives it back unchanged."""

    local_part: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local_part}@{self.domain}"

    @property
    def needs_smtputf8(self) -> bool:
        """True when the local part cannot be sent without SMTPUTF8 (RFC 6531)."""
        return not self.local_part.isascii()

    def wire(self) -> str:
        """The address as it goes on the wire: an IDN domain as A-labels (RFC 5891)."""
        return f"{self.local_part}@{ascii_domain(self.domain)}"


def has_controls(text: str) -> bool:
    """True for C0, C1, DEL, line and paragraph separators, lone surrogates and bidi controls."""
    if text.isprintable():  # nearly always; none of those is
        return False
    if text.isascii():
        return True
    return any(c in _BIDI or unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in text)


def _refuse(code: str, **facts: object) -> NoReturn:
    raise AddressError(code, **facts)


def ascii_domain(domain: str) -> str:
    """The A-label form of a domain (UTS #46, non-transitional); ASCII passes unchanged.

    Raises `AddressError("domain_invalid")`.
    """
    if domain.isascii():
        return domain
    if any(unicodedata.category(c) == "Cf" and c not in _JOINERS for c in domain):
        # UTS #46 drops these without a word: the name would be another than the one on screen.
        _refuse("domain_invalid")
    import idna  # noqa: PLC0415 - large tables

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        raise AddressError("domain_invalid") from None


def _consists_of(text: str, characters: frozenset[str]) -> bool:
    return bool(text) and characters.issuperset(text)


def _is_label(text: str) -> bool:
    """True for a label of a host name (RFC 1123 §2.1); underscores are met in practice."""
    ends = text[:1] + text[-1:]
    return len(text) <= 63 and _consists_of(text, _LABEL) and _consists_of(ends, _ALPHANUMERIC)


def _is_atom(text: str) -> bool:
    """True for an atom (RFC 5322 §3.2.3), with characters beyond ASCII (RFC 6531 §3.3)."""
    return bool(text) and _ATEXT.issuperset(c for c in text if c.isascii())


def _is_ipv4(text: str) -> bool:
    """True for four decimal numbers of a byte each, without leading zeros."""
    octets = text.split(".")
    return len(octets) == 4 and all(
        len(octet) <= 3
        and _consists_of(octet, _DIGITS)
        and str(int(octet)) == octet
        and int(octet) < 256
        for octet in octets
    )


def is_ip_literal(host: str) -> bool:
    """True for a bare IPv4 or IPv6 address."""
    if _is_ipv4(host):
        return True
    if ":" not in host:
        return False
    address, percent, zone = host.partition("%")
    if percent and not (len(zone) <= 32 and _consists_of(zone, _ZONE)):
        return False
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """True for the names and addresses of this very machine (RFC 6761 §6.3, RFC 4291 §2.5.3).

    An address is parsed: `127.example.com` is a name like any other.
    """
    if host.lower().removesuffix(".") == "localhost":
        return True
    if not is_ip_literal(host):
        return False
    address = ipaddress.ip_address(host.partition("%")[0])
    return bool((getattr(address, "ipv4_mapped", None) or address).is_loopback)


def is_guid(text: str) -> bool:
    """True for a GUID as Microsoft's consoles show it (RFC 9562 §4)."""
    parts = text.split("-")
    return [len(part) for part in parts] == [8, 4, 4, 4, 12] and _consists_of("".join(parts), _HEX)


def _check_domain(domain: str) -> None:
    if domain.startswith("[") and domain.endswith("]"):
        inner = domain[1:-1]
        if inner.lower().startswith("ipv6:"):
            # A zone means nothing to another machine, and could smuggle blanks and brackets.
            if "%" not in inner and ":" in inner[5:] and is_ip_literal(inner[5:]):
                return
        elif _is_ipv4(inner):
            return
        _refuse("domain_invalid")
    wire = ascii_domain(domain)
    if len(wire) > MAX_HOST or not all(map(_is_label, wire.split("."))):
        _refuse("domain_invalid")


def parse_address(text: str) -> Address:
    """One mailbox address (RFC 5321 `Mailbox`, non-ASCII as in RFC 6531), or `AddressError`.

    No display name, no comment, no list, no surrounding space: what is not exactly one address
    is refused, and where one is in it, that is the fact `alone`.
    """
    try:
        return _parse_mailbox(text)
    except AddressError as error:
        if error.code in ("address_invalid", "domain_invalid") and (alone := address_inside(text)):
            error.facts["alone"] = alone
        raise


_BEFORE = " \t'\"“‘(<"
_BEHIND = " \t'\"”’)>.,;:"


def address_inside(text: str) -> str:
    """The one address in a text as programs show and copy it: `Name <address>`, `mailto:address`,
    in quotes, with a full stop behind it. Empty where there is none, or it is all of the text."""
    inner = text.strip()
    if inner.endswith(">"):
        inner = inner[:-1].rpartition("<")[2]
    if inner[:7].lower() == "mailto:":
        inner = inner[7:].partition("?")[0]
    inner = inner.lstrip(_BEFORE).rstrip(_BEHIND)
    return inner if inner != text and is_address(inner) else ""


def _parse_mailbox(text: str) -> Address:
    if not text:
        _refuse("address_empty")
    if len(text) > MAX_ADDRESS * 4:
        _refuse("address_too_long")
    if has_controls(text):
        _refuse("control_characters")
    local_part, at, domain = text.rpartition("@")
    if not at or not local_part or not domain:
        _refuse("address_invalid")
    if local_part.startswith('"'):
        if not re.match(_QUOTED, local_part):
            _refuse("address_invalid")
    elif not all(map(_is_atom, local_part.split("."))) or local_part.split() != [local_part]:
        _refuse("address_invalid")
    _check_domain(domain)
    address = Address(local_part, domain)
    if len(local_part.encode()) > MAX_LOCAL_PART or len(address.wire().encode()) > MAX_ADDRESS:
        _refuse("address_too_long")
    return address


def is_address(text: str) -> bool:
    """True when `parse_address` accepts the text."""
    try:
        _parse_mailbox(text)
    except AddressError:
        return False
    return True


# Google's own domains for one and the same mailbox (support.google.com/mail/answer/10313); a domain
# of a Workspace organisation has no part in it.
_GMAIL = ("gmail.com", "googlemail.com")


def same_mailbox(one: str, other: str) -> bool:
    """True when two addresses lead to one account: without case, an IDN domain in either form.

    At gmail.com and googlemail.com dots before the @ do not count, nor what follows a plus sign.
    """
    return _mailbox_key(one) == _mailbox_key(other)


def _mailbox_key(address: str) -> str:
    local_part, at, domain = address.casefold().rpartition("@")
    with suppress(AddressError):  # whatever it is then, it is the same as itself
        domain = ascii_domain(domain)
    if domain in _GMAIL:
        name = local_part.partition("+")[0].replace(".", "")
        return f"{name or local_part}@{_GMAIL[0]}"
    return f"{local_part}{at}{domain}"


def parse_host(text: str) -> str:
    """A host name or bare IP address, with one trailing root dot taken off, or `AddressError`."""
    if not text:
        _refuse("host_empty")
    if len(text) > MAX_HOST * 4:
        _refuse("host_invalid")
    if has_controls(text):
        _refuse("control_characters")
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if is_ip_literal(host):
        return host
    host = host.removesuffix(".")
    wire = ascii_domain(host) if host else ""
    if not wire or len(wire) > MAX_HOST or not all(map(_is_label, wire.split("."))):
        _refuse("host_invalid")
    last = wire.rpartition(".")[2].lower()
    if last.isdigit() or (last[:2] == "0x" and _HEX.issuperset(last[2:])):
        # The system would read an IPv4 address there (inet_aton), and nobody else the same one.
        _refuse("host_invalid")
    return host


def parse_port(text: str) -> int:
    """A TCP port, ASCII digits only, outer blanks ignored, or `AddressError("port_invalid")`."""
    digits = text.strip(" \t")
    if len(digits) > 5 or not _consists_of(digits, _DIGITS):
        _refuse("port_invalid")
    port = int(digits)
    if not 1 <= port <= 65535:
        _refuse("port_invalid")
    return port


def check_ehlo_name(text: str) -> None:
    """Refuse what may not follow EHLO (RFC 5321 §4.1.1.1): neither domain nor address literal."""
    if has_controls(text):
        _refuse("control_characters")
    try:
        _check_domain(text)
    except AddressError:
        raise AddressError("ehlo_name_invalid") from None


def split_enhanced(text: str) -> tuple[str | None, str]:
    """The enhanced status code (RFC 3463) at the head of a reply line, and the rest of the line."""
    words = text[:12].replace(":", " ").split(maxsplit=1)
    head = words[0] if words else ""
    numbers = head.split(".")
    whole = len(numbers) == 3 and numbers[0] in ("2", "4", "5") and text.startswith(head)
    if not whole or not all(len(n) <= 3 and _consists_of(n, _DIGITS) for n in numbers):
        return None, text
    return head, text[len(head) :].lstrip(" :")


def clean_text(text: str, limit: int = 1000) -> str:
    """Foreign text made fit for display: one line, controls escaped as \\xNN, capped at `limit`."""
    capped = len(text) > limit
    if not capped and text.isprintable():  # nearly always; bidi controls are not printable
        return text
    out = []
    for c in text[:limit]:
        if c.isprintable() and c not in _BIDI:
            out.append(c)
        elif c == "\t":
            out.append(" ")
        elif ord(c) < 0x100:
            out.append(f"\\x{ord(c):02x}")
        elif unicodedata.category(c) in ("Cf", "Zs") and c not in _BIDI:
            out.append(c)
        else:
            out.append(f"\\u{ord(c):04x}")
    return "".join(out) + (" …" if capped else "")
