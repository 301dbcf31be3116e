"""Sentences beside a field: what is not finished or not acceptable there."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.face import Face, Sentence, sentence_text
from smtpwizard.messages.odd_characters import odd_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.problem import Problem

PROBLEMS: Mapping[str, Sentence] = {
    "address_empty": _("Enter an email address."),
    "address_invalid": _("This is not one complete email address. Example: admin@example.com"),
    "address_too_long": _("This email address is too long: 254 characters are the limit."),
    "answer_changes_nothing": _("The connector has this value already."),
    "answer_field": _("An answer cannot change this."),
    "answer_letters": _(
        "This has letters of another alphabet, or characters that nobody sees: it may be another "
        "name than it looks like."
    ),
    "answer_stand_in": _(
        "This looks like a stand-in for a name, and there is no such name in the case."
    ),
    "answer_weaker": {
        Face.WINDOW: _("This protects less than before. Agree to it, or leave it."),
        Face.COMMAND_LINE: _(
            "This protects less than before. Look at it with --dry-run; --accept-weaker agrees "
            "to it."
        ),
    },
    "certificate_invalid": _(
        "This is not a certificate in PEM form, which begins with a line BEGIN CERTIFICATE."
    ),
    "client_id_invalid": _(
        "A client ID has no spaces, quotes or braces. Copy the ID alone, or take the whole file."
    ),
    "command_invalid": _("A helper command is a list of texts: the program, then its arguments."),
    "control_characters": _("This contains invisible control characters. Type it in by hand."),
    "date_invalid": _("Write the date as YYYY-MM-DD, such as 2027-05-31."),
    "domain_invalid": _("The domain is not valid. Example: example.com"),
    "ehlo_name_invalid": _(
        "The EHLO name must be a host name such as client.example.com, or an address in brackets."
    ),
    "host_empty": _("Enter the name of the mail server. Example: smtp.example.com"),
    "host_invalid": _("This is not a server name. Example: smtp.example.com"),
    "host_says_otherwise": _(
        "The text for the server also says {other}: {said}. That field says something else: leave "
        "one of the two out."
    ),
    "mechanism_not_for_method": {
        Face.WINDOW: _(
            "This mechanism does not fit the chosen authentication. Choose another, or Automatic."
        ),
        Face.COMMAND_LINE: _(
            "This mechanism does not fit the authentication method. Give another, or auto."
        ),
    },
    "name_taken": _("Another connector has this name. Choose a different one."),
    "not_a_choice": _("This is not one of the possible values: {choices}"),
    "not_a_flag": _("This must be true or false."),
    "not_an_object": _("This must be a JSON object with fields of its own."),
    "not_text": _("This must be text."),
    "path_relative": {
        Face.WINDOW: _("This would be another file from another folder. Choose it with Choose…"),
        Face.COMMAND_LINE: _(
            "This would be another file from another folder. Give the whole path."
        ),
    },
    "port_invalid": _("The port must be a whole number from 1 to 65535."),
    "provider_unknown": {
        Face.WINDOW: _("No provider has this name here. Choose one from the list."),
        Face.COMMAND_LINE: _(
            "No provider has this name here. It is gmail, exchange, custom (a server of your own) "
            "or one of those that smtpwizard create --help lists."
        ),
    },
    "provider_unlisted": _(
        "“{typed}” is not one provider's name. Choose one from the list, or Create a connection."
    ),
    "proxy_invalid": _(
        "The proxy must look like socks5://host:1080 or http://host:3128, with the port."
    ),
    "proxy_password": _(
        "A proxy's password is not kept here. Take it out of the address of the proxy."
    ),
    "required": _("This is still missing."),
    "schema_invalid": _("The schema number is not valid. Leave it out, or use 1."),
    "schema_newer": _("This was written by a newer version of the program. Update to open it."),
    "scopes_invalid": _("Scopes must be a list of texts without spaces."),
    "secret_in_document": {
        Face.WINDOW: _(
            "A secret does not belong here: it would be saved unprotected. Take it out."
        ),
        Face.COMMAND_LINE: _(
            "A secret does not belong here: it would be saved unprotected. "
            "Take it out; enter it when asked, or use --secret-stdin."
        ),
    },
    "secret_too_large": _("This is too long for a secret: {limit} bytes are the limit."),
    "sign_in_for_other": _(
        "The sign-in was for {before}, and this is {after}. Put it back, or sign in again."
    ),
    "sign_in_missing": _("Sign in once."),
    "sign_in_other_account": _(
        "You signed in as {found}, this connector is for {expected}. Use {found}, or sign in again."
    ),
    "sign_in_other_secret": _(
        "The sign-in was made with another client secret. Sign in again with this one."
    ),
    "sign_in_other_way": _(
        "The sign-in was made with another kind of client or another redirect URI. Put it back, or "
        "sign in again."
    ),
    "tenant_invalid": _(
        "This is no tenant. Enter its ID or one of its domains, such as contoso.onmicrosoft.com."
    ),
    "tenant_needed": _("Enter the tenant's ID or domain: the application signs in there."),
    "timeout_invalid": _("The timeout must be a number of seconds, more than 0 and at most 3600."),
    "too_long": _("This is too long: {limit} characters are the limit."),
    "url_invalid": _("This must be a complete address that begins with https://"),
}

_BY_FIELD: Mapping[tuple[str, str], Sentence] = {
    ("name", "required"): _("Give the connector a name."),
    ("provider", "required"): {
        Face.WINDOW: _("Choose the mail provider."),
        Face.COMMAND_LINE: _("Choose the mail provider, or custom for any other server."),
    },
    ("server.host", "domain_invalid"): _("This is not a server name. Example: smtp.example.com"),
    ("server.host", "required"): _("Enter the name of the mail server. Example: smtp.example.com"),
    ("authentication.method", "required"): {
        Face.WINDOW: _("Choose how to sign in."),
        Face.COMMAND_LINE: _("Choose how to sign in: oauth, basic or none."),
    },
    ("authentication.username", "address_invalid"): _(
        "With OAuth the user is the whole email address of the mailbox that sends."
    ),
    ("authentication.username", "required"): _("Enter the user name for the mail server."),
    ("authentication.password", "required"): _("Enter the password for the mail server."),
    ("project.domain", "domain_invalid"): _(
        "This is no Smart Flows domain. Example: example.smartflows.com, as in the address bar."
    ),
    ("project.domain", "required"): _(
        "Enter the domain of your Smart Flows. Example: example.smartflows.com"
    ),
    ("authentication.oauth.client_id", "required"): _(
        "Enter the client ID of your app registration."
    ),
    ("authentication.oauth.issuer", "required"): {
        Face.WINDOW: _("Enter the sign-in server's address, or both endpoints under Advanced."),
        Face.COMMAND_LINE: _("Give the sign-in server's address (issuer), or both endpoints."),
    },
    ("authentication.client_secret", "required"): _(
        "Enter the client secret of your app registration."
    ),
    ("admin.email", "required"): _("Enter the email address of the administrator."),
    ("--sender", "required"): _("Enter at least one address."),
}


# What is known of a problem may say more than its code.
_BY_FACT: Mapping[str, Sentence] = {
    "alone": _("Write the address alone: {alone}"),
    "instead": _("{field} is missing. There is a field {instead}: was it meant for this?"),
    "project": _("Give the project a name."),
}


def problem_text(problem: Problem, face: Face) -> str:
    """The sentence to show beside the field of a problem."""
    sentence = _BY_FIELD.get((problem.field, problem.code)) or PROBLEMS.get(problem.code)
    sentence = next((_BY_FACT[key] for key in _BY_FACT if problem.facts.get(key)), sentence)
    facts = {"field": problem.field, **problem.facts}
    text = sentence_text(sentence or _("This is not acceptable."), facts, face)
    return " ".join(filter(None, (odd_text(problem.facts.get("odd", ())), text)))
