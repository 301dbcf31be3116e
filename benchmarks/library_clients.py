"""Sends one message with a Python library, each used as its documentation says.

`python library_clients.py NAME` reads a job (JSON) on standard input. Exit code 0: the library
reports success; 1: it raised an error that it documents; 70: it raised something else.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import json
import smtplib
import ssl
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

REFUSED = 1
CRASHED = 70

Job = dict[str, Any]


def read_message(job: Job) -> EmailMessage:
    data = Path(job["message"]).read_bytes()
    return email.message_from_bytes(data, policy=email.policy.SMTP)


def xoauth2_of(job: Job) -> str:
    return f"user={job['username']}\1auth=Bearer {job['token']}\1\1"


def smtplib_default(job: Job) -> int:
    """The documentation's example: `starttls()` without a context checks no certificate."""
    return send_with_smtplib(job, None)


def smtplib_verified(job: Job) -> int:
    """The same with the context that the `ssl` documentation recommends."""
    return send_with_smtplib(job, ssl.create_default_context(cafile=job["ca_file"]))


def send_with_smtplib(job: Job, context: ssl.SSLContext | None) -> int:
    endpoint = (job["host"], job["port"])
    client: smtplib.SMTP
    if job["security"] == "implicit_tls":
        client = smtplib.SMTP_SSL(*endpoint, timeout=job["timeout"], context=context)
    else:
        client = smtplib.SMTP(*endpoint, timeout=job["timeout"])
    with client:
        if job["security"] == "starttls":
            client.starttls(context=context)
        if job["token"]:
            # An error arrives as a challenge, which is answered with nothing.
            client.auth("XOAUTH2", lambda challenge=None: "" if challenge else xoauth2_of(job))
        else:
            client.login(job["username"], job["password"])
        client.send_message(read_message(job), job["sender"], [job["recipient"]])
    return 0


def aiosmtplib_send(job: Job) -> int:
    """`aiosmtplib.send`, the library's front door; tokens need its `SMTP` class."""
    import aiosmtplib

    implicit = job["security"] == "implicit_tls"
    common: Job = {
        "hostname": job["host"],
        "port": job["port"],
        "use_tls": implicit,
        "start_tls": not implicit,
        "cert_bundle": job["ca_file"],
        "timeout": job["timeout"],
    }
    envelope: Job = {"sender": job["sender"], "recipients": [job["recipient"]]}
    message = read_message(job)

    async def with_token() -> None:
        async with aiosmtplib.SMTP(**common) as client:
            await client.auth_xoauth2(job["username"], job["token"])
            await client.send_message(message, **envelope)

    try:
        if job["token"]:
            asyncio.run(with_token())
        else:
            login = {"username": job["username"], "password": job["password"]}
            asyncio.run(aiosmtplib.send(message, **common, **envelope, **login))
    except aiosmtplib.SMTPException as error:
        return say(error, REFUSED)
    return 0


def smtpwizard_verify(job: Job) -> int:
    """Our own verification with an access token, which the command line takes from a sign-in."""
    from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret
    from smtpwizard.model.connector import (
        Admin,
        Authentication,
        Connector,
        Method,
        Security,
        Server,
    )
    from smtpwizard.model.redaction import Redactor
    from smtpwizard.smtp.verification import Settings, verify

    token = Secret(job["token"])
    report = verify(
        Connector(
            name="Benchmark",
            provider="custom",
            server=Server(
                job["host"], job["port"], Security(job["security"]), ca_file=job["ca_file"]
            ),
            authentication=Authentication(Method.OAUTH, job["username"]),
            admin=Admin(job["sender"]),
        ),
        FixedCredential(Credential(CredentialKind.BEARER, job["username"], token)),
        Settings(recipient=job["recipient"], timeout_s=job["timeout"], redactor=Redactor([token])),
    )
    print(json.dumps(report.to_json()))
    return report.exit_code()


CLIENTS = {
    "smtplib": smtplib_default,
    "smtplib-verified": smtplib_verified,
    "aiosmtplib": aiosmtplib_send,
    "smtpwizard": smtpwizard_verify,
}


def main() -> int:
    job = json.load(sys.stdin)
    try:
        return CLIENTS[sys.argv[1]](job)
    except OSError as error:  # smtplib's own errors, the network's and TLS's are kinds of it
        return say(error, REFUSED)
    except ValueError as error:
        # Bad input may be refused so; an answer of the server's may not end in it.
        return say(error, REFUSED if job["bad_input"] else CRASHED)


def say(error: Exception, code: int) -> int:
    print(f"{type(error).__name__}: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
