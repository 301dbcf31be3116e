"""Stands in for the window in tests of the demo: it does what `WINDOW` says, without Qt."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

from smtpwizard.model.errors import UsageError
from smtpwizard.usecases.demo import play_scenario, received_messages


def ask_for_more(demo: dict[str, Any]) -> dict[str, Any]:
    """What is received, and another scenario, as the window asks for them."""
    played = play_scenario(demo, "wrong-password")
    again = play_scenario(played, "intercepted")
    refused = ""
    try:
        play_scenario(demo, "nonsense")
    except UsageError as error:
        refused = error.code
    answers = []
    for each in (demo, played):  # the first server goes on
        port = each["ports"]["starttls"]
        with socket.create_connection(("127.0.0.1", port), timeout=300) as line:
            answers.append(line.recv(3).decode())
    return {
        "mail": received_messages(demo),
        "played": played,
        "again": again,
        "refused": refused,
        "providers": [path.name for path in Path(sys.argv[2], "providers.d").iterdir()],
        "answers": answers,
    }


def main() -> int:
    demo = json.loads(os.environ["SMTPWIZARD_DEMO"])
    how = os.environ.get("WINDOW", "good")
    note = Path(os.environ["NOTE"])
    note.write_text(
        json.dumps(
            {
                "arguments": sys.argv[1:],
                "private": [n for n in os.environ if n.startswith("SMTPWIZARD_")],
                "modes": [
                    oct(os.stat(sys.argv[2]).st_mode),
                    oct(Path(sys.argv[2]).parent.stat().st_mode),
                ],
                "ca_file": demo["ca_file"],
                "ports": demo["ports"],
            }
        )
    )
    if how == "interrupted":
        os.kill(os.getppid(), signal.SIGINT)
        signal.pause()
    if how == "terminated":
        os.kill(os.getppid(), signal.SIGTERM)
        signal.pause()
    context = ssl.create_default_context(cafile=demo["ca_file"])
    with smtplib.SMTP(demo["host"], demo["ports"][demo["security"]], timeout=300) as client:
        if demo["security"] == "starttls":
            client.starttls(context=context)
        client.login(demo["username"], demo["password"])
        client.sendmail(
            demo["username"],
            ["admin@demo.example"],
            b"From: mailer@demo.example\r\nTo: admin@demo.example\r\n"
            b"Subject: Demo \x1b[31m\r\nDate: Sun, 22 Nov 2026 10:15:00 +0000\r\n\r\nHi\r\n",
        )
    if how == "asking":
        note.write_text(json.dumps(ask_for_more(demo)))
    return 7 if how == "failing" else 0


raise SystemExit(main())
