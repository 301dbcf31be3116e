"""What a secret may be used for: the server, the login and the trust that it was given for.

Holds no secret and looks nothing up: what is in force elsewhere is handed in.
"""

import base64
import hashlib
import ipaddress
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from smtpwizard.model.addresses import AddressError, ascii_domain, is_ip_literal
from smtpwizard.model.connector import Connector, Security

_ALLOW_CLEARTEXT = "server.allow_cleartext"
_PEM = r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----"
# Long texts are kept by their beginning and a digest: a store's entry has its limits.
_LONGEST = 200
_SHOWN = 60


class Difference(NamedTuple):
    """One thing that is no longer what the secret was given for, by its dotted path."""

    field: str
    before: str
    after: str


class Binding(NamedTuple):
    """What a secret is bound to, by dotted paths, in one spelling; "" is nothing."""

    terms: Mapping[str, str]

    def differences(self, now: "Binding") -> tuple[Difference, ...]:
        """What `now` has otherwise. Less than what was allowed is no difference."""
        found = []
        for field in sorted({*self.terms, *now.terms}):
            before, after = self.terms.get(field, ""), now.terms.get(field, "")
            if before != after and not (field == _ALLOW_CLEARTEXT and before):
                found.append(Difference(field, before, after))
        return tuple(found)


def bind(connector: Connector, in_force: Mapping[str, str | None]) -> "Binding":
    """The binding of a connector's secrets.

    `in_force` has, by dotted paths, what they are bound to besides (a sign-in's registration and
    endpoints) and what a value stands for (the whole path of a file).
    """
    server = connector.server
    unprotected = server.security is Security.NONE
    terms = {
        "server.host": _host(server.host),
        "server.port": str(server.port),
        "server.security": server.security.value,
        "server.ca_file": server.ca_file,
        "server.pinned_certificate": pin_digest(server.pinned_certificate),
        _ALLOW_CLEARTEXT: "true" if server.allow_cleartext else "",
        # Whoever stands in between reads along where nothing is encrypted, and not otherwise.
        "server.proxy": server.proxy if unprotected else None,
        "authentication.username": connector.authentication.username,
        **in_force,
    }
    return Binding({field: _short(text or "") for field, text in terms.items()})


def _host(host: str) -> str:
    """One spelling of a name or an address: case, A-labels, the root's dot."""
    if is_ip_literal(host):
        address, percent, zone = host.partition("%")
        return f"{ipaddress.ip_address(address)}{percent}{zone}"
    with suppress(AddressError):  # else it is compared as it stands
        host = ascii_domain(host)
    return host.lower().removesuffix(".")


def pin_digest(pem: str | None) -> str:
    """The SHA-256 of the certificate itself: how its text is broken into lines is no matter."""
    if not pem:
        return ""
    content = "".join("".join(body.split()) for body in re.findall(_PEM, pem, re.DOTALL))
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError:
        data = pem.encode("utf-8", "surrogatepass")
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{text[:_SHOWN]}… sha256:{digest}"
