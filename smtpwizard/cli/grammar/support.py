"""Cases for the person who helps, and their answers."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from smtpwizard.cli.grammar.options import Verb, add_case_options, add_name, add_set_option, path_of


def _case(parser: argparse.ArgumentParser) -> None:
    add_name(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=path_of, required=True,
        help="the file to write, such as invoices.smtpcase; nothing is overwritten",
    )  # fmt: skip
    parser.add_argument(
        "--run",
        dest="run_id",
        metavar="ID",
        help="the case of this test (its RUN in history); else the newest that failed, or the "
        "newest",
    )
    add_case_options(parser)


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=path_of, help="the case to read")
    parser.add_argument(
        "--translate",
        action="store_true",
        help="real names in place of stand-ins, for a case that was made here",
    )


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 65535")
    return int(text)


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", metavar="FILE", type=path_of, help="the case whose server is played"
    )
    parser.add_argument("--port", metavar="N", type=_port, help="listen on this port of localhost")
    parser.add_argument(
        "--real-time", action="store_true", help="wait as long as the recorded server did"
    )
    parser.add_argument(
        "--strict",
        action="store_true",
        help="end the connection where the record does not say what comes next",
    )
    parser.add_argument(
        "--verify", action="store_true", help="verify against the record, and compare"
    )
    add_set_option(
        parser, "with --verify: change the connector first; what would that fix have done?"
    )


def _propose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="FILE", type=path_of, help="the case that is answered")
    add_set_option(parser, "a field by its dotted path, with names as they stand in the case")
    parser.add_argument("--note", metavar="TEXT", help="a sentence for the customer")
    parser.add_argument(
        "-o", "--output", metavar="ANSWER", type=path_of, required=True,
        help="the file to write, such as answer.smtpanswer; nothing is overwritten",
    )  # fmt: skip


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("answer", metavar="ANSWER", type=path_of, help="support's answer to a case")
    parser.add_argument(
        "--connector", metavar="NAME", help="refuse an answer that is for another connector"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="show before and after, and change nothing"
    )
    parser.add_argument(
        "--accept-weaker",
        action="store_true",
        help="agree to what protects less than before: another server, no encryption, other "
        "trusted certificates, a proxy, a login that shows more",
    )


VERBS: Mapping[str, Verb] = {
    "case": (
        "write a recorded test as one readable file for the person who helps",
        "smtpwizard case Invoices -o invoices.smtpcase",
        _case,
    ),
    "open": ("read a case", "smtpwizard open invoices.smtpcase --json", _open),
    "replay": (
        "play the recorded server of a case on this computer",
        "smtpwizard replay invoices.smtpcase --verify --set server.port=587",
        _replay,
    ),
    "propose": (
        "answer a case with what to change, in a file for the customer",
        "smtpwizard propose case.smtpcase --set server.port=587 -o fix.smtpanswer",
        _propose,
    ),
    "apply": (
        "apply support's answer to the connector of its case",
        "smtpwizard apply fix.smtpanswer --dry-run",
        _apply,
    ),
}
