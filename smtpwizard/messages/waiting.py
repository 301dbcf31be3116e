"""What to do while a sign-in waits in the browser, and what the browser's own errors mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from smtpwizard.messages.translation import fill, translate
from smtpwizard.messages.translation import mark as _
from smtpwizard.model.registration import Family, Redirect

_ACCOUNT = _("Choose the account {account}, also if another one is signed in.")
_ANY_ACCOUNT = _("Choose the account of the mailbox that sends.")
_ALLOW: Mapping[Family, str] = {
    Family.GOOGLE: _(
        "Allow “Read, compose, send and permanently delete all your email”. Gmail's SMTP knows no "
        "smaller permission."
    ),
    Family.MICROSOFT: _(
        "Allow what the page asks for: sending by SMTP, and keeping the permission."
    ),
    Family.GENERIC: _("Allow what the page asks for."),
}
_LAST: Mapping[Redirect, str] = {
    Redirect.WEB: _(
        "A page of Smart Flows appears, or an error page. Copy its whole address and paste it here:"
    ),
    Redirect.LOOPBACK: _("The page then says that you can close it. It goes on here by itself."),
    Redirect.DEVICE: _("It goes on here by itself."),
}
_CODE = _("Open the sign-in page on any device, such as a phone, and enter this code:")

# What people read in the browser, and what it means.
_BROWSER_ERRORS: Mapping[Family, tuple[tuple[str, str], ...]] = {
    Family.GOOGLE: (
        (
            _("Error 400: redirect_uri_mismatch"),
            _("The client lacks the redirect URI {redirect}. Add it to the client, to the letter."),
        ),
        (
            _("Access blocked: … has not completed verification (403: access_denied)"),
            _("Add the mailbox as a test user under Audience, or publish the app."),
        ),
        (
            _("Access blocked: admin_policy_enforced"),
            _("The Workspace administrator has to trust the app: ask an administrator."),
        ),
        (
            _("Error 401: invalid_client"),
            _("There is no client with this client ID. Cancel, and copy it again."),
        ),
    ),
    Family.MICROSOFT: (
        (
            _("AADSTS50011: redirect URI mismatch"),
            _("The app lacks the redirect URI {redirect}. Add it under Authentication."),
        ),
        (
            _("Need admin approval (AADSTS90094, AADSTS65001)"),
            _("An administrator has to grant consent: ask an administrator."),
        ),
        (
            _("AADSTS700016: application not found"),
            _("Client ID and tenant do not belong together. Cancel, and copy both again."),
        ),
        (
            _("AADSTS50020, AADSTS50194: account or tenant does not fit"),
            _("Enter the tenant of the app, and choose an account of that organisation."),
        ),
    ),
    Family.GENERIC: (
        (
            _("invalid redirect_uri"),
            _("The client lacks the redirect URI {redirect}. Add it, to the letter."),
        ),
        (
            _("invalid_client, unknown client"),
            _("The client ID is another one there. Cancel, and copy it again."),
        ),
        (
            _("invalid_scope"),
            _("The client may not ask for these scopes. Allow them, or correct Scopes."),
        ),
    ),
}
_OTHER_KIND = _("The client is no Desktop app. Cancel, and choose the kind that it is.")
_NO_PAGE = (
    _("No page at all"),
    _("Copy the link, and open it in a browser in which you can sign in."),
)
_AFTER = (
    _("“This site can’t be reached”, after you have signed in"),
    _("That is fine: the address is what counts. Copy it whole and paste it above."),
)


def waiting_steps(
    family: Family | None, redirect: Redirect, account: str = ""
) -> Iterator[tuple[str, bool]]:
    """What the user does, one sentence each; true where a box stands under it.

    With a device code that is the code, else the final address.
    """
    device = redirect is Redirect.DEVICE
    if device:
        yield translate(_CODE), True
    who = fill(_ACCOUNT, {"account": account}) if account else translate(_ANY_ACCOUNT)
    yield who, False
    yield translate(_ALLOW[family or Family.GENERIC]), False
    if redirect in _LAST:
        yield translate(_LAST[redirect]), redirect is Redirect.WEB


def browser_errors(
    family: Family | None, redirect: Redirect, redirect_uri: str
) -> Iterator[tuple[str, str]]:
    """What the browser may show, and what it means.

    `redirect_uri` is the one that the registration has to have; empty where it needs none.
    """
    for shown, means in _BROWSER_ERRORS[family or Family.GENERIC]:
        if "{redirect}" not in means:
            yield translate(shown), translate(means)
        elif redirect_uri and redirect is not Redirect.DEVICE:
            yield translate(shown), fill(means, {"redirect": redirect_uri})
        elif redirect is Redirect.LOOPBACK:
            yield translate(shown), translate(_OTHER_KIND)
    if redirect is Redirect.WEB:
        yield translate(_AFTER[0]), translate(_AFTER[1])
    yield translate(_NO_PAGE[0]), translate(_NO_PAGE[1])
