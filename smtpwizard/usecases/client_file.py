"""The JSON file of an app registration or a service account, as Google's console gives it out."""

from __future__ import annotations

from pathlib import Path

from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import Connector
from smtpwizard.model.registration import Redirect
from smtpwizard.oauth import client_file
from smtpwizard.usecases.chosen_files import read_chosen
from smtpwizard.usecases.sign_in import web_redirect
from smtpwizard.usecases.workspace import Workspace


def read_file(path: Path) -> bytes:
    """The file's bytes; raises `UsageError`."""
    cap = client_file.CLIENT_JSON_CAP
    return read_chosen(path, cap, "client_json", too_large="client_json_too_large")


def with_client_file(
    ws: Workspace, connector: Connector, data: bytes
) -> tuple[Connector, dict[str, Secret]]:
    """The connector with the registration in the file, and the secrets it brings by kind.

    Raises `UsageError`: see `oauth.client_file`.
    """
    return client_file.with_client_file(ws.catalogue, connector, data, web_redirect(ws))


def look_over_client_file(
    ws: Workspace,
    before: Connector,
    after: Connector,
    data: bytes,
    redirect: Redirect | None = None,
) -> list[tuple[str, str, dict[str, object]]]:
    """What to say about a file whose registration made `after` of `before`; raises `UsageError`:
    see `oauth.client_file`."""
    return client_file.look_over_client_file(
        ws.catalogue, before, after, data, web_redirect(ws), redirect
    )
