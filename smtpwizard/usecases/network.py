"""How look-ups are made: the application's settings, and what a command says over them.

None of it is for a verification, a sign-in or an email.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from smtpwizard.model.network_settings import (
    ConnectTo,
    NameServer,
    NetworkSettings,
    parse_name_server,
    parse_rules,
)
from smtpwizard.usecases.settings import (
    CA_FILE,
    CONNECT_TO,
    NAME_SERVER,
    OFFLINE,
    look_up_settings,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from smtpwizard.usecases.workspace import Workspace


def network_settings(
    ws: Workspace,
    *,
    name_server: NameServer | None = None,
    connect_to: Sequence[ConnectTo] = (),
    ca_file: str | None = None,
    offline: bool | None = None,
) -> NetworkSettings:
    """What is given here, and the settings for the rest; rules given here come first."""
    kept = look_up_settings(ws)
    known = kept[NAME_SERVER]
    rules = parse_rules(kept[CONNECT_TO]) if kept[CONNECT_TO] else ()
    return NetworkSettings(
        name_server or (parse_name_server(known) if known else None),
        (*connect_to, *rules),
        ca_file or kept[CA_FILE],
        kept[OFFLINE] if offline is None else offline,
    )
