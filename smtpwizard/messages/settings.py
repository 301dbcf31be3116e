"""What a setting is, and why a value of it will not do in the window."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate

# In the words of the window's page Settings.
_WHAT: Mapping[str, str] = {
    "theme": _("light, dark, or as the desktop (system)"),
    "history.runs": _("tests kept of each connector"),
    "notifications": _("seconds that a notification stays; 0: until it is closed"),
    "secret_store": _("where new secrets go: keyring, or the encrypted file (file)"),
    "network.name_server": _("name server for look-ups"),
    "network.connect_to": _("where look-ups go in place of a host and port"),
    "network.ca_file": _("CA file for look-ups"),
    "network.offline": _("look nothing up"),
}
_WRONG: Mapping[str, str] = {
    "notifications": _("A whole number of seconds, from 0 to 600."),
    "history.runs": _("A whole number from 1 to 1000."),
    "network.name_server": _("An IP address, with a port behind it if need be: 192.0.2.53:5353."),
    "network.connect_to": _(
        "HOST:PORT:ADDRESS:PORT, several with a comma between: example.com:443:127.0.0.1:8443."
    ),
    "network.ca_file": _("The whole path of a file of certificates (PEM)."),
}


def setting_text(name: str) -> str:
    """What a setting is, in a few words."""
    return translate(_WHAT[name])


def wrong_value_text(name: str) -> str:
    """What a setting takes, where something else was typed."""
    return translate(_WRONG[name])
