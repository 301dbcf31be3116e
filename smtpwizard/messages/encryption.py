"""What the encryption methods of a connection are called, on screen and in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.model.connector import Security

SECURITY_WORDS: Mapping[Security, str] = {
    Security.NONE: "None",
    Security.STARTTLS: "STARTTLS",
    Security.IMPLICIT_TLS: "SSL/TLS",
}
