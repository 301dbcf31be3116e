"""What an administrator may have made at the provider, in the provider's words, and what a sign-in
then does; where its values come from; what became of a pasted text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smtpwizard.messages.face import field_label
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.pasted_registration import LeftOut, PastedRegistration
from smtpwizard.model.registration import Family, Redirect

# What each kind is called by those who give it out, and what then happens.
CLIENT_KINDS: Mapping[str, tuple[str, str]] = {
    "google.web": (
        _("Web application"),
        _("As the guide says. Google sends you back to Smart Flows; you paste the address here."),
    ),
    "google.loopback": (
        _("Desktop app"),
        _("Google sends you back to this computer. Nothing to paste."),
    ),
    "google.device": (
        _("TVs and Limited Input devices"),
        _("Not possible: Google has no device code for mail."),
    ),
    "google.app": (
        _("Service account"),
        _("Nobody signs in; a key file speaks for the mailbox. Google Workspace only."),
    ),
    "microsoft.web": (
        _("Web"),
        _("As the guide says. Microsoft sends you back to Smart Flows; you paste the address."),
    ),
    "microsoft.loopback": (
        _("Mobile and desktop applications"),
        _("A public client, without a secret. Microsoft sends you back to this computer."),
    ),
    "microsoft.device": (
        _("Device code"),
        _("“Allow public client flows” is on. You enter a code on any device, such as a phone."),
    ),
    "microsoft.app": (
        _("Application permission"),
        _("Nobody signs in; the app sends by itself (SMTP.SendAsApp). An administrator agrees."),
    ),
    "generic.web": (
        _("Web application"),
        _("With a secret. The provider sends you back to Smart Flows; you paste the address here."),
    ),
    "generic.loopback": (
        _("Desktop app"),
        _("A native client. The provider sends you back to this computer. Nothing to paste."),
    ),
    "generic.device": (
        _("Device code"),
        _("You enter a code on any device, such as a phone."),
    ),
    "generic.app": (
        _("Client credentials"),
        _("Nobody signs in; the application sends by itself."),
    ),
}

_WHERE: Mapping[Family, str] = {
    Family.GOOGLE: _("Google"),
    Family.MICROSOFT: _("Microsoft"),
    Family.GENERIC: _("the provider"),
}

# Where the client ID stands at the provider.
_CLIENT_ID_HINTS: Mapping[Family, str] = {
    Family.GOOGLE: _("From Clients in the Google Cloud console."),
    Family.MICROSOFT: _("“Application (client) ID” on the app's Overview page."),
    Family.GENERIC: _("From the app registration at the provider."),
}

_SECRET_HINTS: Mapping[str, str] = {
    "google.app": _("The whole key file (JSON) of the service account."),
    "google": _("Shown once, when the client is made."),
    "microsoft.loopback": _("A public client has none: leave it empty."),
    "microsoft.device": _("A public client has none: leave it empty."),
    "microsoft": _("The Value under Certificates & secrets, not its Secret ID."),
    "generic.web": _("From the provider, who mostly shows it once, when the client is made."),
    "generic.app": _("From the provider, who mostly shows it once, when the client is made."),
    "generic": _("Leave it empty if the provider gave you none."),
}

_LEFT_OUT: Mapping[LeftOut, str] = {
    LeftOut.ANSWER: _(
        "The code in the address was left out: paste it as Final address, while a sign-in waits."
    ),
    LeftOut.SECRET: _("A secret was taken out again: it would be saved unprotected here."),
    LeftOut.SECRET_ID: _("The Secret ID is not needed."),
    LeftOut.OBJECT_ID: _("The Object ID is not needed."),
}
_SORTED = _("Sorted into: {fields}.")


def kind_text(family: Family | None, redirect: Redirect) -> tuple[str, str]:
    """What this kind of client is called at the provider, and what then happens."""
    name, note = CLIENT_KINDS[f"{family or Family.GENERIC}.{redirect}"]
    return translate(name), translate(note)


def provider_text(family: Family | None, name: str = "") -> str:
    """Who gave out the registration: a family's own name, else the provider's (`name`)."""
    if family in (Family.GOOGLE, Family.MICROSOFT):
        return translate(_WHERE[family])
    return name or translate(_WHERE[Family.GENERIC])


def client_id_hint(family: Family | None) -> str:
    """Where the client ID comes from."""
    return translate(_CLIENT_ID_HINTS[family or Family.GENERIC])


def client_secret_hint(family: Family | None, redirect: Redirect) -> str:
    """Where the client secret comes from."""
    known = family or Family.GENERIC
    return translate(_SECRET_HINTS.get(f"{known}.{redirect}") or _SECRET_HINTS[known])


def pasted_text(pasted: PastedRegistration) -> str:
    """What became of a text that was pasted into a box."""
    said: Sequence[str] = [translate(_LEFT_OUT[each]) for each in pasted.left_out]
    labels = ", ".join(field_label(field) for field in pasted.fields)
    sorted_in = [translate(_SORTED).format(fields=labels)] if labels else []
    return " ".join((*sorted_in, *said))
