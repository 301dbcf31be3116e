"""What the edit form calls values: of a field that was changed, and of a field that two changed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QCoreApplication

from smtpwizard.flow.draft import CUSTOM
from smtpwizard.flow.edits import SECRETS
from smtpwizard.messages.answers import setting_text
from smtpwizard.messages.client_kinds import kind_text
from smtpwizard.messages.face import Face
from smtpwizard.model.connector import Method
from smtpwizard.model.registration import Family, Redirect

_tr = partial(QCoreApplication.translate, "detail")


def method_text(method: Method) -> str:
    """The three ways to sign in, as the wizard names them."""
    return {
        Method.OAUTH: _tr("OAuth (recommended)"),
        Method.BASIC: _tr("Basic"),
        Method.NONE: _tr("No authentication"),
    }[method]


def redirect_text(redirect: Redirect, *, service_account: bool = False) -> str:
    """What kind of client a registration is."""
    google = service_account and redirect is Redirect.APP
    return kind_text(Family.GOOGLE if google else None, redirect)[0]


def provider_text(provider: str, known_as: Callable[[str], str]) -> str:
    """A provider by its name; a server of one's own as the wizard calls it."""
    return _tr("Create a connection") if provider == CUSTOM else known_as(provider)


def value_text(field: str, value: Any, provider_name: Callable[[str], str]) -> str:
    """A field's value in words; of a secret only whether there is a new one."""
    if field in SECRETS:
        return _tr("a new one") if value else _tr("as it is saved")
    if field == "provider":
        return provider_text(str(value), provider_name)
    if field == "authentication.method":
        return method_text(Method(value))
    if field == "authentication.oauth.grant":
        return redirect_text(Redirect(value))
    if field == "authentication.mechanism" and value == "auto":
        return _tr("Automatic")
    if value in ("", None):
        return _tr("empty")
    return setting_text(field, value, Face.WINDOW)
