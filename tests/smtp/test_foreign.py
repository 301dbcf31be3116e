"""What servers written elsewhere do: behaviours met on beds and programs that are not ours."""

from __future__ import annotations

from smtpwizard.demo.scripted import ScriptedServer
from tests.smtp.invariants import Verifier

BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"


def test_a_web_server_behind_tls_is_named(verifier: Verifier) -> None:
    """It waits for a request, as an SMTP client waits for a greeting."""

    def web(server: ScriptedServer) -> None:
        server.start_tls().hang()
        server.next_connection().start_tls().expect(b"EHLO [127.0.0.1]").expect(b"")
        server.send_raw(BAD_REQUEST).close()

    seen = verifier(script=web, security="implicit_tls")
    assert seen.stop == ("greeting", None, "not_smtp")
    assert seen.stopped.detail()["peer"] == "http"
    assert seen.commands == [b"EHLO", b""]
