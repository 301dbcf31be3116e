"""Stands in for the window in tests of the demo: it does what `WINDOW` says, without Qt."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import ssl
import sys
from pathlib import Path


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
    return 7 if how == "failing" else 0


raise SystemExit(main())
