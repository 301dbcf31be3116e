"""A name server of the tests' own on loopback, over UDP and TCP, with zones as plain text."""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Self

from dns import flags, message, rcode, rdatatype, rrset

# {"quay.example": {"MX": ["10 mail.quay.example."], "A": ["192.0.2.1"]}, "*.quay.example": {…}}
Zone = Mapping[str, Mapping[str, Sequence[str]]]

SILENT = "silent"
BROKEN = "broken"


class ZoneServer:
    """Answers from a zone; what is not in it does not exist.

    A name whose records are `{SILENT: []}` is never answered, one with `{BROKEN: []}` with
    SERVFAIL. `asked` are the questions so far.
    """

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.asked: list[tuple[str, str]] = []
        self._udp, self._tcp = _one_port()
        self.port: int = self._udp.server_address[1]
        self._threads = []
        for server in (self._udp, self._tcp):
            server.owner = self  # type: ignore[union-attr]
            server.daemon_threads = True
            thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
            thread.start()
            self._threads.append(thread)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()
        for thread in self._threads:
            thread.join(300)

    def answer(self, data: bytes, limit: int | None) -> bytes | None:
        query = message.from_wire(data)
        [question] = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        records = self._of(name)
        if records is not None and SILENT in records:
            return None
        answer = message.make_response(query, recursion_available=True)
        if records is None:
            answer.set_rcode(rcode.NXDOMAIN)
        elif BROKEN in records:
            answer.set_rcode(rcode.SERVFAIL)
        else:
            alias = records.get("CNAME")
            for each in [kind] if alias is None else ["CNAME"]:
                if texts := records.get(each):
                    answer.answer.append(rrset.from_text(question.name, 60, "IN", each, *texts))
        wire = answer.to_wire(max_size=65535)
        allowed = max(512, query.payload) if limit is None else limit
        if len(wire) > allowed:
            short = message.make_response(query, recursion_available=True)
            short.flags |= flags.TC
            wire = short.to_wire()
        return wire

    def _of(self, name: str) -> Mapping[str, Sequence[str]] | None:
        if name in self.zone:
            return self.zone[name]
        if any(known.endswith(f".{name}") for known in self.zone if not known.startswith("*")):
            return {}
        parent = name
        while "." in parent:
            parent = parent.partition(".")[2]
            if f"*.{parent}" in self.zone:
                return self.zone[f"*.{parent}"]
        return None


class _Udp(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        data, answering = self.request
        owner: ZoneServer = self.server.owner  # type: ignore[attr-defined]
        wire = owner.answer(data, None)
        if wire is not None:
            answering.sendto(wire, self.client_address)


class _Tcp(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        head = self.rfile.read(2)
        if len(head) < 2:
            return
        data = self.rfile.read(struct.unpack("!H", head)[0])
        owner: ZoneServer = self.server.owner  # type: ignore[attr-defined]
        wire = owner.answer(data, 65535)
        if wire is not None:
            self.wfile.write(struct.pack("!H", len(wire)) + wire)


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True


def _one_port() -> tuple[socketserver.ThreadingUDPServer, _Listener]:
    """Both servers at one port, which another program may have for one of them."""
    for _ in range(100):
        udp = socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Udp)
        try:
            return udp, _Listener(("127.0.0.1", udp.server_address[1]), _Tcp)
        except OSError:
            udp.server_close()
    raise OSError("no port that is free for both")
