"""The work the window hands to its task runner: use cases by name, each given its job.

Use cases are imported where the work runs: the window's start needs none of them. A page submits
`partial(jobs.save, ws, draft, stored)`; the runner adds the job.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtpwizard.gui.precedence import Shown
from smtpwizard.gui.tasks import Job
from smtpwizard.net.cancel import CancelToken

if TYPE_CHECKING:
    from smtpwizard.cases.compare import Difference
    from smtpwizard.flow.draft import ConnectorDraft
    from smtpwizard.messages.case_texts import CaseText
    from smtpwizard.model.auth import Secret
    from smtpwizard.model.connector import Connector, Security
    from smtpwizard.model.discovery import Discovery
    from smtpwizard.model.proof import Origin, Proof
    from smtpwizard.model.registration import Redirect
    from smtpwizard.model.report import Report
    from smtpwizard.model.run import Run
    from smtpwizard.model.sender import Readiness
    from smtpwizard.model.stored import Project, StoredConnector
    from smtpwizard.oauth.signed_in import SignedIn
    from smtpwizard.usecases import verify_all as many
    from smtpwizard.usecases.about import About
    from smtpwizard.usecases.apply import LookedAt
    from smtpwizard.usecases.case import PreparedCase
    from smtpwizard.usecases.case_choices import Choices
    from smtpwizard.usecases.certificates import Certificate, Look
    from smtpwizard.usecases.changes import Changes
    from smtpwizard.usecases.checks import Check
    from smtpwizard.usecases.connectors import ListedConnector
    from smtpwizard.usecases.dates import DatedEvent
    from smtpwizard.usecases.detail import Detail
    from smtpwizard.usecases.explain import Belonging, Explained
    from smtpwizard.usecases.kept_secrets import BoundElsewhere
    from smtpwizard.usecases.list_rows import ConnectorRows, ListRow, RowListing
    from smtpwizard.usecases.move_secrets import Moved
    from smtpwizard.usecases.one_window import OneWindow, Request
    from smtpwizard.usecases.open_case import OpenedCase, Other, OwnRuns
    from smtpwizard.usecases.own_certificates import OneCertificate
    from smtpwizard.usecases.own_trust import Given, TlsServer
    from smtpwizard.usecases.remove_project import ProjectRemoval
    from smtpwizard.usecases.replay_case import Tried
    from smtpwizard.usecases.rights import Right
    from smtpwizard.usecases.settings_in_force import InForce
    from smtpwizard.usecases.theme import Theme
    from smtpwizard.usecases.transfer import MovedBack, Plan, Transferred
    from smtpwizard.usecases.undoable_remove import Removal
    from smtpwizard.usecases.workspace import Workspace

    ExplainedBounce = tuple[Explained, Sequence[Belonging]]
    # The connector, its secrets by kind, and what is to be said of the file by field.
    TakenFile = tuple[Connector, dict[str, Secret], dict[str, str]]


# What the next click needs and what knows no Qt, what is wanted most first.
AHEAD = (
    "flow.fixes",
    "messages.causes",
    "usecases.help",
    "usecases.browser",
    "model.pasted_registration",
    "messages.comparing",
    "flow.trial",
    "usecases.discover",
    "model.pasted_server",
    "usecases.explain",
    "usecases.certificates",
    "usecases.open_case",
)
# How long an opener has to say that it finds no browser.
_OPENS_WITHIN_S = 2.0


def load(
    source: ConnectorRows,
    texts_of: Callable[[Sequence[ListRow]], Mapping[str, str]],
    shown: Shown,
    job: Job,
) -> tuple[RowListing, Mapping[str, str]]:
    """The rows of the list, with what could not be read; `texts_of` them, for a search. Of many
    that are read for the first time the same is reported of some of them, before the others are."""

    def tell(some: RowListing) -> None:
        message = (some, texts_of(some.rows))
        shown.tell(lambda: job.report(message))

    listing = source.read(tell)
    return listing, texts_of(listing.rows)


def load_ahead(_: Job) -> None:
    """Load what somebody will want next."""
    for module in AHEAD:
        import_module(f"smtpwizard.{module}")


def keep_rows(source: ConnectorRows, _: Job) -> None:
    """Keep what was listed for the next start."""
    source.keep()


def read_listed(ws: Workspace, row: ListRow, _: Job) -> ListedConnector:
    """The connector of a row as it is now, with what is known of it."""
    from smtpwizard.usecases.list_rows import listed_of

    return listed_of(ws, row)


def look_for_changes(source: ConnectorRows, _: Job) -> Changes:
    """What anybody has changed since the last look."""
    return source.look()


def write_setting(ws: Workspace, name: str, value: object, _: Job) -> None:
    """Remember something of the window; what cannot be written is an entry in the log."""
    from smtpwizard.usecases.window_settings import remember

    remember(ws, name, value)


def notification_seconds(ws: Workspace, _: Job) -> int:
    """How long a notification stays, 0: until it is closed."""
    from smtpwizard.usecases.settings import notifications_stay_s

    return notifications_stay_s(ws)


def read_settings(ws: Workspace, _: Job) -> InForce:
    """The settings, with what belongs to them."""
    from smtpwizard.usecases.settings_in_force import read_in_force

    return read_in_force(ws)


def look_at_stores(ws: Workspace, _: Job) -> frozenset[str]:
    """The secret stores that cannot be used on this computer; nobody is asked for anything."""
    from smtpwizard.usecases.store_choice import unusable_stores

    return unusable_stores(ws)


def change_setting(ws: Workspace, name: str, text: str, _: Job) -> InForce:
    """Change one setting; answers all of them."""
    from smtpwizard.usecases.settings_in_force import change_one

    return change_one(ws, name, text)


def start_demo(_: Job) -> int:
    """Open the demo's own window, and wait until it is closed; answers its exit code."""
    import subprocess

    from smtpwizard.usecases.demo import own_program

    quiet = subprocess.DEVNULL
    return subprocess.call([*own_program(), "demo"], stdin=quiet, stdout=quiet, stderr=quiet)


def play_scenario(ws: Workspace, demo: Mapping[str, Any], name: str, _: Job) -> dict[str, Any]:
    """Have the demo's servers play another scenario; answers what is known of it."""
    from smtpwizard.usecases.demo import play_scenario as play

    played = play(demo, name)
    ws.forget_providers()  # it may have brought one
    return played


def demo_mail(demo: Mapping[str, Any], _: Job) -> list[dict[str, Any]]:
    """What the demo's servers have received, newest first."""
    from smtpwizard.usecases.demo import received_messages

    return received_messages(demo)


def scenarios(_: Job) -> list[dict[str, str | None]]:
    """What can go wrong in the demo, the good one first."""
    from smtpwizard.usecases.demo import scenario_document
    from smtpwizard.usecases.demo import scenarios as known

    return [scenario_document(scenario) for scenario in known()]


def import_document(ws: Workspace, path: str, _: Job) -> StoredConnector:
    """Save the connector that a JSON file describes; its secret is still missing then."""
    from smtpwizard.usecases.import_document import import_document as take

    return take(ws, Path(path))


def about(ws: Workspace, _: Job) -> About:
    """The program, and what ships with it."""
    from smtpwizard.usecases.about import about as tell

    return tell(ws)


def examine_computer(
    ws: Workspace, look_up: bool, job: Job
) -> tuple[dict[str, object], Sequence[Check]]:
    """What this computer offers, and what of it works."""
    from smtpwizard.usecases.checks import judge
    from smtpwizard.usecases.doctor import examine

    facts = examine(ws, look_up=look_up, token=job.token)
    return facts, judge(facts)


def open_folder(path: str, _: Job) -> bool:
    """Open a folder in the desktop's own program; False where none could be started."""
    from smtpwizard.usecases.browser import open_in_browser

    return open_in_browser(Path(path).as_uri())


def theme(ws: Workspace, _: Job) -> Theme:
    """The theme that is wanted now: it may have been set on the command line."""
    from smtpwizard.usecases.theme import theme_wanted

    return theme_wanted(ws)


def sweep(ws: Workspace, _: Job) -> None:
    """Take away what a save left behind when it did not come to its end, and what belonged to
    connectors and sign-ins that are gone."""
    from smtpwizard.usecases.leftovers import clear_leftovers
    from smtpwizard.usecases.save import sweep_secrets

    sweep_secrets(ws)
    clear_leftovers(ws)


def verify(
    ws: Workspace,
    draft: ConnectorDraft,
    stored: StoredConnector | None,
    job: Job,
    *,
    send: bool = True,
) -> Report:
    """Verify what is on screen, with a test email or without."""
    from smtpwizard.usecases.drafts import verify_draft

    return verify_draft(ws, draft, stored, send=send, token=job.token, observer=job.report)


def prove_sign_in(
    ws: Workspace, draft: ConnectorDraft, stored: StoredConnector | None, job: Job
) -> Report:
    """Verify what is on screen as far as the login."""
    from smtpwizard.usecases.drafts import prove_sign_in as prove

    return prove(ws, draft, stored, token=job.token, observer=job.report)


def verify_stored(ws: Workspace, stored: StoredConnector, send_to: str | None, job: Job) -> Report:
    """Verify a saved connector and record the result."""
    from smtpwizard.usecases.verify import verify_stored as verify_saved

    return verify_saved(ws, stored, send_to=send_to, token=job.token, observer=job.report)


def discover(ws: Workspace, address: str, offline: bool, job: Job) -> Discovery:
    """The settings for an address; what is found is reported as it comes."""
    from datetime import UTC, datetime

    from smtpwizard.usecases.discover import discover as find
    from smtpwizard.usecases.network import network_settings

    pointed = network_settings(ws)
    if offline:
        pointed = pointed._replace(offline=True)
    today = datetime.now(UTC).astimezone().date()
    return find(ws, address, today, pointed=pointed, token=job.token, told=job.report)


def find_out_more(
    ws: Workspace, connector: Connector, report: Report, job: Job
) -> tuple[list[str], Report]:
    """Look around the server: sentences, and the report with its causes weighed again."""
    from smtpwizard.messages.find_out_more import found_lines
    from smtpwizard.usecases.find_out_more import find_out_more

    more, report = find_out_more(ws, connector, report, job.token)
    return found_lines(more.findings, complete=more.complete), report


def look_at_sender(ws: Workspace, stored: StoredConnector, job: Job) -> Readiness:
    """How receivers see the connector's sender."""
    from smtpwizard.usecases.proof import learnt_keys
    from smtpwizard.usecases.readiness import readiness_of_connector

    keys = learnt_keys(ws, stored)
    return readiness_of_connector(ws, stored.connector, token=job.token, keys=keys)


def ask_rights(
    ws: Workspace, stored: StoredConnector, senders: Sequence[str], send_to: str, job: Job
) -> Sequence[Right]:
    """Send one email as each of these; what became of each is reported as it ends."""
    from smtpwizard.usecases.rights import ask_rights as ask

    return ask(ws, stored, senders, send_to=send_to, token=job.token, told=job.report)


def read_received(ws: Workspace, origin: Origin, text: str, _: Job) -> Proof:
    """What a received email proves."""
    from smtpwizard.usecases.proof import MAX_BYTES, read_proof

    data = text[:MAX_BYTES].encode("utf-8", "replace")
    return read_proof(ws, origin.stored, data, origin.runs)


def read_received_file(ws: Workspace, origin: Origin, path: str, _: Job) -> Proof:
    """What the received email in a file proves."""
    from smtpwizard.usecases.proof import read_email_file, read_proof

    return read_proof(ws, origin.stored, read_email_file(Path(path)), origin.runs)


def save(
    ws: Workspace, draft: ConnectorDraft, stored: StoredConnector | None, job: Job
) -> StoredConnector:
    """Save what is on screen, with all that belongs to it."""
    from smtpwizard.usecases.save import save_draft

    return save_draft(ws, draft, stored=stored, token=job.token)


def keep_sign_in(
    ws: Workspace, stored: StoredConnector, signed: SignedIn, _: Job
) -> StoredConnector:
    """Save a sign-in for a connector that is saved already."""
    from smtpwizard.usecases.sign_in import keep_sign_in as keep

    return keep(ws, stored, signed)


def read_client_file(
    ws: Workspace, connector: Connector, redirect: Redirect, path: Path, _: Job
) -> TakenFile:
    """The connector with the registration that the console's JSON file describes."""
    from smtpwizard.usecases.client_file import read_file

    return _take_registration(ws, connector, redirect, read_file(path))


def read_client_text(
    ws: Workspace, connector: Connector, redirect: Redirect, text: str, _: Job
) -> TakenFile:
    """The connector with the registration that the content of such a file describes."""
    return _take_registration(ws, connector, redirect, text.encode("utf-8", "replace"))


def _take_registration(
    ws: Workspace, connector: Connector, redirect: Redirect, data: bytes
) -> TakenFile:
    from smtpwizard.messages.signing_in import finding_text
    from smtpwizard.usecases.client_file import look_over_client_file, with_client_file

    after, secrets = with_client_file(ws, connector, data)
    found = look_over_client_file(ws, connector, after, data, redirect)
    return after, secrets, {field: finding_text(code, facts) for field, code, facts in found}


def open_page(url: str, _: Job) -> bool:
    """Open an address in the browser; False where none could be started, or it gave up at once."""
    from smtpwizard.usecases.browser import open_in_browser, when_given_up

    given_up = threading.Event()
    if not open_in_browser(url):
        return False
    when_given_up(url, given_up.set)
    return not given_up.wait(_OPENS_WITHIN_S)


def remove(ws: Workspace, rows: Sequence[ListRow], _: Job) -> Removal:
    """Remove connectors so that it can be undone, until it is finished."""
    from smtpwizard.usecases.list_rows import stored_of
    from smtpwizard.usecases.undoable_remove import remove_for_now

    return remove_for_now(ws, [stored_of(ws, row) for row in rows])


def undo_removal(removal: Removal, _: Job) -> Sequence[StoredConnector]:
    """Bring back what was removed."""
    return removal.undo()


def finish_removal(removal: Removal, _: Job) -> bool:
    """Erase what was removed, its secrets too."""
    return removal.finish()


def duplicate(
    ws: Workspace, row: ListRow, name_of: Callable[[int], str], _: Job
) -> StoredConnector:
    """Copy a connector under the first name of `name_of(1)`, `name_of(2)`, … that is free."""
    from smtpwizard.usecases.duplicate import duplicate_connector, free_name
    from smtpwizard.usecases.list_rows import stored_of

    return duplicate_connector(ws, stored_of(ws, row), free_name(ws, name_of))


def make_default(ws: Workspace, stored: StoredConnector, _: Job) -> None:
    """Make a connector the project's default."""
    from smtpwizard.usecases.default import set_default

    set_default(ws, stored)


def make_row_default(ws: Workspace, row: ListRow, job: Job) -> None:
    """Make the connector of a row the project's default."""
    from smtpwizard.usecases.list_rows import stored_of

    make_default(ws, stored_of(ws, row), job)


def verify_many(
    ws: Workspace, rows: Sequence[ListRow], stopper: CancelToken, job: Job
) -> many.Summary:
    """Verify these connectors, without sending anything; what became of each is reported, with its
    row as it is kept then, or None where it was skipped and is as it was.

    Raises `SecretStoreError` before anything is done where the encrypted file needs its passphrase.
    """
    from smtpwizard.usecases.list_rows import fresh_row
    from smtpwizard.usecases.verify_all import Ended, Watcher, open_encrypted_file, verify_all

    by_id = {row.id: row for row in rows}

    def ended(one: Ended) -> None:
        job.report((one, fresh_row(ws, by_id[one.id]) if one.skipped is None else None))

    found = (ws.store.read(row.id) for row in rows)
    chosen = [stored for stored in found if stored is not None]
    with job.token.on_cancel(stopper.cancel):
        open_encrypted_file(ws, chosen, stopper)
        return verify_all(ws, chosen, token=stopper, watcher=Watcher(ended=ended))


def compare_connectors(ws: Workspace, one: str, other: str, _: Job) -> Sequence[Difference]:
    """What differs between two connectors and their last runs."""
    from smtpwizard.usecases.compare import compare

    found = compare(ws, one, other)
    _read_titles(found)
    return found


def change_passphrase(ws: Workspace, old: Secret, new: Secret, _: Job) -> None:
    """Encrypt the file of secrets anew under another passphrase."""
    from smtpwizard.usecases.passphrase import change_passphrase as change

    change(ws, old, new)


def set_passphrase(ws: Workspace, _: Job) -> None:
    """Make the encrypted file, under a passphrase of its own."""
    from smtpwizard.usecases.passphrase import set_passphrase as set_it

    set_it(ws)


def move_secrets(ws: Workspace, to: str, stopper: CancelToken, job: Job) -> Moved:
    """Move what is kept already to another store; reports how many of how many are done.

    `stopper` ends it between two secrets, and the outcome still comes.
    """
    from smtpwizard.usecases.move_secrets import move_secrets as move

    with job.token.on_cancel(stopper.cancel):
        return move(ws, to, token=stopper, progress=lambda *done: job.report(done))


def choose_store(ws: Workspace, name: str, _: Job) -> None:
    """Keep secrets in another store from now on."""
    ws.choose_secret_store(name)


def bind_again(ws: Workspace, refused: BoundElsewhere, _: Job) -> None:
    """Use a connector's stored secrets for what it says now: the user has agreed."""
    from smtpwizard.usecases import kept_secrets

    kept_secrets.bind_again(ws, refused)


def read_dates(ws: Workspace, _: Job) -> tuple[DatedEvent, ...]:
    """All dates on which something ends, each thing once; raises `StorageError`."""
    from smtpwizard.usecases.dates import all_dates, joined

    return joined(all_dates(ws))


def write_calendar_of(events: Sequence[DatedEvent], path: Path, _: Job) -> None:
    """These dates as an iCalendar file; raises `UsageError("file_unwritable")`."""
    from smtpwizard.messages.signing_in import date_text
    from smtpwizard.usecases.chosen_files import write_chosen
    from smtpwizard.usecases.dates import calendar

    content = calendar(events, [date_text(e.what, e.facts()) for e in events])
    write_chosen(path, content, "ics")


# -- runs, cases and answers --------------------------------------------------------------------


def read_run(
    ws: Workspace, stored: StoredConnector, identifier: str, _: Job
) -> tuple[Run, Connector | None]:
    """One recorded run, and the connector as it was verified then."""
    from smtpwizard.model.connector import read_connector
    from smtpwizard.usecases.history import find_run

    run = find_run(ws, stored, identifier)
    _read_sentences(run.report)
    return run, read_connector(run.connector, ws.defaults_for)[0]


def last_run(ws: Workspace, stored: StoredConnector, _: Job) -> Run | None:
    """The run that the connector's status comes from."""
    from smtpwizard.usecases.history import last_run as newest

    run = newest(ws, stored)
    if run is not None:
        _read_sentences(run.report)
    return run


def _read_sentences(report: Report) -> None:
    """Read what the view of a report says of its causes, which takes a tenth of a second the first
    time, here: there the window would wait for it."""
    from smtpwizard.help_pages import pages
    from smtpwizard.messages.causes import cause_text
    from smtpwizard.messages.face import Face

    if not report.ok:
        pages()
    for cause in report.causes:
        cause_text(cause, Face.WINDOW)


def _read_titles(found: Sequence[Difference]) -> None:
    """The same for what a comparison names."""
    from smtpwizard.messages.comparing import difference_text
    from smtpwizard.messages.face import Face

    for each in found:
        difference_text(Face.WINDOW, *each)


def run_of(
    ws: Workspace, stored: StoredConnector | None, connector: Connector, report: Report
) -> Run:
    """The run of a report that is on screen; nothing is written."""
    from smtpwizard.usecases.history import make_run

    return make_run(ws, stored, connector, report)


def prepare_case(
    ws: Workspace, run: Run, stored: StoredConnector | None, choices: Choices, job: Job
) -> tuple[PreparedCase, CaseText, CaseText]:
    """The case of a run, proven, and all of it in words and as it is; nothing is written."""
    import json

    from smtpwizard.messages.case_in_words import case_in_words
    from smtpwizard.messages.case_texts import file_text, readable_text
    from smtpwizard.usecases.case import prepare_case as prepare

    case = prepare(ws, run, stored, choices, token=job.token)
    sections = case_in_words(json.loads(case.data))
    return case, readable_text(sections, case.stand_ins), file_text(case.data, case.stand_ins)


def write_case(ws: Workspace, case: PreparedCase, path: str, _: Job) -> dict[str, object]:
    """Write a case that was read before it leaves, and keep its table of stand-ins here."""
    from smtpwizard.usecases.case import write_case as write

    return write(ws, case, path)


def open_support_file(ws: Workspace, path: str, _: Job) -> OpenedCase | LookedAt:
    """A case as a place to work, or an answer as it would change its connector."""
    from smtpwizard.usecases.open_case import OpenedCase
    from smtpwizard.usecases.open_case import open_support_file as open_file

    opened = open_file(ws, path)
    if isinstance(opened, OpenedCase):
        _read_sentences(opened.recording.report)
    return opened


def is_support_file(path: str, _: Job) -> bool:
    """Whether a file begins as a case or an answer does, whatever its name; True where it cannot
    be read, which to open it says."""
    from smtpwizard.usecases.open_case import begins_as_support_file

    return begins_as_support_file(path)


def explain_text(ws: Workspace, text: str, _: Job) -> ExplainedBounce:
    """What a failure's text means, and the connectors that it may be of."""
    from smtpwizard.usecases.explain import explain_raw

    return _with_connectors(ws, explain_raw(text))


def explain_file(ws: Workspace, path: str, _: Job) -> ExplainedBounce:
    """What the failure in a file means, and the connectors that it may be of."""
    from smtpwizard.usecases.explain import explain_failure, read_failure_file

    return _with_connectors(ws, explain_failure(read_failure_file(Path(path))))


def _with_connectors(ws: Workspace, explained: Explained) -> ExplainedBounce:
    """Whose message it was; of the text itself nothing is handed on but what may be shown."""
    from dataclasses import replace

    from smtpwizard.model.errors import StorageError
    from smtpwizard.usecases.explain import connectors_of

    found: Sequence[Belonging] = ()
    with suppress(StorageError):  # the list says what cannot be read
        found = connectors_of(ws, explained.delivery)
    delivery = explained.delivery._replace(told="", searched="")
    return replace(explained, delivery=delivery), found


def compare_case(ws: Workspace, case: OpenedCase, other: Other, _: Job) -> Sequence[Difference]:
    """What differs between a case and another one, a file, or a run of its connector."""
    from smtpwizard.usecases.open_case import compare_with

    found = compare_with(ws, case, other)
    _read_titles(found)
    return found


def own_runs(ws: Workspace, case: OpenedCase, _: Job) -> OwnRuns | None:
    """The runs here of the connector that a case was made of; None where it was made elsewhere."""
    from smtpwizard.usecases.open_case import own_runs as find

    return find(ws, case)


def open_replay(case: OpenedCase, _: Job) -> tuple[Workspace, ListedConnector]:
    """A workspace of its own with a copy of the case's connector, whose server is the recorded
    one."""
    from smtpwizard.usecases.replay_case import open_replay as play

    return play(case.playable())


def close_replay(folder: Path, _: Job) -> None:
    """Take away such a workspace."""
    from smtpwizard.usecases.replay_case import close_replay as close

    close(folder)


def try_changes(ws: Workspace, case: OpenedCase, assignments: Sequence[str], job: Job) -> Tried:
    """What the recorded server says to a connector with these `field=value`."""
    from smtpwizard.usecases.edit import parse_assignments
    from smtpwizard.usecases.replay_case import try_changes as tried

    return tried(ws, case.playable(), parse_assignments(assignments), token=job.token)


def write_answer(
    ws: Workspace, case: OpenedCase, assignments: Sequence[str], note: str, path: str, _: Job
) -> None:
    """Write support's answer to a case: these `field=value` and a sentence."""
    from smtpwizard.usecases.chosen_files import write_new
    from smtpwizard.usecases.edit import parse_assignments
    from smtpwizard.usecases.propose import propose

    proposed = propose(ws, case.data, parse_assignments(assignments), note)
    write_new(Path(path), proposed.data, "output")


def apply_answer(ws: Workspace, looked: LookedAt, accept_weaker: bool, _: Job) -> StoredConnector:
    """Change a connector as an answer says."""
    from smtpwizard.usecases.apply import apply_answer as apply

    return apply(ws, looked, accept_weaker=accept_weaker)


# -- one connector, whole -----------------------------------------------------------------------


def read_detail(ws: Workspace, identifier: str, _: Job) -> Detail | None:
    """All that is known of a saved connector; None where it is gone."""
    from smtpwizard.usecases.detail import read_detail as read

    detail = read(ws, identifier)
    if detail is not None and detail.run is not None:
        _read_sentences(detail.run.report)
    return detail


def read_stored(ws: Workspace, identifier: str, _: Job) -> StoredConnector | None:
    """A connector as it is saved now; None where it is gone."""
    return ws.store.read(identifier)


def replace_secret(
    ws: Workspace, stored: StoredConnector, kind: str, secret: Secret, job: Job
) -> StoredConnector:
    """Keep another secret of this kind, in the same place."""
    from smtpwizard.usecases.save import save_connector

    return save_connector(
        ws, stored.connector, secrets={kind: secret}, stored=stored, token=job.token
    )


def forget_secret(ws: Workspace, stored: StoredConnector, kind: str, _: Job) -> StoredConnector:
    """Delete a kept secret; the connector stays."""
    from smtpwizard.usecases.forget_secret import forget_secret as forget

    return forget(ws, stored, kind)


def compare_two(
    ws: Workspace, stored: StoredConnector, first: str, second: str, _: Job
) -> tuple[Sequence[Difference], int, str]:
    """What differs between two runs, of how many things, and what that says."""
    from smtpwizard.cases.compare import count_compared, differences, meaning_of
    from smtpwizard.usecases.compare import side_of_run
    from smtpwizard.usecases.history import find_run

    one, other = (side_of_run(find_run(ws, stored, each)) for each in (first, second))
    found = differences(one, other)
    _read_titles(found)
    return found, count_compared(one, other), meaning_of(found).value


# -- projects -----------------------------------------------------------------------------------


def list_projects(ws: Workspace, _: Job) -> Sequence[Project]:
    """All projects by name."""
    from smtpwizard.usecases.project import list_projects as all_of_them

    return all_of_them(ws)


def project_now(ws: Workspace, _: Job) -> Project | None:
    """The project that is shown, as it is on the disk; None where it was removed."""
    from smtpwizard.usecases.project import project_now as now

    return now(ws)


def enter_project(ws: Workspace, project_id: str, _: Job) -> Workspace:
    """A workspace on another project, which the window shows from now on."""
    from smtpwizard.usecases.project import enter_project as enter

    return enter(ws, project_id)


def leave_removed_project(ws: Workspace, _: Job) -> Workspace:
    """A workspace on what is the current project now."""
    return ws.in_project(ws.data.current_project())


def create_project(ws: Workspace, values: Mapping[str, str | None], _: Job) -> Project:
    """A new, empty project."""
    from smtpwizard.usecases.project import create_project as create

    others = {key: value for key, value in values.items() if key != "name"}
    return create(ws, values["name"] or "", **others)


def save_project(ws: Workspace, values: Mapping[str, str | None], _: Job) -> Project:
    """Change the project that is shown."""
    from smtpwizard.usecases.project import set_project

    return set_project(ws, **values)


def remove_project(
    ws: Workspace, with_connectors: bool, _: Job
) -> tuple[ProjectRemoval | None, Workspace]:
    """Remove the project that is shown, and answer a workspace on the one that is current then.

    One without connectors can still be brought back; with them it goes at once.
    """
    from smtpwizard.usecases.remove_project import ProjectRemoval

    removal = ProjectRemoval(ws, ws.project, with_connectors=with_connectors)
    if with_connectors:
        removal.finish()
    return (None if with_connectors else removal), ws.in_project(ws.data.current_project())


def undo_project_removal(removal: ProjectRemoval, _: Job) -> Project:
    """Bring a project back."""
    return removal.undo()


def finish_project_removal(removal: ProjectRemoval, _: Job) -> bool:
    """Erase what was removed."""
    return removal.finish()


def plan_transfer(
    ws: Workspace, rows: Sequence[ListRow], target: Project, move: bool, _: Job
) -> Plan:
    """What of the connectors would be another in another project."""
    from smtpwizard.usecases.list_rows import stored_of
    from smtpwizard.usecases.transfer import plan_transfer as plan

    return plan(ws, [stored_of(ws, row) for row in rows], target, move=move)


def transfer(ws: Workspace, plan: Plan, move: bool, with_trust: bool, _: Job) -> Transferred:
    """Move connectors to another project, or copy them there, with whom they are verified with."""
    from smtpwizard.usecases.transfer import transfer as work

    return work(ws, plan, move=move, with_trust=with_trust)


def move_back(ws: Workspace, done: Transferred, _: Job) -> MovedBack:
    """Undo a move."""
    from smtpwizard.usecases.transfer import move_back as back

    return back(ws, done)


def take_requests(one: OneWindow, _: Job) -> Sequence[Request]:
    """What other starts of the program have asked this window for."""
    return one.take_requests()


# -- certificates ---------------------------------------------------------------------------------


def trusted_certificates(
    ws: Workspace, _: Job
) -> tuple[tuple[OneCertificate, ...], tuple[TlsServer, ...]]:
    """Whom the project and its connectors trust besides the system, and the connectors."""
    from smtpwizard.usecases.own_certificates import all_trusted, by_certificate
    from smtpwizard.usecases.own_trust import servers

    return by_certificate(all_trusted(ws)), servers(ws)


def look_at_server(
    ws: Workspace, text: str, security: Security | None, connector: str, job: Job
) -> Look:
    """The certificates that a server shows, judged as a connector does where there is one (an
    id)."""
    from smtpwizard.usecases.certificates import look_at_server as look
    from smtpwizard.usecases.certificates import parse_server

    stored = ws.store.read(connector) if connector else None
    return look(ws, *parse_server(text), security=security, connector=stored, token=job.token)


def read_certificates(path: str, _: Job) -> tuple[Certificate, ...]:
    """The certificates of a file."""
    from smtpwizard.usecases.certificates import read_certificates as read

    return read(Path(path))


def trust_certificates(
    ws: Workspace, certificates: Sequence[Certificate], connector: str, _: Job
) -> tuple[Certificate, ...]:
    """Trust these for the project; a connector (an id) that has a CA file or a pin of its own goes
    by that no longer."""
    from smtpwizard.usecases.certificates import trust
    from smtpwizard.usecases.own_trust import use_project_trust

    trusted = trust(ws, certificates)
    if connector:
        use_project_trust(ws, connector)
    return trusted


def distrust_certificate(ws: Workspace, fingerprint: str, _: Job) -> Certificate:
    """Trust one no longer."""
    from smtpwizard.usecases.certificates import distrust

    return distrust(ws, fingerprint)


def connector_servers(ws: Workspace, _: Job) -> tuple[TlsServer, ...]:
    """Each connector that speaks TLS."""
    from smtpwizard.usecases.own_trust import servers

    return servers(ws)


def pin_certificate(ws: Workspace, identifier: str, pem: str, _: Job) -> StoredConnector:
    """Have one connector trust one certificate alone."""
    from smtpwizard.usecases.own_trust import pin

    return pin(ws, identifier, pem)


def use_project_trust(ws: Workspace, uses: Sequence[tuple[str, str]], _: Job) -> tuple[Given, ...]:
    """Have connectors (id, and through what they trust for themselves) trust whom their project
    trusts; answers what they had of their own."""
    from smtpwizard.usecases.own_trust import use_project_trust_in_all

    return use_project_trust_in_all(ws, uses)


def put_back_own_trust(
    ws: Workspace, given: Sequence[Given], _: Job
) -> tuple[StoredConnector, ...]:
    """Have connectors trust by themselves what was taken away."""
    from smtpwizard.usecases.own_trust import put_all_back

    return put_all_back(ws, given)
