"""The arguments: verbs, options and their help."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NoReturn

from smtpwizard import __version__
from smtpwizard.model.errors import UsageError
from smtpwizard.model.similar import similar

if TYPE_CHECKING:
    from smtpwizard.cli.output import Screen

STAGE_NAMES = (
    "resolve", "connect", "greeting", "tls", "ehlo", "auth", "mail_from", "rcpt_to", "data",
)  # fmt: skip
SECRET_STORES = ("keyring", "file", "session")

# Of argparse's own sentences: a value in the wrong place may be a secret.
_QUOTED = r"""(invalid choice|ignored explicit argument):? ('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")"""
_ASSIGNMENT = r"[a-z_]+(\.[a-z_]+)*="
_GLOBAL_DEFAULTS = {"data_dir": None, "project": None, "json": False, "secret_store": None}


# Of one width: to ask the terminal for its own loads compression libraries, for every verb.
_HELP = partial(argparse.RawDescriptionHelpFormatter, width=80)


class _HelpShownError(Exception):
    """The help text was asked for; it is the answer."""


class _Parser(argparse.ArgumentParser):
    """Raises instead of writing to the terminal and leaving: faults have an answer in JSON too.

    A subclass because sub-parsers are made by class, and these are its only hooks.
    """

    def error(self, message: str) -> NoReturn:
        reason = re.sub(_QUOTED, r"\1", message)
        raise UsageError("arguments_invalid", reason=reason, usage=self.format_usage())

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            # What was typed may be a secret in the wrong place; what was meant is none.
            reason = re.sub(_QUOTED, r"\1", str(error))
            alike = similar(str(value), map(str, action.choices or ()))
            raise UsageError(
                "arguments_invalid", reason=reason, usage=self.format_usage(), similar=alike
            ) from None

    def print_help(self, file: IO[str] | None = None) -> None:  # type: ignore[override]
        raise _HelpShownError(self.format_help())


def parse(argv: Sequence[str], screen: Screen) -> argparse.Namespace | None:
    """The arguments, or None when they asked for help or the version, which is then shown.

    Raises `UsageError("arguments_invalid")`.
    """
    words = _one_by_one(argv)
    # Sub-parsers take a while to make: who names a verb needs no other, unless to be told of all.
    parser = build_parser([verb for verb in _VERBS if verb in words] or _VERBS)
    try:
        try:
            args, rest = parser.parse_known_args(words)
        except (UsageError, _HelpShownError):
            parser = build_parser(_VERBS)
            args, rest = parser.parse_known_args(words)
    except _HelpShownError as shown:
        screen.answer({"help": str(shown)}, str(shown).rstrip("\n"))
        return None
    if rest:
        raise UsageError(
            "arguments_invalid",
            reason=_unknown(rest),
            usage=parser.format_usage(),
            similar=_meant(rest, parser, args),
        )
    for name, value in _GLOBAL_DEFAULTS.items():
        if not hasattr(args, name):
            setattr(args, name, value)
    if args.version:
        screen.answer({"version": __version__}, f"smtpwizard {__version__}")
        return None
    if args.verb is None:
        if args.json:
            reason = "a verb is missing"
            raise UsageError("arguments_invalid", reason=reason, usage=parser.format_usage())
        args.verb, args.new, args.file = "gui", False, None
    return args


def _one_by_one(argv: Sequence[str]) -> list[str]:
    """Spell `--set a=1 b=2` as `--set a=1 --set b=2`, and leave NAME after it a name."""
    out: list[str] = []
    setting = False
    for position, text in enumerate(argv):
        if text == "--":
            return out + list(argv[position:])
        if text == "--set":
            setting = True
        elif setting and out[-1] != "--set":
            setting = re.match(_ASSIGNMENT, text) is not None
            out += ["--set"] if setting else []
        out.append(text)
    return out


def _unknown(rest: Sequence[str]) -> str:
    """Names the options nobody knows, and no value: it may be a secret put in the wrong place."""
    names = [text.partition("=")[0] for text in rest if text.startswith("-")]
    if not names:
        return "there are too many arguments"
    hint = ""
    if any("pass" in name or "secret" in name for name in names):
        hint = " (a secret is never an argument: use --secret-stdin)"
    return f"unknown option {', '.join(names)}{hint}"


def _meant(
    rest: Sequence[str], parser: argparse.ArgumentParser, args: argparse.Namespace
) -> tuple[str, ...]:
    """The options that may stand behind the first unknown one."""
    unknown = next((text.partition("=")[0] for text in rest if text.startswith("-")), None)
    if unknown is None:
        return ()
    return similar(unknown, _options(parser, (args.verb, getattr(args, "action", None))))


def _options(parser: argparse.ArgumentParser, verbs: Sequence[str | None]) -> Iterator[str]:
    """The options of a parser and of those for `verbs` below it."""
    for action in parser._actions:
        yield from (text for text in action.option_strings if text.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                if name in verbs:
                    yield from _options(below, verbs)


def build_parser(verbs: Iterable[str]) -> argparse.ArgumentParser:
    """The grammar of these verbs; global options stand before or after the verb."""
    shared = _shared_options()
    parser = _Parser(
        prog="smtpwizard",
        parents=[shared],
        allow_abbrev=False,
        formatter_class=_HELP,
        description="From nothing to a verified SMTP connector. Without a verb, the window opens.",
        epilog="example:\n  smtpwizard create --from connector.json --secret-stdin < password.txt",
    )
    parser.add_argument("--version", action="store_true", help="show the version")
    actions = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=_Parser)
    for name in verbs:
        summary, example, add_arguments = _VERBS[name]
        sub_parser = _sub_parser(actions, shared, name, summary, example)
        if add_arguments is not None:
            add_arguments(sub_parser)
    return parser


def _shared_options() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS)
    group = shared.add_argument_group("everywhere")
    group.add_argument("--data-dir", metavar="DIR", type=_path, help="use this data folder")
    group.add_argument("--project", metavar="NAME", help="work on this project")
    group.add_argument(
        "--json", action="store_true", help="answer with one JSON document on one line"
    )
    group.add_argument("--secret-store", choices=SECRET_STORES, help="where new secrets are kept")
    return shared


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise argparse.ArgumentTypeError("a file or folder has to be named")
    return Path(os.path.expanduser(text))  # no shell does it in --data-dir=~/folder


def _sub_parser(
    verbs: Any, shared: argparse.ArgumentParser, name: str, summary: str, example: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = verbs.add_parser(
        name,
        parents=[shared],
        allow_abbrev=False,
        help=summary,
        description=summary[0].upper() + summary[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=_HELP,
    )
    return parser


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the connector's name")


def _show(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "--run", metavar="ID", help="the report of this run (see history); latest is the newest"
    )


def _settings(parser: argparse.ArgumentParser) -> None:
    shared = _shared_options()
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser
    )
    _sub_parser(actions, shared, "list", "list the settings", "smtpwizard settings list")
    change = _sub_parser(
        actions, shared, "set", "change settings", "smtpwizard settings set history.runs=20"
    )
    change.add_argument(
        "values", metavar="KEY=VALUE", nargs="+", help="an empty value takes back the choice"
    )


def _duplicate(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument("new_name", metavar="NEW", help="the name of the copy")


def _remove(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "--revoke",
        action="store_true",
        help="end its sign-in at the provider too; other users of the same registration may need "
        "to sign in again",
    )


def _dates(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ics", metavar="FILE", help="write a calendar file; - is standard output")


def _passphrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--secret-stdin",
        action="store_true",
        help="read two lines from standard input: the old passphrase, and the new one",
    )


def _secret_options(parser: argparse.ArgumentParser, use: str) -> None:
    parser.add_argument("--secret-stdin", action="store_true", help=f"{use} from standard input")
    parser.add_argument(
        "--approve-command",
        action="store_true",
        help="allow the connector's secret_command to run on this machine",
    )


def _create(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        required=True,
        help="the JSON document; - reads it from standard input, and with --secret-stdin one line "
        "break and the secret after it; files named in it are looked for from the folder in which "
        "the command runs, and kept by their whole paths",
    )
    _secret_options(parser, "read the password or client secret")


def _set_option(parser: argparse.ArgumentParser, text: str) -> None:
    parser.add_argument(
        "--set",
        dest="assignments",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help=text,
    )


def _edit(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _set_option(
        parser,
        "a field by its dotted path, such as server.port=587; null or nothing clears it; "
        "a file is kept by its whole path",
    )
    parser.add_argument(
        "--client-json",
        metavar="FILE",
        type=_path,
        help="take client ID and secret (or key) from the file of Google's console",
    )
    _secret_options(parser, "replace the password or client secret")


def _redirects(parser: argparse.ArgumentParser) -> None:
    redirects = parser.add_mutually_exclusive_group()
    for option, redirect, text in (
        ("--browser", "loopback", "the system browser brings the answer back to this machine"),
        ("--paste", "web", "the address that the browser ends at is pasted back"),
        ("--device", "device", "a code is typed on another device"),
    ):
        redirects.add_argument(
            option, dest="redirect", action="store_const", const=redirect, help=text
        )


def _sign_in(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _redirects(parser)
    parser.add_argument(
        "--accept-account",
        action="store_true",
        help="keep the sign-in of another account than the connector's (a shared mailbox)",
    )
    _secret_options(parser, "read the client secret or key")


def _guide(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    _redirects(parser)
    parser.add_argument(
        "--request", action="store_true", help="a text and commands to send to an administrator"
    )


def _verify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="the connector's name")
    parser.add_argument(
        "--all",
        action="store_true",
        help="every connector of the project, a line of JSON each with --json; exit code 4 where "
        "one is newly broken",
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
    parser.add_argument("--timeout", metavar="S", type=_seconds, help="seconds for each stage")
    parser.add_argument(
        "--find-out-more",
        action="store_true",
        help="look around as well: other ports and modes, address families, certificate, clock, "
        "proxy, SPF and DMARC; at most 15 seconds, without the password",
    )
    _secret_options(parser, "use the password")  # fmt: skip
    parser.add_argument(
        "--case", metavar="FILE", type=_path, help="write the case of just this run as well"
    )
    _case_options(parser)


def _case(parser: argparse.ArgumentParser) -> None:
    _name(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=_path, required=True,
        help="the file to write, such as invoices.smtpcase; nothing is overwritten",
    )  # fmt: skip
    parser.add_argument(
        "--run",
        dest="run_id",
        metavar="ID",
        help="the case of this run (see history); else the newest that failed, or the newest",
    )
    _case_options(parser)


def _case_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--keep-names", action="store_true", help="names and addresses as they are, no stand-ins"
    )
    parser.add_argument(
        "--omit",
        metavar="PART",
        action="append",
        default=[],
        help="leave a part out: connector, environment, report, wire, oauth, history",
    )
    parser.add_argument("--note", metavar="TEXT", help="a sentence for the reader of the case")
    parser.add_argument(
        "--unproven",
        action="store_true",
        help="write the case also where a part of it does not replay; its manifest says so",
    )


def _open(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=_path, help="the case to read")
    parser.add_argument(
        "--translate",
        action="store_true",
        help="real names in place of stand-ins, for a case that was made here",
    )


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", type=_path, help="the case whose server is played")
    parser.add_argument("--port", metavar="N", type=_port, help="listen on this port of localhost")
    parser.add_argument(
        "--real-time", action="store_true", help="wait as long as the recorded server did"
    )
    parser.add_argument(
        "--strict", action="store_true", help="hang up where the record has nothing to say"
    )
    parser.add_argument(
        "--verify", action="store_true", help="verify against the record, and compare"
    )
    _set_option(parser, "with --verify: change the connector first; what would that fix have done?")


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 65535")
    return int(text)


def _jobs(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) <= 256:
        raise argparse.ArgumentTypeError("must be a whole number from 1 to 256")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise argparse.ArgumentTypeError("must be more than 0 and at most 3600 seconds")
    return seconds


def _project(parser: argparse.ArgumentParser) -> None:
    shared = _shared_options()
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, parser_class=_Parser
    )
    _sub_parser(actions, shared, "list", "list the projects", "smtpwizard project list")
    create = _sub_parser(
        actions, shared, "create", "create a project", "smtpwizard project create 'Site B'"
    )
    create.add_argument("values", metavar="NAME", nargs="+", help="the name, then KEY=VALUE")
    change = _sub_parser(
        actions, shared, "set", "change the project: name, domain, base_url, environment",
        "smtpwizard project set domain=flows.example.com",
    )  # fmt: skip
    change.add_argument("values", metavar="KEY=VALUE", nargs="+", help="an empty value clears")
    use = _sub_parser(
        actions, shared, "use", "make a project the current one", "smtpwizard project use 'Site B'"
    )
    use.add_argument("name", metavar="NAME", help="the project's name")


def _diagnose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--batch",
        action="store_true",
        help='read JSON Lines {"raw", "context"?} and answer one line of JSON each',
    )


def _demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scenario", metavar="SCENARIO", nargs="?", help="what the server plays")
    parser.add_argument("--list", dest="listed", action="store_true", help="list the scenarios")
    parser.add_argument("--unattended", action="store_true", help="do it all without a window")


def _compare(parser: argparse.ArgumentParser) -> None:
    for name in ("a", "b"):
        parser.add_argument(
            name,
            metavar=name.upper(),
            help="a connector, NAME@RUN (NAME@latest), a report of verify --json, or a case",
        )


def _propose(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("case", metavar="FILE", type=_path, help="the case that is answered")
    _set_option(parser, "a field by its dotted path, with names as they stand in the case")
    parser.add_argument("--note", metavar="TEXT", help="a sentence for the customer")
    parser.add_argument(
        "-o", "--output", metavar="ANSWER", type=_path, required=True,
        help="the file to write, such as answer.smtpanswer; nothing is overwritten",
    )  # fmt: skip


def _apply(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("answer", metavar="ANSWER", type=_path, help="support's answer to a case")
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


def _gui(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--new", action="store_true", help="open the wizard at once")
    parser.add_argument("file", metavar="FILE", nargs="?", help="a case or an answer to open")


# What each verb does, an example, and what fills its grammar; in the order of the help.
_VERBS: Mapping[str, tuple[str, str, Callable[[argparse.ArgumentParser], None] | None]] = {
    "list": ("list the connectors of the project", "smtpwizard list --json", None),
    "show": (
        "show a connector, never its secrets, or the report of one of its runs",
        "smtpwizard show Invoices --run latest",
        _show,
    ),
    "history": (
        "list what became of a connector's verifications",
        "smtpwizard history Invoices",
        _name,
    ),
    "create": (
        "create a connector from JSON",
        "smtpwizard create --from connector.json --secret-stdin < password.txt",
        _create,
    ),
    "edit": (
        "change a connector",
        "smtpwizard edit Invoices --set server.port=587 --set server.security=starttls",
        _edit,
    ),
    "duplicate": (
        "copy a connector, its secret included",
        "smtpwizard duplicate Invoices 'Invoices (copy)'",
        _duplicate,
    ),
    "remove": ("remove a connector and its secrets", "smtpwizard remove Invoices", _remove),
    "default": ("make a connector the default", "smtpwizard default Invoices", _name),
    "project": (
        "list, create or change projects",
        "smtpwizard project set domain=flows.example.com",
        _project,
    ),
    "sign-in": (
        "sign in with OAuth: by the system browser, a pasted address or a device code",
        "smtpwizard sign-in Invoices",
        _sign_in,
    ),
    "verify": (
        "test the connector, or all of them, and say what is wrong",
        "smtpwizard verify Invoices --send-to admin@example.com",
        _verify,
    ),
    "case": (
        "write a recorded run as one readable file for the person who helps",
        "smtpwizard case Invoices -o invoices.smtpcase",
        _case,
    ),
    "open": ("read a case", "smtpwizard open invoices.smtpcase --json", _open),
    "replay": (
        "play the recorded server of a case on this computer",
        "smtpwizard replay invoices.smtpcase --verify --set server.port=587",
        _replay,
    ),
    "compare": (
        "say what differs between two connectors, runs, reports or cases",
        "smtpwizard compare Invoices@latest Backup",
        _compare,
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
    "diagnose": (
        "explain a failure's text from standard input",
        "smtpwizard diagnose < bounce.txt",
        _diagnose,
    ),
    "guide": (
        "how to register the application, step by step, or the request to an administrator",
        "smtpwizard guide Invoices --request",
        _guide,
    ),
    "dates": (
        "what expires next, for a calendar as well",
        "smtpwizard dates --ics dates.ics",
        _dates,
    ),
    "passphrase": (
        "change the passphrase of the encrypted file",
        "smtpwizard passphrase",
        _passphrase,
    ),
    "settings": (
        "list or change the application's settings",
        "smtpwizard settings set history.runs=20",
        _settings,
    ),
    "doctor": ("show what this machine offers", "smtpwizard doctor --json", None),
    "demo": (
        "try everything with an embedded mail server",
        "smtpwizard demo --unattended",
        _demo,
    ),
    "gui": ("open the window", "smtpwizard gui --new", _gui),
}
