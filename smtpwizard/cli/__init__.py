"""The command line: verbs to use cases, their results to text or JSON, outcomes to exit codes.

Imports next to nothing before it knows the verb, and nothing of the window ever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from smtpwizard.cli import verbs
from smtpwizard.cli.output import Screen
from smtpwizard.cli.parser import parse
from smtpwizard.language import speak_the_user_s_language
from smtpwizard.model.errors import (
    Cancelled,
    SecretStoreError,
    SmtpWizardError,
    StorageError,
    UsageError,
)
from smtpwizard.net.cancel import terminable, wait_limits

if TYPE_CHECKING:
    import argparse

    from smtpwizard.cli.output import Screen
    from smtpwizard.cli.verbs import OpenWindow
    from smtpwizard.usecases.workspace import Workspace

EXIT_UNEXPECTED = 1
EXIT_USAGE = 2
EXIT_STORAGE = 3
EXIT_INTERRUPTED = 130

# A secret that no store takes is the caller's to change.
_BAD_SECRETS = ("secret_invalid", "secret_too_large")


def main(argv: Sequence[str], *, open_window: OpenWindow) -> int:
    """Run one command and answer its exit code; raises nothing."""
    speak_the_user_s_language()
    options = argv[: argv.index("--")] if "--" in argv else argv
    screen = Screen(json_wanted="--json" in options)
    code = _run_guarded(argv, screen, open_window)
    return screen.close(code)


def _run_guarded(argv: Sequence[str], screen: Screen, open_window: OpenWindow) -> int:
    workspaces: list[Workspace] = []
    try:
        args = parse(argv, screen)
        if args is None:  # the answer was help or the version
            return 0
        with _terminable(args):
            return _run(args, screen, open_window, workspaces)
    except UsageError as error:
        return _answer_failure(screen, error.code, error.facts, EXIT_USAGE, workspaces)
    except SecretStoreError as error:
        code = EXIT_USAGE if error.code in _BAD_SECRETS else EXIT_STORAGE
        return _answer_failure(screen, error.code, error.facts, code, workspaces)
    except StorageError as error:
        return _answer_failure(screen, error.code, error.facts, EXIT_STORAGE, workspaces)
    except (KeyboardInterrupt, Cancelled):
        return _answer_failure(screen, "cancelled", {}, EXIT_INTERRUPTED, workspaces)
    except BrokenPipeError:
        return EXIT_UNEXPECTED  # the reader of our output has gone, and wants to hear no more
    except Exception as error:  # noqa: BLE001 - the last resort: said without a single value
        return _answer_bug(screen, error, workspaces)


def _run(
    args: argparse.Namespace,
    screen: Screen,
    open_window: OpenWindow,
    workspaces: list[Workspace],
) -> int:
    run = verbs.run_of(args.verb)
    # The first has a project of its own, the others need none.
    if args.verb in ("demo", "diagnose", "help", "completion", "man"):
        return run(args, screen)
    ws = verbs.open_workspace(args)
    workspaces.append(ws)
    if args.verb == "gui":
        return run(ws, args, open_window)
    with wait_limits(waiting=_say_wait_once(screen)):
        return run(ws, args, screen)


def _say_wait_once(screen: Screen) -> Callable[[], None]:
    """Say on stderr that the keyring is waited for, once a command."""
    said: list[bool] = []

    def say() -> None:
        if not said:
            from smtpwizard.messages.errors import error_text  # noqa: PLC0415 - where one waits
            from smtpwizard.messages.face import Face  # noqa: PLC0415 - where one waits

            said.append(True)
            screen.progress("")
            screen.note(error_text("keyring_waits", {}, Face.COMMAND_LINE))

    return say


def _terminable(args: argparse.Namespace) -> AbstractContextManager[None]:
    """SIGTERM ends a command as Ctrl-C does; the window and the demo see to it themselves."""
    return nullcontext() if args.verb in ("gui", "demo") else terminable()


def _answer_failure(
    screen: Screen,
    code: str,
    facts: Mapping[str, Any],
    exit_code: int,
    workspaces: Sequence[Workspace],
) -> int:
    from smtpwizard.cli.failures import tell_failure  # noqa: PLC0415 - sentences, of failures alone

    tell_failure(screen, code, facts, workspaces)
    return exit_code


def _answer_bug(screen: Screen, error: Exception, workspaces: list[Workspace]) -> int:
    """Say where our own mistake is, in names of ours alone: values may hold anything."""
    from smtpwizard.usecases.log import trace_of  # noqa: PLC0415 - with `logging`, of a bug alone

    trace = trace_of(error)
    kind = error.code if isinstance(error, SmtpWizardError) else type(error).__name__
    if workspaces:
        workspaces[0].log.write("unexpected_error", kind=kind, where=" < ".join(trace))
    where = trace[0] if trace else "an unknown place"
    message = f"An unexpected error, and our fault: {kind} at {where}."
    document = {"error": {"code": "unexpected", "field": None, "message": message, "trace": trace}}
    screen.fail(document, [message, *(f"  {line}" for line in trace[1:])])
    return EXIT_UNEXPECTED
