"""What a sentence says differently in the window and in the terminal: steps and fields.

A sentence names a step as `{do_…}` and a field as `{at_server_port}`; it then ends with where that
field is found: the command in the terminal, the heading in the window, which is that of a page of
the wizard and of a part of all settings alike.
"""

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from smtpwizard.messages.translation import Facts, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.addresses import clean_text


class Face(StrEnum):
    """Where a sentence is shown."""

    WINDOW = "window"
    COMMAND_LINE = "command_line"


# A sentence of both faces, or one for each.
Sentence = str | Mapping[Face, str]

# A whole sentence each: what to do next; in order of the alphabet.
STEPS: Mapping[str, Mapping[Face, str]] = {
    "apply_answer": {
        Face.WINDOW: _("Open it to see what it would change."),
        Face.COMMAND_LINE: _("See what it would change: smtpwizard apply --dry-run ANSWER"),
    },
    "approve_command": {
        Face.WINDOW: _(
            "If you trust it, approve it on the command line: smtpwizard verify with "
            "--approve-command."
        ),
        Face.COMMAND_LINE: _("If you trust it, approve it with --approve-command."),
    },
    "check_computer": {
        Face.WINDOW: _("This computer (menu Help) shows what it offers."),
        Face.COMMAND_LINE: _("See what this computer offers: smtpwizard doctor"),
    },
    "check_recipient": {
        Face.WINDOW: _(
            "Check the recipient, Send to, for typing errors; if it is empty, check Admin user "
            "email address (under Admin and test)."
        ),
        Face.COMMAND_LINE: _(
            "Check the recipient for typing errors; of a test, it is what follows --send-to."
        ),
    },
    "choose_basic": {
        Face.WINDOW: _("Under Authenticate choose Basic."),
        Face.COMMAND_LINE: _(
            "Use a password: smtpwizard edit NAME --set authentication.method=basic --secret-stdin."
        ),
    },
    "choose_login": {
        Face.WINDOW: _("Under Authenticate choose OAuth (recommended) or Basic."),
        Face.COMMAND_LINE: _(
            "Give the connector a login: smtpwizard edit NAME --set authentication.method=oauth "
            "(recommended), or =basic."
        ),
    },
    "choose_no_login": {
        Face.WINDOW: _("Under Authenticate choose No authentication."),
        Face.COMMAND_LINE: _(
            "Take the login out: smtpwizard edit NAME --set authentication.method=none."
        ),
    },
    "choose_oauth": {
        Face.WINDOW: _("Under Authenticate choose OAuth (recommended)."),
        Face.COMMAND_LINE: _(
            "Switch to OAuth: smtpwizard edit NAME --set authentication.method=oauth; "
            "smtpwizard guide NAME then says what it needs."
        ),
    },
    "enter_secret": {
        Face.WINDOW: _("Edit the connector and enter it again."),
        Face.COMMAND_LINE: _(
            "Give it with --secret-stdin, or store it: smtpwizard edit NAME --secret-stdin"
        ),
    },
    "list_connectors": {
        Face.WINDOW: _("Look for it in the list."),
        Face.COMMAND_LINE: _("See: smtpwizard list"),
    },
    "other_recipient": {
        Face.WINDOW: _(
            "Take another recipient for the test: enter it as Send to (under Admin and test)."
        ),
        Face.COMMAND_LINE: _(
            "Take another recipient for the test: smtpwizard verify NAME --send-to …"
        ),
    },
    "remove_pin": {
        Face.WINDOW: _("Remove the pinned certificate (on the connector's page, under Security)."),
        Face.COMMAND_LINE: _(
            "Remove the pinned certificate: smtpwizard edit NAME --set server.pinned_certificate="
        ),
    },
    "see_certificate": {
        Face.WINDOW: _("See which names the certificate has with Find out more."),
        Face.COMMAND_LINE: _(
            "See which names the certificate has with smtpwizard verify NAME --find-out-more."
        ),
    },
    "send_transcript": {
        Face.WINDOW: _(
            "Send the transcript (shown under the stages) to the server's administrator."
        ),
        Face.COMMAND_LINE: _(
            "Send the transcript (smtpwizard verify NAME --json) to the server's administrator."
        ),
    },
    "sign_in": {
        Face.WINDOW: _("Choose Sign in under Authenticate."),
        Face.COMMAND_LINE: _("Run smtpwizard sign-in NAME."),
    },
    "sign_in_again": {
        Face.WINDOW: _("Sign in again under Authenticate."),
        Face.COMMAND_LINE: _("Sign in again: smtpwizard sign-in NAME."),
    },
    "test_again": {
        Face.WINDOW: _("Then test again."),
        Face.COMMAND_LINE: _("Then run smtpwizard verify NAME again."),
    },
    "trust_for_project": {
        Face.WINDOW: _("Add that file under Certificates, for all connectors of the project."),
        Face.COMMAND_LINE: _(
            "Trust it for all connectors of the project: smtpwizard certificates trust FILE."
        ),
    },
    "use_secret_file": {
        Face.WINDOW: _("Choose the encrypted file when the program asks where to keep secrets."),
        Face.COMMAND_LINE: _("Use the encrypted file: smtpwizard --secret-store file …"),
    },
    "write_unproven": {
        Face.WINDOW: _("Leave out the part that does not agree."),
        Face.COMMAND_LINE: _("With --unproven it is written all the same, and says so."),
    },
}


# The same in the window, where a link to the field stands beneath.
_AT_HAND: Mapping[str, Mapping[Face, str]] = {
    "check_recipient": {
        Face.WINDOW: _(
            "Check the recipient, Send to, for typing errors; if it is empty, check Admin user "
            "email address."
        )
    },
    "choose_basic": {Face.WINDOW: _("Choose Basic.")},
    "choose_login": {Face.WINDOW: _("Choose OAuth (recommended) or Basic.")},
    "choose_no_login": {Face.WINDOW: _("Choose No authentication.")},
    "choose_oauth": {Face.WINDOW: _("Choose OAuth (recommended).")},
    "other_recipient": {
        Face.WINDOW: _("Take another recipient for the test: enter it as Send to.")
    },
    "sign_in": {Face.WINDOW: _("Choose Sign in.")},
    "sign_in_again": {Face.WINDOW: _("Sign in again.")},
}


def next_steps(face: Face, *, at_hand: bool) -> Mapping[str, str]:
    """What to do next as `face` says it, by the names that templates have for it; `at_hand`: where
    a link to the field stands beneath."""
    steps = {name: sentences[face] for name, sentences in STEPS.items()}
    if at_hand and face is Face.WINDOW:
        steps |= {name: faces[face] for name, faces in _AT_HAND.items()}
    return {f"do_{name}": translate(text) for name, text in steps.items()}


# What leads to the sign-in, where else a field stands.
SIGN_IN = "authentication.sign_in"
# The fields that these steps are about, by their dotted paths.
_STEP_FIELDS: Mapping[str, tuple[str, ...]] = {
    "check_recipient": ("send_to", "admin.email"),
    "choose_basic": ("authentication.method",),
    "choose_login": ("authentication.method",),
    "choose_no_login": ("authentication.method",),
    "choose_oauth": ("authentication.method",),
    "other_recipient": ("send_to",),
    "sign_in": (SIGN_IN,),
    "sign_in_again": (SIGN_IN,),
}


class Field(NamedTuple):
    """A field: its label in the window, and the page that has it ("" where none does).

    `phrase` is what a sentence calls it in the window where the wizard has no field for it.
    """

    label: str
    page: str
    phrase: str = ""


_NAME, _PROVIDER, _ADVANCED = _("Name and type"), _("Provider"), _("Provider, Advanced")
_AUTHENTICATE, _AUTHENTICATE_ADVANCED = _("Authenticate"), _("Authenticate, Advanced")
_TEST = _("Admin and test")

FIELDS: Mapping[str, Field] = {
    "name": Field(_("Name"), _NAME),
    "description": Field(_("Description"), _NAME),
    "type": Field(_("Type"), _NAME),
    "provider": Field(_("Provider"), _PROVIDER),
    "server.host": Field(_("Server"), _PROVIDER),
    "server.port": Field(_("Port"), _PROVIDER),
    "server.security": Field(_("Encryption method"), _PROVIDER),
    "server.allow_cleartext": Field(_("Send credentials in clear text"), _ADVANCED),
    "server.ca_file": Field(_("CA file"), _ADVANCED),
    "server.ehlo_name": Field(_("EHLO name"), _ADVANCED),
    "server.timeout_s": Field(_("Timeout"), _ADVANCED),
    "server.address_family": Field(_("Address family"), ""),  # set by a fix alone
    "server.proxy": Field(_("Proxy"), "", _("the connector's proxy")),
    "server.pinned_certificate": Field(_("Pinned certificate"), "", _("the pinned certificate")),
    "server.client_certificate": Field(_("Client certificate"), "", _("the client certificate")),
    "authentication.method": Field(_("Authentication"), _AUTHENTICATE),
    "authentication.username": Field(_("User"), _AUTHENTICATE),
    "authentication.password": Field(_("Password"), _AUTHENTICATE),
    "authentication.mechanism": Field(_("Mechanism"), _AUTHENTICATE_ADVANCED),
    "authentication.client_secret": Field(_("Client secret"), _AUTHENTICATE),
    "authentication.oauth.client_id": Field(_("Client ID"), _AUTHENTICATE),
    "authentication.oauth.grant": Field(_("Kind of client"), _AUTHENTICATE),
    "authentication.oauth.client_secret_expires": Field(_("Client secret ends"), _AUTHENTICATE),
    "authentication.oauth.publishing_status": Field(_("Publishing status"), _AUTHENTICATE),
    "authentication.oauth.tenant": Field(_("Tenant"), _AUTHENTICATE),
    "authentication.oauth.redirect_uri": Field(_("Redirect URI"), _AUTHENTICATE),
    "authentication.oauth.scopes": Field(_("Scopes"), _AUTHENTICATE),
    "authentication.oauth.authorization_endpoint": Field(
        _("Authorization endpoint"), _AUTHENTICATE
    ),
    "authentication.oauth.issuer": Field(_("Issuer"), _AUTHENTICATE),
    "authentication.oauth.token_endpoint": Field(_("Token endpoint"), _AUTHENTICATE),
    "authentication.oauth.ca_file": Field(_("Sign-in CA file"), _AUTHENTICATE),
    "project.domain": Field(_("Smart Flows domain"), _AUTHENTICATE),
    "admin.email": Field(_("Admin user email address"), _TEST),
    "admin.name": Field(_("Admin user name"), _TEST),
    "send_to": Field(_("Send to"), _TEST),
    "sender.address": Field(_("Sender address"), _TEST),
    "sender.name": Field(_("Sender name"), _TEST),
    "sender.reply_to": Field(_("Reply-To"), _TEST),
}
# What a step may lead to beside fields.
_BUTTONS: Mapping[str, Field] = {SIGN_IN: Field(_("Sign in"), _AUTHENTICATE)}
_BY_PLACEHOLDER = {field.replace(".", "_"): field for field in FIELDS}

# Given by an option of their own, never as an argument.
_SECRETS: Mapping[str, str] = {
    "authentication.password": _("the password"),
    "authentication.client_secret": _("the client secret"),
}


# Where a setting comes from, if that is no variable of the environment.
SOURCES: Mapping[str, str] = {
    "connector": _("the connector's proxy"),
    "system": _("the proxy settings of this computer"),
}


def field_label(field: str) -> str:
    """What the window calls a field; its dotted path where it has no widget."""
    known = FIELDS.get(field) or _BUTTONS.get(field)
    return translate(known.label) if known is not None and known.label else field


def field_name(field: str, face: Face) -> str:
    """What a sentence calls the field of a dotted path."""
    if face is Face.COMMAND_LINE:
        return translate(_SECRETS[field]) if field in _SECRETS else field
    known = FIELDS.get(field)
    return translate(known.phrase) if known is not None and known.phrase else field_label(field)


_AT = r"\{at_(\w+)\}"
# A value that a template gives to a field, as it is typed: “{at_server_port} to 587”,
# “smtp.example.com as {at_server_host}”.
_VALUE = r"\{\w+\}|[\w-]*\d[\w-]*|[A-Z]{4,}|[\w-]+(?:\.[\w-]+)+"
_FIELD = r"\{at_(?P<field>\w+)\}"
_GIVEN = (
    rf"{_FIELD} to (?P<value>{_VALUE})(?![\w.]*\w)",
    rf"(?<![\w.{{])(?P<value>{_VALUE}) as {_FIELD}",
    rf"\b(?:[Cc]lear|[Rr]emove) (?P<value>){_FIELD}",
)
_DO = r"\{do_(\w+)\}"


def fields_named(sentence: str) -> tuple[str, ...]:
    """The fields with a page of their own that a template names, itself or by its steps."""
    found = [_BY_PLACEHOLDER[key] for key in re.findall(_AT, sentence)]
    found += [field for step in re.findall(_DO, sentence) for field in _STEP_FIELDS.get(step, ())]
    return tuple(field for field in dict.fromkeys(found) if page_of(field))


def page_of(field: str) -> str:
    """The page of the wizard that has a field, or the button of that name; empty where none."""
    known = FIELDS.get(field) or _BUTTONS.get(field)
    return translate(known.page).partition(",")[0] if known is not None and known.page else ""


def name_fields(sentence: str, face: Face, *, brought: bool = False, where: bool = True) -> str:
    """A sentence with its fields named as `face` does, and where they are found put at its end.

    `where`: whether the end is said. `brought`: the provider brings the server's settings, so the
    window shows no fields for them.
    """
    fields = [_BY_PLACEHOLDER[key] for key in dict.fromkeys(re.findall(_AT, sentence))]
    named = re.sub(_AT, lambda match: field_name(_BY_PLACEHOLDER[match[1]], face), sentence)
    found = _where(fields, face, brought, _values_given(sentence)) if where else ""
    if not found:
        return named
    body, stop = (named[:-1], ".") if named.endswith(".") else (named, "")
    return f"{body} ({found}){stop}"


def _values_given(sentence: str) -> Mapping[str, str]:
    """The value that a template gives to each of its fields, where it says which; the first one."""
    found: dict[str, str] = {}
    for pattern in _GIVEN:
        for match in re.finditer(pattern, sentence):
            found.setdefault(_BY_PLACEHOLDER[match["field"]], match["value"])
    return found


def _where(fields: Sequence[str], face: Face, brought: bool, values: Mapping[str, str]) -> str:
    if face is Face.WINDOW:
        if brought and any(field.startswith("server.") and FIELDS[field].page for field in fields):
            return translate(_("under Provider, with Create a connection"))
        found = (FIELDS[field].page for field in fields)
        pages = dict.fromkeys(translate(page) for page in found if page)
        if fields and not pages:
            return translate(_("in a terminal, with smtpwizard edit"))
        return translate(_("under {pages}")).format(pages=" / ".join(pages)) if pages else ""
    options = (
        "--secret-stdin" if field in _SECRETS else f"--set {field}={values.get(field, '…')}"
        for field in fields
    )
    return " ".join(("smtpwizard edit NAME", *dict.fromkeys(options))) if fields else ""


def sentence_text(sentence: Sentence, facts: Mapping[str, Any], face: Face) -> str:
    """A sentence as this face says it, with its steps, fields and facts filled in."""
    text = sentence if isinstance(sentence, str) else sentence[face]
    said = name_fields(translate(text), face).format_map(_Spoken(facts, face))
    if not facts.get("similar"):
        return said
    return f"{said}{'' if said.endswith('.') else '.'} {_question(facts['similar'])}"


def _question(names: Sequence[str]) -> str:
    """Whether one of these was meant."""
    *others, last = (f"“{clean_text(name)}”" for name in names)
    if not others:
        return translate(_("Did you mean {name}?")).format(name=last)
    return translate(_("Did you mean {names} or {name}?")).format(
        names=", ".join(others), name=last
    )


class _Spoken(Facts):
    """Facts, and behind `do_…` the steps of a face."""

    def __init__(self, facts: Mapping[str, Any], face: Face) -> None:
        super().__init__(facts)
        self._face = face

    def __getitem__(self, key: str) -> str:
        step = STEPS.get(key.removeprefix("do_"))
        if step is not None and key.startswith("do_"):
            return translate(step[self._face])
        text = super().__getitem__(key)
        return translate(SOURCES[text]) if key == "source" and text in SOURCES else text
