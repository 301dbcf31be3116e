"""The pages of the window beside the list: where each is offered, and what builds it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from PySide6.QtCore import QCoreApplication

from smtpwizard.gui.console.place import Place, Surroundings


class Offer(NamedTuple):
    """Where a page is offered. `menu_text` has a mnemonic, `make` imports the page."""

    key: str
    part: Literal["control_panel", "support", "foot"]
    menu: Literal["view", "support", "help"]
    icon: str
    title: str
    menu_text: str
    shortcut: str
    make: Callable[[Surroundings], Place]


def _tr(text: str) -> str:
    return QCoreApplication.translate("Places", text)


def offers() -> tuple[Offer, ...]:
    """All of them, as they stand in the rail and in the menus."""
    return (
        Offer(
            *("certificates", "control_panel", "view", "certificate"),
            *(_tr("Certificates"), _tr("C&ertificates"), "Ctrl+Shift+T"),
            _certificates,
        ),
        Offer(
            *("cases", "support", "support", "case"),
            *(_tr("Cases"), _tr("C&ases"), "Ctrl+Shift+O"),
            _cases,
        ),
        Offer(
            *("bounce", "support", "support", "search"),
            *(_tr("Explain a bounce"), _tr("Explain a &bounce"), "Ctrl+Shift+B"),
            _bounce,
        ),
        Offer(
            *("project", "control_panel", "view", "list"),
            *(_tr("Project settings"), _tr("&Project settings"), "Ctrl+Shift+J"),
            _project,
        ),
        Offer(
            *("notifications", "foot", "view", "bell"),
            *(_tr("Notifications"), _tr("&Notifications"), "Ctrl+Shift+N"),
            _notifications,
        ),
        Offer(
            *("doctor", "support", "help", "laptop"),
            *(_tr("This computer"), _tr("This &computer"), "Ctrl+Shift+K"),
            _doctor,
        ),
        Offer(
            *("settings", "foot", "view", "gear"),
            *(_tr("Settings"), _tr("Se&ttings"), "Ctrl+,"),
            _settings,
        ),
        Offer(
            *("help", "foot", "help", "help"),
            *(_tr("Help"), _tr("&Pages of help"), "Shift+F1"),
            _help,
        ),
    )


def _certificates(around: Surroundings) -> Place:
    from smtpwizard.gui.console.certificates.page import CertificatesPage  # noqa: PLC0415 - on request

    return CertificatesPage(around)


def _cases(around: Surroundings) -> Place:
    from smtpwizard.gui.console.cases_page import CasesPage  # noqa: PLC0415 - on request

    return CasesPage(around)


def _bounce(around: Surroundings) -> Place:
    from smtpwizard.gui.console.bounce.page import BouncePage  # noqa: PLC0415 - on request

    return BouncePage(around)


def _notifications(around: Surroundings) -> Place:
    from smtpwizard.gui.console.notification_list import NotificationList  # noqa: PLC0415 - on request

    return NotificationList(around.zone, around.within)


def _help(around: Surroundings) -> Place:
    from smtpwizard.gui.console.help_place import HelpPlace  # noqa: PLC0415 - on request

    return HelpPlace(around.runner, around.within)


def _project(around: Surroundings) -> Place:
    from smtpwizard.gui.console.project_page import ProjectPage  # noqa: PLC0415 - on request

    return ProjectPage(around)


def _doctor(around: Surroundings) -> Place:
    from smtpwizard.gui.console.check_page import CheckPage  # noqa: PLC0415 - on request

    return CheckPage(around)


def _settings(around: Surroundings) -> Place:
    from smtpwizard.gui.console.settings_page import SettingsPage  # noqa: PLC0415 - on request

    return SettingsPage(around)
