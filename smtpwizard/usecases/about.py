"""The program and what ships with it: versions and licences, as the packages themselves say."""

from __future__ import annotations

import platform
import re
import ssl
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib.metadata import Distribution, PackageNotFoundError, distribution, distributions
from typing import NamedTuple

from smtpwizard import __version__
from smtpwizard.resources import resource_path
from smtpwizard.usecases.workspace import Workspace

_OURSELVES = "smtpwizard"
# A licence that says more than its name in that field; the first line is enough.
_MAX_NAME = 80
_MAX_TEXT = 200_000
_FILES = re.compile(r"(?:^|/)(?:licen[cs]e|copying|notice)[^/]*\Z", re.IGNORECASE)
_REQUIRED = re.compile(r"[A-Za-z0-9][\w.-]*")


class Component(NamedTuple):
    """One package; `text` is its licence, or where that is found."""

    name: str
    version: str
    licence: str
    text: str


class About(NamedTuple):
    """What is told of the program; `folder` is where its data lie."""

    version: str
    system: str
    folder: str
    components: Sequence[Component]


def about(ws: Workspace) -> About:
    """Everything; reads some tens of small files."""
    ours, *found = _packages()
    others = sorted(found, key=lambda each: each.name.casefold())
    components = (ours, *_without_package(), *others)
    return About(__version__, platform.platform(), str(ws.data_dir), components)


def _without_package() -> Iterator[Component]:
    """What is in the program and in no package of its own."""
    yield Component(
        *("Python", platform.python_version(), "PSF-2.0"),
        "Python Software Foundation License, version 2 (PSF License)\n\n"
        "https://docs.python.org/3/license.html",
    )
    # "OpenSSL 3.0.19 27 Jan 2026", or another library in its place.
    name, version, *_ = (*ssl.OPENSSL_VERSION.split(), "")
    yield Component(
        *(name, version, "Apache-2.0"),
        "Apache License, version 2.0\n\nhttps://www.openssl.org/source/license.html",
    )


def _packages() -> list[Component]:
    """This program's package and all that it needs, as far as it is here."""
    if getattr(sys, "frozen", False):
        return [_ourselves(), *map(_component, distributions())]  # no other is in a bundle
    seen: dict[str, Distribution] = {}
    wanted = [_OURSELVES]
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in seen:
            continue
        with suppress(PackageNotFoundError):  # of another system
            found = seen[name] = distribution(name)
            wanted += _required(found)
    others = [_component(each) for name, each in seen.items() if name != _OURSELVES]
    return [_ourselves(), *others]


def _ourselves() -> Component:
    """The bundle has our licence as a file, a checkout beside the package, a wheel in its own."""
    text = ""
    with suppress(PackageNotFoundError):
        text = "\n\n".join(_texts(distribution(_OURSELVES)))
    if not text:
        with suppress(OSError):
            text = resource_path("LICENSE").read_text("utf-8").strip()
    return Component(_OURSELVES, __version__, "MIT", text)


def _required(package: Distribution) -> Iterator[str]:
    for line in package.requires or ():
        name = _REQUIRED.match(line)
        if name is not None and "extra ==" not in line:
            yield name[0]


def _component(package: Distribution) -> Component:
    fields = package.metadata
    name = str(fields["Name"])
    text = "\n\n".join(_texts(package)) or _home_page(package)
    return Component(name, package.version, _licence(package), text[:_MAX_TEXT])


def _home_page(package: Distribution) -> str:
    """Where a package without a licence text is at home; empty where it does not say."""
    fields = package.metadata
    links = [link.partition(",") for link in fields.get_all("Project-URL") or ()]
    by_label = {label.strip().lower(): address.strip() for label, _, address in links}
    own = str(fields["Home-page"]) if "Home-page" in fields else ""
    return by_label.get("homepage") or own or by_label.get("source", "")


def _licence(package: Distribution) -> str:
    fields = package.metadata
    for key in ("License-Expression", "License"):
        named = str(fields[key]).partition("\n")[0] if key in fields else ""
        if named and len(named) <= _MAX_NAME:
            return named
    kinds = (text.rpartition(" :: ") for text in fields.get_all("Classifier") or ())
    return ", ".join(last for first, _, last in kinds if first.startswith("License")) or "–"


def _texts(package: Distribution) -> Iterator[str]:
    for path in package.files or ():
        if _FILES.search(str(path)) and ".dist-info" in str(path):
            with suppress(OSError, UnicodeDecodeError):
                yield path.read_text("utf-8").strip()
