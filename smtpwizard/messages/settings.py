"""Why a value of a setting will not do, in the window."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

_WRONG: Mapping[str, str] = {
    "notifications": _("A whole number of seconds, from 0 to 600."),
    "history.runs": _("A whole number from 1 to 1000."),
    "network.name_server": _("An IP address, with a port behind it if need be: 192.0.2.53:5353."),
    "network.connect_to": _(
        "HOST:PORT:ADDRESS:PORT, several with a comma between: example.com:443:127.0.0.1:8443."
    ),
    "network.ca_file": _("The whole path of a file of certificates (PEM)."),
}


def wrong_value_text(name: str) -> str:
    """What a setting takes, where something else was typed."""
    return translate(_WRONG[name])
