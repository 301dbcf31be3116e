"""What a person reads for an encryption method: in the window, in causes, in texts to pass on."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.connector import Security

_WORDS: Mapping[Security, str] = {
    Security.NONE: _("None"),
    Security.STARTTLS: "STARTTLS",
    Security.IMPLICIT_TLS: "SSL/TLS",
}

OFFERED: tuple[Security, ...] = tuple(_WORDS)
"""The encryption methods in the order in which they are offered."""


_PORT_IS_FOR = _("Port {port} is usually for {method}: choose that, or another port.")


def port_text(port: int, method: Security) -> str:
    """That a port belongs to another encryption method than the chosen one."""
    return translate(_PORT_IS_FOR).format(port=port, method=security_name(method))


_PORT_GOES_WITH = _("{port} goes with {method}.")


def port_goes_with(port: int, method: Security) -> str:
    """The same in as few words as fit under a field, with the change itself behind it."""
    return translate(_PORT_GOES_WITH).format(port=port, method=security_name(method))


def tls_name(version: str) -> str:
    """A version of TLS as it is written: “TLS 1.3” for OpenSSL's `TLSv1.3`."""
    return version.replace("TLSv", "TLS ")


def security_name(security: Security) -> str:
    """The name of an encryption method."""
    return translate(_WORDS[security])
