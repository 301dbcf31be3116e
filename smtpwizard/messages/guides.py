"""Texts of the guides through the providers' consoles, and of the request to an administrator.

Values go in last and are never read as templates; links are whole addresses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtpwizard.messages.translation import mark as _


@dataclass(frozen=True, slots=True)
class StepText:
    """One step: a sentence or three, where to go, and the values to take along (by their names).

    `place` is what the console calls the page behind `link`; `asks` are the boxes, by dotted path,
    for what the step yields. `without_uri` takes the place of the text as long as the redirect URI
    is not known.
    """

    text: str
    link: str = ""
    values: tuple[str, ...] = ()
    without_uri: str = ""
    place: str = ""
    asks: tuple[str, ...] = ()


# Boxes for what a step yields.
_DOMAIN, _USER = "project.domain", "authentication.username"
_CLIENT_ID, _TENANT = "authentication.oauth.client_id", "authentication.oauth.tenant"
_SECRET = "authentication.client_secret"  # noqa: S105 - a path
_EXPIRES = "authentication.oauth.client_secret_expires"


GOOGLE = "https://console.cloud.google.com"

_GOOGLE_START = (
    StepText(
        _("Choose a project at the top of the page, or make one."),
        f"{GOOGLE}/projectcreate",
        place=_("Projects"),
    ),
    StepText(
        _("Switch the Gmail API on for the project."),
        f"{GOOGLE}/apis/library/gmail.googleapis.com",
        place=_("Gmail API"),
    ),
    StepText(
        _("Fill in the branding: a name people recognise, and an address for their questions."),
        f"{GOOGLE}/auth/branding",
        ("app_name",),
        place=_("Branding"),
    ),
    StepText(
        _(
            "Choose the audience. Internal fits a Workspace organisation and needs no review. With "
            "External, add the mailbox as a test user: while the status is Testing, a sign-in "
            "holds 7 days only; publish the app to end that."
        ),
        f"{GOOGLE}/auth/audience",
        ("mailbox",),
        place=_("Audience"),
        asks=(_USER,),
    ),
    StepText(
        _(
            "Under Data access, add the scope. It is the only one that Gmail's SMTP takes; "
            "gmail.send is for the web API alone."
        ),
        f"{GOOGLE}/auth/scopes",
        ("scope",),
        place=_("Data access"),
    ),
)
_GOOGLE_SECRET = StepText(
    _(
        "Copy the client ID and the client secret now, or download the JSON file: the console "
        "shows the secret this once only."
    ),
    f"{GOOGLE}/auth/clients",
    place=_("Clients"),
    asks=(_CLIENT_ID, _SECRET),
)
_SIGN_IN = StepText(_("Come back and sign in with the mailbox's own account."), "", ("mailbox",))

_ENTRA_REGISTER = StepText(
    _(
        "Make a new registration: a name people recognise, and the account types given here. At "
        "least the role Application Developer is needed."
    ),
    "{console}",
    ("app_name", "account_types"),
    place=_("App registrations"),
)
_ENTRA_IDS = StepText(
    _(
        "On the Overview page, copy the Application (client) ID and the Directory (tenant) ID, and "
        "enter both: a registration for one directory works with its own tenant only."
    ),
    "{overview}",
    place=_("Overview"),
    asks=(_CLIENT_ID, _TENANT),
)
_ENTRA_DELEGATED = StepText(
    _(
        "Under API permissions, add the delegated permissions: Microsoft Graph, Delegated "
        "permissions. Then let an administrator grant consent."
    ),
    "{api_permissions}",
    ("permissions",),
    place=_("API permissions"),
)
_ENTRA_SECRET = StepText(
    _(
        "Under Certificates & secrets, make a new client secret and copy its Value at once, not "
        "its ID: it is shown this once only. Note the day on which it ends; the longest is "
        "{months} months."
    ),
    "{credentials}",
    ("secret_expires", "secret_ends"),
    place=_("Certificates & secrets"),
    asks=(_SECRET, _EXPIRES),
)
_ENTRA_SMTP = StepText(
    _(
        "Allow Authenticated SMTP for the mailbox: Microsoft 365 admin center, the user, Mail, "
        "Manage email apps. It counts for OAuth as well."
    ),
    "https://admin.microsoft.com/Adminportal/Home#/users",
    ("mailbox",),
    place=_("Active users"),
    asks=(_USER,),
)

GUIDES: Mapping[str, tuple[str, tuple[StepText, ...]]] = {
    "google.desktop": (
        _("Register a Desktop app in Google Cloud"),
        (
            *_GOOGLE_START,
            StepText(
                _("Make a client of the type Desktop app. It needs no redirect URI."),
                f"{GOOGLE}/auth/clients/create",
                ("app_name",),
                place=_("Create client"),
            ),
            _GOOGLE_SECRET,
            _SIGN_IN,
        ),
    ),
    "google.web": (
        _("Register a Web application in Google Cloud"),
        (
            *_GOOGLE_START,
            StepText(
                _(
                    "Make a client of the type Web application and add the authorised redirect "
                    "URI, exactly as it stands here."
                ),
                f"{GOOGLE}/auth/clients/create",
                ("app_name", "redirect_uri"),
                _(
                    "Make a client of the type Web application. It needs an authorised redirect "
                    "URI, which follows from your Smart Flows domain: enter that first."
                ),
                place=_("Create client"),
                asks=(_DOMAIN,),
            ),
            _GOOGLE_SECRET,
            _SIGN_IN,
        ),
    ),
    "google.service_account": (
        _("Set up a service account with domain-wide delegation in Google Cloud"),
        (
            _GOOGLE_START[0],
            _GOOGLE_START[1],
            StepText(
                _(
                    "Make a service account, and for it a key of the type JSON: the file is the "
                    "secret."
                ),
                f"{GOOGLE}/iam-admin/serviceaccounts",
                ("app_name",),
                place=_("Service accounts"),
                asks=(_SECRET,),
            ),
            StepText(
                _(
                    "In the Workspace admin console, add a delegation: the service account's "
                    "numeric client ID and the scope. Only a Workspace administrator can."
                ),
                "https://admin.google.com/ac/owl/domainwidedelegation",
                ("client_id", "scope"),
                place=_("Domain-wide delegation"),
            ),
            StepText(
                _("Come back and enter the mailbox that sends: there is no sign-in page."),
                "",
                ("mailbox",),
                asks=(_USER,),
            ),
        ),
    ),
    "microsoft.web": (
        _("Register a Web application in Microsoft Entra"),
        (
            _ENTRA_REGISTER,
            StepText(
                _(
                    "Under Authentication, add the platform Web with the redirect URI, exactly as "
                    "it stands here."
                ),
                "{authentication}",
                ("redirect_uri",),
                _(
                    "Under Authentication, add the platform Web. It needs a redirect URI, which "
                    "follows from your Smart Flows domain: enter that first."
                ),
                place=_("Authentication"),
                asks=(_DOMAIN,),
            ),
            _ENTRA_DELEGATED,
            _ENTRA_SECRET,
            _ENTRA_IDS,
            _ENTRA_SMTP,
            _SIGN_IN,
        ),
    ),
    "microsoft.public": (
        _("Register a desktop application in Microsoft Entra"),
        (
            _ENTRA_REGISTER,
            StepText(
                _(
                    "Under Authentication, add the platform Mobile and desktop applications with "
                    "the redirect URI. Such an application has no secret: leave it empty."
                ),
                "{authentication}",
                ("redirect_uri",),
                place=_("Authentication"),
            ),
            _ENTRA_DELEGATED,
            _ENTRA_IDS,
            _ENTRA_SMTP,
            _SIGN_IN,
        ),
    ),
    "microsoft.device": (
        _("Register an application for device codes in Microsoft Entra"),
        (
            _ENTRA_REGISTER,
            StepText(
                _("Under Authentication, set Allow public client flows to Yes. No secret is used."),
                "{authentication}",
                place=_("Authentication"),
            ),
            _ENTRA_DELEGATED,
            _ENTRA_IDS,
            _ENTRA_SMTP,
            _SIGN_IN,
        ),
    ),
    "microsoft.app_only": (
        _("Register an application that acts without a user in Microsoft Entra"),
        (
            _ENTRA_REGISTER,
            StepText(
                _(
                    "Under API permissions, add: APIs my organization uses, Office 365 Exchange "
                    "Online, Application permissions. Then grant admin consent."
                ),
                "{api_permissions}",
                ("permissions",),
                place=_("API permissions"),
            ),
            _ENTRA_SECRET,
            _ENTRA_IDS,
            StepText(
                _(
                    "Let an Exchange administrator register the application and give it the "
                    "mailbox: the message to them has the commands. They take up to half an hour "
                    "to work."
                ),
                "https://learn.microsoft.com/exchange/client-developer/legacy-protocols/"
                "how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth",
                ("mailbox",),
                place=_("Microsoft's page on it"),
            ),
            _ENTRA_SMTP,
            StepText(_("Come back and verify: there is no sign-in page."), "", ("tenant",)),
        ),
    ),
    "generic": (
        _("Register an application with the provider"),
        (
            StepText(
                _(
                    "Register an application for the authorization code grant with PKCE. It needs "
                    "the redirect URI exactly as it stands here."
                ),
                "{help}",
                ("app_name", "redirect_uri"),
                _(
                    "Register an application for the authorization code grant with PKCE. It needs "
                    "a redirect URI, which follows from your Smart Flows domain: enter that first."
                ),
                asks=(_DOMAIN,),
            ),
            StepText(
                _("Allow it the scopes, and refresh tokens (offline access)."), "{help}", ("scope",)
            ),
            StepText(
                _("Copy the client ID, and the client secret where there is one."),
                "{help}",
                asks=(_CLIENT_ID, _SECRET),
            ),
            _SIGN_IN,
        ),
    ),
    "generic.app_only": (
        _("Register an application that acts without a user"),
        (
            StepText(
                _("Register an application for the client credentials grant."),
                "{help}",
                ("app_name",),
            ),
            StepText(_("Allow it the scopes."), "{help}", ("scope",)),
            StepText(
                _("Copy the client ID and the client secret, come back and verify."),
                "{help}",
                asks=(_CLIENT_ID, _SECRET, _USER),
            ),
        ),
    ),
}

# Which kind of registration fits how the sign-in comes back.
CLIENT_TYPES: Mapping[str, str] = {
    "google.desktop": _(
        "A client of the type Desktop app fits: it returns to this computer, on any port."
    ),
    "google.web": _(
        "A client of the type Web application fits: Google compares the redirect URI character by "
        "character. A Desktop client does not work with it."
    ),
    "google.service_account": _("A service account fits: no user signs in. It needs Workspace."),
    "microsoft.web": _(
        "The platform Web fits, with a client secret. For http://localhost any port is right."
    ),
    "microsoft.public": _(
        "The platform Mobile and desktop applications fits, without a secret; any port is right."
    ),
    "microsoft.device": _("An application that allows public client flows fits, without a secret."),
    "microsoft.app_only": _("An application permission fits, with a client secret and one tenant."),
    "generic": _("Any client with PKCE fits; with a secret where the provider gives one."),
    "generic.app_only": _("A client with a secret and the client credentials grant fits."),
}

VALUE_LABELS: Mapping[str, str] = {
    "app_name": _("Name"),
    "account_types": _("Account types"),
    "client_id": _("Client ID"),
    "mailbox": _("Mailbox"),
    "permissions": _("Permissions"),
    "redirect_uri": _("Redirect URI"),
    "scope": _("Scope"),
    "secret_ends": _("Longest possible"),
    "secret_expires": _("Client secret ends"),
    "tenant": _("Tenant"),
}

ACCOUNT_TYPES: Mapping[str, str] = {
    "one": _("Accounts in this organizational directory only"),
    "many": _("Accounts in any organizational directory"),
    "personal": _("Personal Microsoft accounts only"),
}

# -- the request to an administrator

REQUEST_SUBJECT = _("Request: let {app_name} send mail as {mailbox}")
_GREETING = _(
    "Hello,\n\nthe application “{app_name}” is to send mail from {mailbox} over {server}."
)
_END = _("None of this gives the application a password. Thank you.")

# Where there is no client yet, the guide's own steps stand between these two.
REQUEST_TO_MAKE = _("It has no client at the provider yet. Please make one:")
REQUEST_SEND_BACK = _(
    "Please tell me the client ID, and the tenant ID where there is one. A client secret is a "
    "password: send it by a way that nobody else reads, never in an email. Thank you."
)

REQUESTS: Mapping[str, tuple[str, ...]] = {
    "microsoft.user": (
        _GREETING,
        _("It signs in with OAuth as that user. Please:"),
        _(
            "1. Grant admin consent for the application {client_id}, permissions {permissions}:\n"
            "   {consent_link}"
        ),
        _(
            "2. Run the commands below in Exchange Online PowerShell. They allow SMTP sign-in for "
            "this mailbox alone; the one for the whole organisation is there for reference."
        ),
        _END,
    ),
    "microsoft.app": (
        _GREETING,
        _("It signs in by itself, without a user (OAuth client credentials). Please:"),
        _(
            "1. Grant admin consent for the application {client_id}, application permission "
            "{permissions}:\n   {consent_link}"
        ),
        _(
            "2. Run the commands below in Exchange Online PowerShell. They register the "
            "application in Exchange and give it this mailbox alone."
        ),
        _END,
    ),
    "google.user": (
        _GREETING,
        _("It signs in with OAuth as that user. Please:"),
        _(
            "1. In the admin console, under Security, API controls, App access control, mark the "
            "client {client_id} as trusted:\n   https://admin.google.com/ac/owl/list?tab=configuredApps"
        ),
        _("2. If users may not grant Gmail access themselves, allow the scope {scope} for it."),
        _END,
    ),
    "google.app": (
        _GREETING,
        _("It signs in by itself, with a service account. Please:"),
        _(
            "1. In the admin console, under Security, API controls, Domain-wide delegation, add "
            "the client {client_id} with the scope {scope}:\n"
            "   https://admin.google.com/ac/owl/domainwidedelegation"
        ),
        _END,
    ),
    "generic.user": (
        _GREETING,
        _("It signs in with OAuth. Please allow the client {client_id} these scopes: {scope}"),
        _("Its redirect URI is: {redirect_uri}"),
        _END,
    ),
    "generic.app": (
        _GREETING,
        _("It signs in by itself, without a user (OAuth client credentials)."),
        _("Please allow the client {client_id} these scopes: {scope}"),
        _END,
    ),
}

# What a request says as long as it is not known; nobody takes it for a value.
STAND_INS: Mapping[str, str] = {
    "client_id": _("<Application (client) ID>"),
    "mailbox": _("<mailbox>"),
}

# Comments between the commands; they hold no values.
SCRIPT_COMMENTS: Mapping[str, str] = {
    "connect": _("Needs the module ExchangeOnlineManagement, and a role that manages mailboxes."),
    "principal": _(
        "The enterprise application's object ID, which is not the registration's (needs the module "
        "Microsoft.Graph.Applications)."
    ),
    "register": _("Register the application in Exchange, and give it the mailbox."),
    "send_as": _("Let it send as the sender's address."),
    "mailbox": _("Allow SMTP sign-in for this mailbox."),
    "organisation": _("Only if SMTP sign-in is off for the whole organisation and is to be on:"),
    "check": _("Look at the result."),
}
