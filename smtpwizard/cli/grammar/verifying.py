"""Does it work, and why not."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.look_ups import add_look_up_options
from smtpwizard.cli.grammar.options import (
    Verb,
    add_case_options,
    add_name,
    add_secret_options,
    path_of,
    seconds_of,
)

STAGE_NAMES = (
    "resolve", "connect", "greeting", "tls", "ehlo", "auth", "mail_from", "rcpt_to", "data",
)  # fmt: skip


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= 256:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 256")
    return int(text)


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="the connector's name")
    parser.add_argument(
        "--all",
        action="store_true",
        help="every connector of the project, a line of JSON each with --json; exit code 4 where "
        "one is newly broken, 3 where a secret store stayed shut or nothing was verified",
    )
    parser.add_argument(
        "--jobs", metavar="N", type=_jobs, help="with --all: so many at a time (64)"
    )
    parser.add_argument("--send-to", metavar="ADDRESS", help="send the test email there")
    parser.add_argument(
        "--stop-after",
        metavar="STAGE",
        choices=STAGE_NAMES,
        help=f"the last stage to go through: {', '.join(STAGE_NAMES)}",
    )
    parser.add_argument("--timeout", metavar="S", type=seconds_of, help="seconds for each stage")
    parser.add_argument(
        "--find-out-more",
        action="store_true",
        help="look around as well: other ports and encryption methods, address families, "
        "certificate, clock, proxy, SPF and DMARC; at most 15 seconds, without the password",
    )
    add_look_up_options(parser, "with --find-out-more")
    add_secret_options(parser, "use the password")  # fmt: skip
    parser.add_argument(
        "--case", metavar="FILE", type=path_of, help="write the case of just this test as well"
    )
    add_case_options(parser)


def _rights(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument(
        "--sender",
        dest="senders",
        metavar="ADDRESS",
        action="extend",
        nargs="+",
        required=True,
        help="send as these: one email each",
    )
    parser.add_argument("--send-to", metavar="ADDRESS", required=True, help="send the emails there")
    parser.add_argument("--timeout", metavar="S", type=seconds_of, help="seconds for each stage")
    parser.add_argument(
        "--approve-command",
        action="store_true",
        help="allow the connector's secret_command to run on this computer",
    )


def _compare(parser: argparse.ArgumentParser) -> None:
    for name in ("a", "b"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="a connector, NAME@RUN (NAME@latest), a report of verify --json, or a case",
        )


def _diagnose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="a bounce, a message (.eml), a log or a trace; - or nothing is standard input",
    )
    parser.add_argument("--provider", metavar="P", help="whose server it was, in your own words")
    parser.add_argument(
        "--stage", metavar="S", help="where it failed: resolve, connect, …, auth, rcpt_to, data"
    )
    parser.add_argument(
        "--batch",
        action="store_true",
        help='for scripts: read a JSON document a line, {"raw": text, "context": {…}}, and '
        "answer each with one line",
    )


VERBS: Mapping[str, Verb] = {
    "verify": (
        "test the connector, or all of them, and say what is wrong",
        "smtpwizard verify Invoices --send-to admin@example.com",
        _verify,
    ),
    "proof": (
        "read a received test email from standard input: who let it pass, who signed, its way",
        "smtpwizard proof Invoices < received.eml",
        add_name,
    ),
    "rights": (
        "ask whether this login may send as other addresses: one email each",
        "smtpwizard rights Invoices --sender billing@example.com --send-to admin@example.com",
        _rights,
    ),
    "history": (
        "list a connector's recorded tests, newest first",
        "smtpwizard history Invoices",
        add_name,
    ),
    "compare": (
        "say what differs between two connectors, tests, reports or cases",
        "smtpwizard compare Invoices@latest Backup",
        _compare,
    ),
    "diagnose": (
        "explain a bounce, a log or another failure's text",
        "smtpwizard diagnose bounce.eml",
        _diagnose,
    ),
}
