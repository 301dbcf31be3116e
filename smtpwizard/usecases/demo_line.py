"""The line between the demo's servers and its window: what they shall play, what has arrived.

On loopback, for who knows the key, one question and one answer at a time. All of it may block.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

from smtpwizard.model.errors import UsageError

_ADDRESS = "127.0.0.1"
# What a question and an answer may be long, and how long either side waits for the other, seconds.
_MAX_QUESTION = 10_000
_MAX_ANSWER = 4_000_000
_ASKING_S = 5.0
_WAIT_S = 30.0

Answer = Callable[[Mapping[str, Any]], Any]


class DemoLine:
    """The servers' end, for as long as its `with` block lasts.

    `answer` is called with every question in a thread of the line's own; a `UsageError` of it is
    raised where it was asked. To enter raises `OSError` where no port can be had.
    """

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._key = secrets.token_hex(16)
        self._server: socketserver.TCPServer | None = None

    def __enter__(self) -> Self:
        line = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = _ASKING_S

            def handle(self) -> None:
                with suppress(OSError):  # who asked has gone
                    self.wfile.write(line.answer_to(self.rfile.readline(_MAX_QUESTION)))

        self._server = socketserver.TCPServer((_ADDRESS, 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()
        self._server.server_close()

    @property
    def end(self) -> dict[str, Any]:
        """What the other end needs to know."""
        assert self._server is not None
        return {"port": self._server.server_address[1], "key": self._key}

    def answer_to(self, data: bytes) -> bytes:
        """The answer to one question, as it goes over the line."""
        try:
            question = json.loads(data)
            key = str(question["key"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return b""
        if not hmac.compare_digest(key.encode("utf-8", "replace"), self._key.encode()):
            return b""
        try:
            out = {"answer": self._answer(question)}
        except UsageError as error:
            out = {"error": error.code}
        except OSError:
            out = {"error": "demo_gone"}
        return json.dumps(out).encode() + b"\n"


def ask(end: Mapping[str, Any], **question: Any) -> Any:
    """Ask the servers' end; raises `UsageError` (`demo_gone` where nobody answers)."""
    try:
        with socket.create_connection((_ADDRESS, int(end["port"])), _WAIT_S) as line:
            line.sendall(json.dumps({**question, "key": end["key"]}).encode() + b"\n")
            with line.makefile("rb") as reader:
                out = json.loads(reader.readline(_MAX_ANSWER))
    except (OSError, ValueError):
        raise UsageError("demo_gone") from None
    if "error" in out:
        raise UsageError(str(out["error"]))
    return out["answer"]
