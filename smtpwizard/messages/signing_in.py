"""Sentences for signing in: what went wrong at the authorization server or on the way back, what
looks wrong in a registration, what a token is not, and which dates come up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from smtpwizard.messages.face import Face, Sentence
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.odd_characters import odd_text
from smtpwizard.messages.translation import fill
from smtpwizard.messages.translation import mark as _

_SERVER: Mapping[str, Sentence] = {
    "discovery_endpoint_invalid": _(
        "The sign-in server names an address that cannot be used ({endpoint}): only one with "
        "https can. Enter its addresses by hand."
    ),
    "discovery_endpoint_missing": _(
        "The sign-in server does not name its {endpoint}. Enter its addresses by hand."
    ),
    "discovery_failed": _(
        "No sign-in server describes itself at the issuer {issuer}. Check the issuer, or enter "
        "the addresses by hand."
    ),
    "discovery_other_issuer": _(
        "The sign-in server calls itself {found}, not {expected}. Compare the issuer with the "
        "provider's documentation, to the letter."
    ),
    "http_closed": _(
        "The sign-in server {host} was reached, but closed the connection before its answer was "
        "whole. Try again."
    ),
    "http_empty": _(
        "The sign-in server {host} answered with nothing and closed the connection. Check its "
        "addresses."
    ),
    "http_no_name": _("The name of the sign-in server {host} was not found. Check its addresses."),
    "http_not_json": _(
        "The sign-in server {host} gave an answer that cannot be read. Check its addresses; a "
        "proxy's page may be in the way."
    ),
    "http_proxy": _(
        "The proxy {proxy} cannot be reached, or does not let us through to {host}. Check {source}."
    ),
    "http_proxy_invalid": _(
        "The proxy set in {source} is not an address that can be used, so {host} was not asked. "
        "Write http://host:3128 or socks5://host:1080."
    ),
    "http_proxy_login": _(
        "The proxy {proxy} asks for a login before it lets us through to {host}. Put "
        "user:password@ before the proxy's name in {source}."
    ),
    "http_redirect": _(
        "The sign-in server {host} sent us elsewhere, which is not followed: secrets would go "
        "there. Check its addresses."
    ),
    "http_status": _(
        "The sign-in server {host} does not do its work now (status {status}). Try again later."
    ),
    "http_timeout": _("The sign-in server {host} did not answer within {seconds} s. Try again."),
    "http_tls": {
        Face.WINDOW: _(
            "The certificate of the sign-in server {host} cannot be trusted. If your company "
            "vouches for it, trust its authority under Certificates, or choose its file as "
            "{at_authentication_oauth_ca_file}."
        ),
        Face.COMMAND_LINE: _(
            "The certificate of the sign-in server {host} cannot be trusted. If your company "
            "vouches for it: smtpwizard certificates trust FILE, or name the file as "
            "{at_authentication_oauth_ca_file}."
        ),
    },
    "http_tls_date": _(
        "The certificate of the sign-in server {host} is out of date, or this computer's clock is "
        "wrong. Check the date first."
    ),
    "http_tls_name": _(
        "The certificate of the sign-in server is not made out to {host}. Check its addresses."
    ),
    "http_tls_failed": _(
        "No encrypted connection with the sign-in server {host} came about. Check its address and "
        "port."
    ),
    "http_too_large": _(
        "The answer of the sign-in server {host} is far too large. Check its addresses."
    ),
    "http_unreachable": _("The sign-in server {host} cannot be reached. Check the network."),
    "oauth_endpoints_missing": _("Enter the issuer, or the addresses of the sign-in server."),
}

_ON_THE_WAY_BACK: Mapping[str, Sentence] = {
    "browser_not_opened": _(
        "No browser could be started from here: open the address by hand, in any browser on this "
        "computer."
    ),
    "paste_impossible": _("The final address cannot be pasted with this redirect URI."),
    "redirect_no_family": _("This computer has no loopback address to return to after sign-in."),
    "redirect_not_loopback": {
        Face.WINDOW: _(
            "The redirect URI does not point to this computer: paste the final address."
        ),
        Face.COMMAND_LINE: _(
            "The redirect URI does not point to this computer: paste the final address (--paste)."
        ),
    },
    "redirect_port_busy": _(
        "Port {port} of the redirect URI is in use. Close the other program, or register another "
        "port."
    ),
    "response_duplicate": _("The address names one value twice: it is not what the sign-in gave."),
    "response_no_code": _(
        "This address carries no answer of the sign-in. Copy the whole one, after signing in."
    ),
    "response_no_state": _("This address does not say which sign-in it belongs to."),
    "response_not_given": _("No address was pasted, so the sign-in did not come to its end."),
    "response_other_address": _(
        "This is not the address that the sign-in returns to. Copy the one from the address bar "
        "after signing in."
    ),
    "response_too_long": _("The address is too long to be the answer of a sign-in."),
    "response_unreadable": _("The address cannot be read. Copy it again, whole."),
    "response_wrong_state": _(
        "The address belongs to another sign-in. Use the one of this sign-in, or start again."
    ),
    "sign_in_not_used": _("This connector does not use OAuth: there is nothing to sign in to."),
}

_TOKENS: Mapping[str, Sentence] = {
    "token_account_wrong": {
        Face.WINDOW: _(
            "You signed in as {found}, but the connector is for {expected}. Sign in again, or "
            "keep {found} for a shared mailbox."
        ),
        Face.COMMAND_LINE: _(
            "You signed in as {found}, but the connector is for {expected}. Sign in again, or "
            "keep {found} for a shared mailbox (--accept-account)."
        ),
    },
    "token_answer_empty": _("The sign-in server's answer holds no token. Check its token address."),
    "token_app_only_unsupported": _("This provider has no sign-in for an application alone."),
    "token_audience_wrong": _(
        "The token is for {found}, but the mail server takes only one for {expected}. Check the "
        "scopes."
    ),
    "token_busy": _("Another program is renewing this sign-in at the moment. Try again."),
    "token_consent_denied": _(
        "Permission was refused on the sign-in page. Sign in again and allow it."
    ),
    "token_device_malformed": _(
        "The sign-in server's answer has no code and no address to enter it at. Use the browser, "
        "or tell its administrator."
    ),
    "token_device_needs_public_client": _(
        "Sign-in with a device code needs “Allow public client flows” in the app registration."
    ),
    "token_device_unsupported": _(
        "This provider has no sign-in with a device code for mail. Use the browser."
    ),
    "token_key_unusable": _("The key of the service account cannot be used. Download a new one."),
    "token_malformed": _(
        "The sign-in server gave a token that cannot be used: it is broken or far too long. "
        "Nothing was stored. Its administrator has to look."
    ),
    "token_no_refresh": _(
        "The sign-in gave no lasting permission (no refresh token). Allow offline access, and add "
        "offline_access to the scopes where the provider has it."
    ),
    "token_no_user": _(
        "Enter the user: neither the connector nor the token says whose mail it is."
    ),
    "token_none": _("Nobody has signed in for this connector yet, so there is no token."),
    "token_nonce_wrong": _(
        "The answer belongs to another sign-in and was not used. Start this one again."
    ),
    "token_not_kept": {
        Face.WINDOW: _(
            "The renewed sign-in could not be stored, so it holds only until this program ends. "
            "Unlock the keyring and test again."
        ),
        Face.COMMAND_LINE: _(
            "The renewed sign-in could not be stored: this time it works, next time you will be "
            "asked to sign in."
        ),
    },
    "token_other_sign_in": _(
        "The browser came back with the answer of another sign-in, and with none for this one. "
        "Close other sign-in pages and start again."
    ),
    "token_refused": _("The sign-in server gave no token ({error})."),
    "token_revoked": _(
        "The sign-in no longer holds: it has expired, was revoked, or the password was changed. "
        "Sign in again."
    ),
    "token_role_wrong": _(
        "The application has no permission {expected} (it has: {found}). Add it to the "
        "registration, with admin consent."
    ),
    "token_scope_missing": _(
        "The sign-in worked, but permission to send mail was not given ({expected})."
    ),
    "token_secret_needed": _("The app registration needs its client secret. Enter it."),
    "token_secret_not_wanted": _(
        "The app registration is a public client and takes no secret. Take the secret out."
    ),
    "token_server_unavailable": _("The sign-in server does not work at the moment. Try again."),
    "token_sign_in_expired": _("The time for signing in is over. Start again."),
    "token_tenant_needed": _("Enter the tenant: sign-in for an application alone needs it."),
    "token_tenant_wrong": _(
        "The token is for the tenant {found}, not for {expected}. Sign in with an account of that "
        "one, or change the tenant."
    ),
    "token_type_unsupported": _(
        "The sign-in server gave a token of the kind {found}; mail servers take bearer tokens "
        "alone. Its administrator has to change that."
    ),
    "token_user_unsupported": _(
        "A service account acts without a user: there is no page to sign in on."
    ),
    "token_wrong_issuer": _(
        "The answer came from another sign-in server than asked. It was not used. Start again."
    ),
}

# A sign-in that no longer holds because a renewal of it was lost, by how far that had come.
LOST: Mapping[str, str] = {
    "asking": _(
        "The last renewal of the sign-in was cut off before its answer was here. The server has "
        "replaced the sign-in then, and the one that is stored no longer holds. Sign in again."
    ),
    "storing": _(
        "The last renewal of the sign-in was cut off before the new one could be stored: the "
        "program was ended, or the secret store did not take it. The old one is used up. Sign in "
        "again."
    ),
}

_CLIENT_FILE: Mapping[str, str] = {
    "client_json_empty": _(
        "The client file is empty. Download it again from the provider's console."
    ),
    "client_json_endpoint": _(
        "The file names a sign-in address that is not the provider's own ({endpoint}). Do not use "
        "it."
    ),
    "client_json_is_a_sign_in": _(
        "The file holds someone's sign-in with its tokens, not an app registration. In Google's "
        "console, open Clients and download the client's own file."
    ),
    "client_json_kind": _("The file is not the client file of one app registration."),
    "client_json_not_text": _(
        "The client file is not text in UTF-8 or UTF-16. Download it again from the provider's "
        "console, or save it as UTF-8."
    ),
    "client_json_provider": _(
        "Client files come from Google; this connector's provider is another."
    ),
    "client_json_too_large": _("The file is far too large for a client file."),
    "client_json_unreadable": _(
        "The client file cannot be read. Download it again from the provider's console."
    ),
}

SIGN_IN_ERRORS: Mapping[str, Sentence] = {**_SERVER, **_ON_THE_WAY_BACK, **_TOKENS, **_CLIENT_FILE}

# What looks wrong in a registration, before anything is sent.
FINDINGS: Mapping[str, str] = {
    "client_id_has_spaces": _("The client ID has spaces in it. Copy it again."),
    "client_id_is_a_domain": _(
        "This is a tenant or domain, not the client ID: copy the “Application (client) ID”."
    ),
    "client_id_is_googles": _(
        "This is a client ID of Google. Copy the “Application (client) ID” from Microsoft Entra."
    ),
    "client_id_is_an_address": _("This is an email address; the client ID is the application's."),
    "client_id_not_a_guid": _(
        "Microsoft's client IDs look like 00000000-0000-0000-0000-000000000000. Copy the "
        "“Application (client) ID”."
    ),
    "client_id_not_google": _(
        "Google's client IDs end in .apps.googleusercontent.com. Copy it again."
    ),
    "odd_characters": _("{what} It is kept as typed."),
    "redirect_has_query": _("A redirect URI must not have a “?” or “#” part."),
    "redirect_needs_desktop": _(
        "This is a Web client, which returns to registered addresses only: enter one of its "
        "redirect URIs, or make a Desktop client."
    ),
    "redirect_needs_localhost": _(
        "Entra's portal takes http://localhost for this computer, not its address in numbers."
    ),
    "redirect_needs_web": _(
        "This is a Desktop client, which returns to this computer only: leave the redirect URI "
        "empty, or make a Web client."
    ),
    "redirect_port_for_web": _(
        "A Web client of Google compares the port: enter the redirect URI with the registered port."
    ),
    "scope_app_only": _("The scope {scope} is for an application alone, not for a user's sign-in."),
    "scope_refused_by_smtp": _(
        "The scope {scope} is for a web API: the mail server refuses such a token."
    ),
    "secret_has_spaces": _("The client secret has spaces in it. Copy it again."),
    "secret_is_a_document": _(
        "This is a whole file, not the client secret. Give it as client file."
    ),
    "secret_is_a_guid": _(
        "This looks like the secret's ID. Its value is needed, which is shown once, when the "
        "secret is made."
    ),
    "secret_is_no_key_file": _(
        "For a service account the secret is its whole key file (JSON), beginning with a brace."
    ),
    "secret_is_the_client_id": _("This is the client ID once more, not the client secret."),
    "secret_missing_for_web": _("This kind of registration needs its client secret."),
    "tenant_invalid": _(
        "A tenant is its ID or one of its domains, such as contoso.onmicrosoft.com."
    ),
    "tenant_is_the_client_id": _(
        "This is the client ID; the tenant is the “Directory (tenant) ID”."
    ),
    "user_not_an_address": _(
        "With OAuth the user is the whole email address of the mailbox that sends."
    ),
    "tenant_needed": _("An application alone signs in to one tenant: enter its ID or domain."),
}

# What is to be said of a client file that was taken.
CLIENT_FILE_FINDINGS: Mapping[str, Sentence] = {
    "client_file_desktop": _(
        "The file is of a Desktop client, which returns to this computer: the redirect is that now."
    ),
    "client_file_lacks_redirect": _(
        "The client lacks {missing}. It has: {registered}. Add the missing one to the client in "
        "the provider's console before you sign in."
    ),
    "client_file_no_redirect": _(
        "The client had no redirect URI when its file was made. Add {missing} to it in the "
        "provider's console before you sign in."
    ),
    "client_file_other_redirect": _(
        "The client lacks {missing}. It has: {registered}. The sign-in returns to {used} for now; "
        "to use the missing one, add it to the client in the provider's console and take a new "
        "file."
    ),
    "client_file_redirect": _("The sign-in returns to {used}, which the client has registered."),
    "client_file_service_account": {
        Face.WINDOW: _(
            "The file is the key of a service account: nobody signs in with it, and the redirect "
            "is “No user” now. For a sign-in take the file of a Web or Desktop client."
        ),
        Face.COMMAND_LINE: _(
            "The file is the key of a service account: nobody signs in with it, and the grant is "
            "service_account now. For a sign-in take the file of a Web or Desktop client."
        ),
    },
}

# What a token is not; with `expected` and `found`.
MISMATCHES: Mapping[str, str] = {
    "account": _("You signed in as {found}; the connector is for {expected}."),
    "audience": _("The token is for {found}; the mail server takes one for {expected}."),
    "clock": _(
        "This computer's clock seems wrong: it says {expected}, a token made now says {found}."
    ),
    "role": _("The application's permissions are: {found}. Needed is: {expected}."),
    "scope": _("The granted scopes are: {found}. Missing is: {expected}."),
    "tenant": _("The token is for the tenant {found}, not for {expected}."),
}

# A sign-in that worked.
SIGNED_IN: Mapping[str, Mapping[Face, str]] = {
    "account": {
        Face.WINDOW: _("Signed in as {account}"),
        Face.COMMAND_LINE: _("Signed in as {account}."),
    },
    "application": {
        Face.WINDOW: _("The application signed in"),
        Face.COMMAND_LINE: _("The application signed in."),
    },
    "": {Face.WINDOW: _("Signed in"), Face.COMMAND_LINE: _("Signed in.")},
}

_CONCERNS = _("It is one for these connectors: {names}.")

# Dates: title, and what to do about it.
DATES: Mapping[str, tuple[str, str]] = {
    "basic_off_by_default": (
        _("{connector}: password sign-in is switched off by default"),
        _("Move the connector to OAuth, or have an administrator switch passwords on again."),
    ),
    "basic_off_since": (
        _("{connector}: the provider takes no passwords any more"),
        _("Move the connector to OAuth."),
    ),
    "client_secret_expires": (
        _("{connector}: the client secret ends"),
        _("Make a new client secret in the app registration and enter it before this day."),
    ),
    "own_certificate_ends": (
        _("{connector}: the trusted certificate {certificate} ends"),
        _(
            "Ask the server's administrator for the certificate that follows, and have the "
            "connector trust that one."
        ),
    ),
    "refresh_token_unused": (
        _("{connector}: the sign-in lapses if it is not used"),
        _("Verify the connector before this day; {days} days without use end the sign-in."),
    ),
    "server_certificate_ends": (
        _("{connector}: the server's certificate ends"),
        _(
            "The server's administrator renews it. Verify once it is, and see that nothing else "
            "broke."
        ),
    ),
    "testing_sign_in_ends": (
        _("{connector}: the sign-in of a testing app ends"),
        _(
            "Sign in again, and publish the app: while its status is “Testing”, a sign-in holds "
            "{days} days."
        ),
    ),
    "trusted_certificate_ends": (
        _("{certificate}, which this project trusts, ends"),
        _("Ask the server's administrator for the certificate that follows, and trust that one."),
    ),
}


def finding_text(code: str, facts: Mapping[str, Any], face: Face = Face.WINDOW) -> str:
    """The sentence for something that looks wrong in a registration, or about its file."""
    sentence = FINDINGS.get(code) or CLIENT_FILE_FINDINGS[code]
    values = {**facts, "what": odd_text(facts.get("odd", ()))}
    return fill(sentence if isinstance(sentence, str) else sentence[face], values)


def mismatch_text(what: str, facts: Mapping[str, Any]) -> str:
    """The sentence for one thing in a token that is not as it should be."""
    return fill(MISMATCHES[what], facts)


def signed_in_text(account: str | None, face: Face, *, by_application: bool) -> str:
    """Who signed in: an account, where the tokens say which, or the application by itself."""
    who = "application" if by_application else "account" if account else ""
    return fill(SIGNED_IN[who][face], {"account": account})


def date_text(what: str, facts: Mapping[str, Any]) -> tuple[str, str]:
    """Title and remedy of a date, for all connectors that it is one date for."""
    title, remedy = DATES[what]
    names = facts.get("connectors") or ()
    said = fill(remedy, facts)
    if facts.get("connector") and len(names) > 1:
        # All of them stand in what is said below the title.
        facts = {**facts, "connector": list_text(names)}
    if len(names) > 1 or (names and not facts.get("connector")):
        said = f"{said} {fill(_CONCERNS, {'names': ', '.join(names)})}"
    return fill(title, facts), said
