"""What a sentence says differently in the window and in the terminal: how to do the next step.

A sentence names a step as `{do_…}` and a field as `{at_…}`; `fill` puts in what this face calls it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from smtpwizard.messages.translation import mark as _


class Face(StrEnum):
    """Where a sentence is shown."""

    WINDOW = "window"
    COMMAND_LINE = "command_line"


# A whole sentence each: what to do next.
STEPS: Mapping[str, Mapping[Face, str]] = {
    "test_again": {
        Face.WINDOW: _("Choose Test again."),
        Face.COMMAND_LINE: _("Run smtpwizard verify again."),
    },
    "sign_in": {
        Face.WINDOW: _("Choose Sign in on the page Authenticate."),
        Face.COMMAND_LINE: _("Run smtpwizard sign-in NAME."),
    },
    "sign_in_again": {
        Face.WINDOW: _("Sign in again on the page Authenticate."),
        Face.COMMAND_LINE: _("Sign in again: smtpwizard sign-in NAME."),
    },
    "choose_oauth": {
        Face.WINDOW: _("On the page Authenticate choose OAuth (recommended)."),
        Face.COMMAND_LINE: _(
            "Switch to OAuth: smtpwizard edit NAME --set authentication.method=oauth, then "
            "smtpwizard sign-in NAME."
        ),
    },
    "choose_login": {
        Face.WINDOW: _("On the page Authenticate choose OAuth (recommended) or Basic."),
        Face.COMMAND_LINE: _(
            "Give the connector a login: smtpwizard edit NAME --set authentication.method=oauth "
            "(recommended), or =basic."
        ),
    },
    "choose_no_login": {
        Face.WINDOW: _("On the page Authenticate choose No authentication."),
        Face.COMMAND_LINE: _(
            "Take the login out: smtpwizard edit NAME --set authentication.method=none."
        ),
    },
    "use_secret_file": {
        Face.WINDOW: _("Choose the encrypted file when the program asks where to keep secrets."),
        Face.COMMAND_LINE: _("Use the encrypted file: smtpwizard --secret-store file …"),
    },
    "send_transcript": {
        Face.WINDOW: _(
            "Send the transcript (shown under the stages) to the server's administrator."
        ),
        Face.COMMAND_LINE: _(
            "Send the transcript (smtpwizard verify NAME --json) to the server's administrator."
        ),
    },
    "see_certificate": {
        Face.WINDOW: _("See which names the certificate has with Find out more."),
        Face.COMMAND_LINE: _(
            "See which names the certificate has with smtpwizard verify NAME --find-out-more."
        ),
    },
}
