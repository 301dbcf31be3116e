"""Sentences for signing in: what went wrong at the authorization server or on the way back."""

from __future__ import annotations

from collections.abc import Mapping

from smtpwizard.messages.translation import mark as _

SIGN_IN_ERRORS: Mapping[str, str] = {
    "http_not_json": _("The sign-in server gave an answer that cannot be read."),
    "http_redirect": _("The sign-in server sent us elsewhere, which is not followed."),
    "http_status": _("The sign-in server refused the request ({status})."),
    "http_timeout": _("The sign-in server did not answer in time."),
    "http_tls": _("The certificate of the sign-in server cannot be trusted."),
    "http_too_large": _("The answer of the sign-in server is far too large."),
    "http_unreachable": _("The sign-in server cannot be reached."),
    "redirect_no_family": _("This machine has no loopback address to return to after sign-in."),
    "redirect_not_loopback": _("The redirect URI does not point to this machine."),
    "redirect_port_busy": _("The port of the redirect URI is in use. Close the other program."),
    "response_duplicate": _("The answer of the sign-in page names one value twice."),
    "response_no_code": _("The answer of the sign-in page has no code."),
    "response_no_state": _("The answer of the sign-in page does not say which sign-in it is for."),
    "response_other_address": _("This is not the address that the sign-in page returns to."),
    "response_too_long": _("The answer of the sign-in page is too long."),
    "response_unreadable": _("The answer of the sign-in page cannot be read."),
    "response_wrong_state": _("The answer belongs to another sign-in. Start again."),
    "token_none": _("Nobody has signed in for this connector yet, so there is no token."),
    "client_json_endpoint": _(
        "The file names a sign-in address that is not the provider's own. Do not use it."
    ),
    "client_json_kind": _("The file is not the client file of one app registration."),
    "client_json_too_large": _("The file is far too large for a client file."),
    "client_json_unreadable": _(
        "The client file cannot be read. Download it again from the provider's console."
    ),
    "discovery_endpoint_invalid": _("The sign-in server names an address that cannot be used."),
    "discovery_failed": _(
        "The sign-in server does not describe itself. Check the issuer, or enter its addresses."
    ),
    "discovery_other_issuer": _(
        "The sign-in server says it is {found}, not {expected}. Check the issuer."
    ),
    "oauth_endpoints_missing": _("Enter the issuer, or the addresses of the sign-in server."),
    "paste_impossible": _("The final address cannot be pasted with this redirect URI."),
    "redirect_missing": _(
        "The redirect URI comes from the Smart Flows domain, which is not set: "
        "smtpwizard project set domain=…"
    ),
    "token_app_only_unsupported": _("This provider has no sign-in for an application alone."),
    "token_device_needs_public_client": _(
        "Sign-in with a device code needs “Allow public client flows” in the app registration."
    ),
    "token_device_unsupported": _("This provider has no sign-in with a device code."),
    "token_key_unusable": _("The key of the service account cannot be used. Download a new one."),
    "token_no_refresh": _(
        "The sign-in gave no lasting permission. Sign in again and allow offline access."
    ),
    "token_no_user": _("The user whose mail is sent is not set, or is not an email address."),
    "token_refused": _("The sign-in server gave no token ({error}). Sign in again."),
    "token_scope_missing": _(
        "Permission to send mail was not given ({missing}). Sign in again and allow it."
    ),
    "token_secret_needed": _("The app registration needs its client secret. Enter it."),
    "token_server_unavailable": _("The sign-in server does not work at the moment. Try again."),
    "token_sign_in_expired": _("The time for signing in is over. Start again."),
    "token_tenant_needed": _("Enter the tenant: sign-in for an application alone needs it."),
    "token_wrong_issuer": _(
        "The answer came from another sign-in server than asked. It was not used."
    ),
}
