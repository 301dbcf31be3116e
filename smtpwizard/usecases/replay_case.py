"""What one does with a replay: try a change, serve the recorded server, walk the wizard's pages."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpwizard.cases.compare import Difference, same_run, side_of
from smtpwizard.demo.replay.recorded import Recording
from smtpwizard.demo.replay.server import ReplayServer
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Method
from smtpwizard.model.report import Report
from smtpwizard.usecases.connectors import ListedConnector, list_connectors
from smtpwizard.usecases.edit import edit_fields
from smtpwizard.usecases.replay import replay_report
from smtpwizard.usecases.save import save_connector
from smtpwizard.usecases.workspace import Workspace

if TYPE_CHECKING:
    from smtpwizard.net.cancel import CancelToken

_STORE = "session"


class Tried(NamedTuple):
    """What came of verifying against a record: whether and where it went otherwise."""

    report: Report
    differences: tuple[Difference, ...]

    @property
    def same(self) -> bool:
        return not self.differences


def try_changes(
    ws: Workspace,
    recording: Recording,
    values: Mapping[str, Any],
    *,
    strict: bool = False,
    token: CancelToken | None = None,
) -> Tried:
    """Verify against the record, with fields of the connector changed: what would that have done?

    Of the workspace only what is known of providers is used. Raises `UsageError` for a change that
    the wizard would not take.
    """
    connector = recording.connector
    if values:
        connector = edit_fields(ws, connector, values)
    entry = ws.provider_of(connector)
    played = replay_report(recording, connector, entry=entry, strict=strict, token=token)
    found = same_run(
        side_of(recording.connector.to_json(), recording.report),
        side_of(connector.to_json(), played),
        tuple(values),
    )
    if played.beyond and values:  # what stopped it there has no cause that could be compared
        found = tuple(each for each in found if each.part != "causes")
    return Tried(played, found)


def serve_replay(
    recording: Recording, *, port: int = 0, real_time: bool = False, strict: bool = False
) -> ReplayServer:
    """The recorded server on loopback, for as long as its `with` block lasts."""
    return ReplayServer(recording, port=port, strict=strict, real_time=real_time)


def open_replay(recording: Recording) -> tuple[Workspace, ListedConnector]:
    """A workspace of its own, with the recorded connector and the recorded network: for the
    wizard's own pages.

    Its folder is to be taken away with `close_replay`; its secrets are words that live for this
    process.
    """
    folder = tempfile.mkdtemp(prefix="smtpwizard-replay-")  # mode 0700
    ws = Workspace.open(Path(folder), secret_store=_STORE)
    ws.recording = recording
    kinds = {
        Method.BASIC: ("password",),
        Method.OAUTH: ("refresh_token",),
        Method.NONE: (),
    }[recording.connector.authentication.method]
    secrets = {kind: Secret(token_urlsafe(16)) for kind in kinds}
    # Whatever a stranger's file says, no program is started.
    authentication = recording.connector.authentication._replace(secret_command=None)
    copy = recording.connector._replace(authentication=authentication)
    save_connector(ws, copy, secrets=secrets)
    return ws, list_connectors(ws)[0]


def close_replay(folder: Path) -> None:
    """Take away the folder of such a workspace, and nothing else."""
    if folder.name.startswith("smtpwizard-replay-"):
        shutil.rmtree(folder, ignore_errors=True)
