"""May this login send as these addresses? One email each, up to the reply after the final dot.

What a server did not say is not known. Each answer is kept as a run of the connector, whose status
stays: it was asked about another sender, not tested.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from smtpwizard.model.addresses import AddressError, is_address, parse_address, same_mailbox
from smtpwizard.model.errors import StorageError, UsageError
from smtpwizard.model.report import BEYOND_LOGIN, Report, Stage, Status, Verdict
from smtpwizard.usecases.history import keep_run, list_runs, make_run
from smtpwizard.usecases.settings import runs_to_keep

if TYPE_CHECKING:
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.report import Reply
    from smtpwizard.model.run import Summary
    from smtpwizard.model.stored import StoredConnector
    from smtpwizard.net.cancel import CancelToken
    from smtpwizard.usecases.workspace import Workspace

MOST = 50
_ABOUT_THE_SENDER = ("sender_not_allowed", "own_sender_not_allowed", "sender_not_verified")


class Right(NamedTuple):
    """What became of one sender. `allowed` is None where the server did not say; `stage` is where
    it said so, `itself` whether the sender is the login's own address, `run` the id of the run that
    was kept of it, if one could be."""

    sender: str
    allowed: bool | None
    stage: Stage | None
    reply: Reply | None
    itself: bool
    cause: str | None
    report: Report | None
    run: str | None = None


def senders_to_ask_about(connector: Connector) -> tuple[str, ...]:
    """The addresses that come to mind: the sender, and the login where that is an address."""
    named = (connector.sender_address(), connector.authentication.username or "")
    return tuple({each.casefold(): each for each in named[::-1] if is_address(each)}.values())[::-1]


def senders_in(text: str) -> tuple[str, ...]:
    """The addresses of a typed or pasted list, with anything between them that none has.

    Raises `UsageError` as `ask_rights` does, and `required` where there is none.
    """
    senders = tuple(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text))))
    if not senders:
        raise UsageError("required", field="--sender")
    check_senders(senders)
    return senders


def check_senders(senders: Sequence[str]) -> None:
    """Raises `UsageError` for a sender that is no address, or for too many."""
    for sender in senders:
        try:
            parse_address(sender)
        except AddressError as error:
            raise UsageError(error.code, **{"field": "--sender", **error.facts}) from None
    if len(senders) > MOST:
        raise UsageError("too_many_senders", field="--sender", most=MOST)


def ask_rights(
    ws: Workspace,
    stored: StoredConnector,
    senders: Sequence[str],
    *,
    send_to: str,
    timeout_s: float | None = None,
    token: CancelToken | None = None,
    told: Callable[[Right], None] = lambda _: None,
) -> tuple[Right, ...]:
    """Send one email as each of the senders, the same once. `told` hears of each as it ends.

    No more of its runs are kept than leave room for as many tests; for new ones the oldest go.
    Where not even the login works nobody else is tried: the rest is not known. Raises what
    `verify_connector` does, `UsageError` for a sender that is no address.
    """
    from smtpwizard.usecases.verify import SecretSources, verify_connector  # noqa: PLC0415 - the protocol, not for a look at addresses

    check_senders(senders)
    most_runs = max(1, runs_to_keep(ws) // 2)
    former = _asked_before(ws, stored)
    rights: list[Right] = []
    for sender in dict.fromkeys(senders):
        connector = stored.connector
        username = connector.authentication.username or ""
        itself = same_mailbox(sender, username)
        if rights and _came_no_further(rights[-1]):
            rights.append(rights[-1]._replace(sender=sender, itself=itself, run=None))
        else:
            connector = connector._replace(sender=connector.sender._replace(address=sender))
            report = verify_connector(
                ws,
                connector,
                SecretSources(stored=stored),
                send_to=send_to,
                timeout_s=timeout_s,
                token=token,
            )
            right = _judged(sender, report, itself)
            if _kept(rights) < most_runs:
                if former and len(former) + _kept(rights) >= most_runs:
                    with suppress(OSError):  # those who ask next try again
                        ws.store.runs.remove_one(stored.id, former.pop())
                run = make_run(ws, stored, connector, report, asked_as=sender)
                right = right._replace(run=run.id if keep_run(ws, run) else None)
            rights.append(right)
        told(rights[-1])
    return tuple(rights)


def _kept(rights: Sequence[Right]) -> int:
    return sum(each.run is not None for each in rights)


def _asked_before(ws: Workspace, stored: StoredConnector) -> list[str]:
    """The ids of the runs that were kept of such questions, the newest first."""
    with suppress(StorageError):
        return [run.id for run in list_runs(ws, stored).runs if run.asked_as is not None]
    return []


def _came_no_further(right: Right) -> bool:
    return right.report is not None and (right.report.cancelled or right.stage not in BEYOND_LOGIN)


def _judged(sender: str, report: Report, itself: bool) -> Right:
    data = report.stage(Stage.DATA)
    if data.status is Status.PASSED:
        return Right(sender, True, Stage.DATA, data.reply, itself, None, report)
    stopped = report.stopped_at()
    if stopped is None:
        return Right(sender, None, None, None, itself, None, report)
    cause = report.causes[0].cause if report.causes else None
    allowed = _is_allowed(report.verdict, stopped.stage, stopped.reply, cause)
    return Right(sender, allowed, stopped.stage, stopped.reply, itself, cause, report)


def was_allowed(run: Summary) -> bool | None:
    """What a kept run says of the sender that it was asked about; None where that is not known."""
    return _is_allowed(run.verdict, run.stage, run.reply, next(iter(run.causes), None))


def _is_allowed(
    verdict: Verdict, stage: Stage | None, reply: Reply | None, cause: str | None
) -> bool | None:
    if verdict is Verdict.SENT:
        return True
    refused = reply is not None and 500 <= reply.code < 600
    # What a server says of the recipient or of the email says nothing about the sender.
    about = stage is Stage.MAIL_FROM or (
        stage in (Stage.RCPT_TO, Stage.DATA) and cause in _ABOUT_THE_SENDER
    )
    return False if refused and about and verdict is Verdict.STOPPED else None
