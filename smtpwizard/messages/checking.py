"""The words for what works on this computer, and the report to be passed on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from smtpwizard.messages.errors import warning_text
from smtpwizard.messages.face import Face
from smtpwizard.messages.facts import list_text
from smtpwizard.messages.translation import mark as _
from smtpwizard.messages.translation import translate
from smtpwizard.model.addresses import clean_text
from smtpwizard.model.problem import Json

MAX_VALUE = 300

_TITLES: Mapping[str, str] = {
    "data_folder": _("Data folder"),
    "keyring": _("Secret store"),
    "names": _("Finding servers by name"),
    "trust_store": _("Certificate authorities"),
    "proxies": _("Proxies"),
    "browser": _("Browser"),
    "display": _("Window"),
    "files": _("Files"),
    "tls": _("Encryption"),
}

_IN_FILE = _("New secrets go to the encrypted file.")
_IN_FILE_WITHOUT_KEYRING = _(
    "New secrets go to the encrypted file. The system's keyring cannot be used here."
)
_ALL_WORKS = _("Everything that is needed works")
_ONE_BROKEN = _("1 thing does not work")
_MANY_BROKEN = _("{count} things do not work")


def check_title(name: str) -> str:
    """What is looked at, in a word or two."""
    return translate(_TITLES[name])


def verdict_title(broken: int) -> str:
    """What came of all checks, as a heading."""
    if not broken:
        return translate(_ALL_WORKS)
    return translate(_ONE_BROKEN if broken == 1 else _MANY_BROKEN).format(count=broken)


def verdict_hint(broken: Sequence[str], to_know: Sequence[str]) -> str:
    """What the heading is about: what does not work, else what is worth knowing."""
    titles = [check_title(name) for name in (broken or to_know)]
    if broken:
        return list_text(titles)
    if titles:
        return translate(_("Worth knowing: {what}.")).format(what=list_text(titles))
    return translate(_("Nothing needs you."))


def fault_text(fault: Mapping[str, Any], face: Face) -> str:
    """What is wrong, and what to do about it."""
    return warning_text(fault["code"], fault, face)


def fact_text(name: str, facts: Json) -> str:
    """What was found of a check, in a line."""
    return clean_text(_FACTS[name](facts), MAX_VALUE)


def _said(text: str, **values: object) -> str:
    return translate(text).format(**values)


def _keyring(facts: Json) -> str:
    if facts["secret_store"] == "file":  # noqa: S105 - the name of a store
        usable = facts["keyring"]["usable"]
        return translate(_IN_FILE if usable else _IN_FILE_WITHOUT_KEYRING)
    if facts["secret_store"] == "session":  # noqa: S105
        return translate(_("New secrets are kept for this session only, and forgotten at its end."))
    backend = facts["keyring"]["backend"] or translate(_("none"))
    return _said(_("New secrets go to the system's keyring ({backend})."), backend=backend)


def _names(facts: Json) -> str:
    servers = facts["names"]["name_servers"]
    return _said(_("Names are looked up at {servers}."), servers=", ".join(servers) or "–")


def _trust_store(facts: Json) -> str:
    store = facts["trust_store"]
    count, where = store["certificates"], store["bundle"] or store["directory"]
    if count is None or where is None:
        return translate(_("Those of the system are trusted."))
    return _said(_("{count} are trusted, from {where}."), count=count, where=where)


def _proxies(facts: Json) -> str:
    ways = facts["ways"]
    if not any(ways.values()):
        return translate(_("None is used."))
    direct = translate(_("no proxy"))
    return _said(
        _("Mail goes through {mail}, sign-ins through {sign_in}."),
        mail=ways["mail"] or direct,
        sign_in=ways["sign_in"] or direct,
    )


def _browser(facts: Json) -> str:
    if facts["browser"] is None:
        return translate(_("None was found. A sign-in shows its link to be copied."))
    return _said(_("Sign-ins open in it ({program})."), program=facts["browser"])


def _display(facts: Json) -> str:
    if not facts["qt"]["display_opens"]:
        return translate(_("There is no display. The command line does all of the same."))
    return translate(_("It can be opened here."))


def _files(facts: Json) -> str:
    count = facts["connectors"]
    if count is None:
        return translate(_("The connectors could not be read."))
    return _said(_("All can be read; {count} connectors in this project."), count=count)


_FACTS: Mapping[str, Callable[[Json], str]] = {
    "data_folder": lambda facts: facts["data_directory"]["path"],
    "keyring": _keyring,
    "names": _names,
    "trust_store": _trust_store,
    "proxies": _proxies,
    "browser": _browser,
    "display": _display,
    "files": _files,
    "tls": lambda facts: _said(_("{version}; nobody reads along."), version=facts["openssl"]),
}


def report_lines(
    facts: Json, checks: Sequence[tuple[str, str, Sequence[Json]]], face: Face
) -> Iterator[str]:
    """The whole report: the verdict, what does not work, what is worth knowing, every fact.

    `checks` are name, state (`broken`, `to_know`, `works`) and faults, in order.
    """
    broken = [name for name, state, _ in checks if state == "broken"]
    to_know = [name for name, state, faults in checks if state == "to_know" and faults]
    yield verdict_title(len(broken)) + ("" if broken else ".")
    for state, heading in (("broken", ""), ("to_know", _("Worth knowing:"))):
        if heading and to_know:
            yield ""
            yield translate(heading)
        for name, found, faults in checks:
            if found == state:
                for fault in faults:
                    yield f"  {check_title(name)}: {fault_text(fault, face)}"
    yield ""
    yield translate(_("What was found:"))
    known = {key: value for key, value in facts.items() if key not in ("warnings", "checks")}
    rows = list(_leaves(known))
    width = max(len(path) for path, _ in rows)
    for path, value in rows:
        yield f"  {path:<{width}}  {clean_text(value, 2000)}"


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Dotted paths and values; what is not set is left out."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        if value:
            yield clean_text(path), ", ".join(value)
    elif value is not None and value != "" and value != []:
        yield clean_text(path), value if isinstance(value, str) else json.dumps(value)
