"""DMARC (RFC 9989): which policy receivers find for an author's domain, and what it asks for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

# §4.10: no more questions than that; a longer name goes on with its last seven labels.
_WALK = 8
POLICIES = ("none", "quarantine", "reject")


class Policy(NamedTuple):
    """The record that counts for a domain, and what it says.

    `policy` is what is to happen with mail of exactly that domain; `found_at` the name whose
    record it is, `organizational` the domain that alignment is relaxed to. `tags` are as written.
    """

    record: str | None
    policy: str | None
    found_at: str
    organizational: str
    tags: Mapping[str, str]
    several: bool = False

    @property
    def spf_strict(self) -> bool:
        return self.tags.get("aspf", "r").lower() == "s"

    @property
    def dkim_strict(self) -> bool:
        return self.tags.get("adkim", "r").lower() == "s"

    @property
    def is_test(self) -> bool:
        return self.tags.get("t", "n").lower() == "y"


def tags_of(record: str) -> dict[str, str] | None:
    """The tags of a DMARC record, the first of each; None where it is none (§4.7)."""
    if not re.match(r"\s*[vV]\s*=\s*DMARC1\s*(?:;|$)", record):
        return None
    tags: dict[str, str] = {}
    for part in record.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            tags.setdefault(name.strip().lower(), value.strip())
    return tags


def find_policy(
    txt: Callable[[str], Sequence[str]], exists: Callable[[str], bool], domain: str
) -> Policy:
    """The policy for mail whose From has that domain (A-labels); raises what the two raise.

    `txt` answers the TXT records of a name, `exists` whether there is such a name at all.
    """
    domain = domain.lower().rstrip(".")
    walked, several = _walk(txt, domain)
    organizational = _organizational(walked, domain)
    found = walked.get(domain)
    at = domain
    if found is None:
        at = organizational
        found = walked.get(at)
    if found is None:
        at = next(
            (name for name, (_, tags) in walked.items() if tags.get("psd", "").lower() == "y"),
            domain,
        )
        found = walked.get(at)
    if found is None:
        return Policy(None, None, domain, organizational, {}, several)
    record, tags = found
    return Policy(record, _policy(tags, at, domain, exists), at, organizational, tags, several)


def _walk(
    txt: Callable[[str], Sequence[str]], domain: str
) -> tuple[dict[str, tuple[str, Mapping[str, str]]], bool]:
    """The one record of each name on the way up, and whether the domain itself has several."""
    walked: dict[str, tuple[str, Mapping[str, str]]] = {}
    several = False
    labels = domain.split(".")
    for _ in range(_WALK):
        if not labels:
            break
        name = ".".join(labels)
        found = [(t, tags) for t in txt(f"_dmarc.{name}") if (tags := tags_of(t)) is not None]
        several = several or (name == domain and len(found) > 1)
        if len(found) == 1:
            walked[name] = found[0]
            if found[0][1].get("psd", "").lower() in ("y", "n"):
                break
        labels = labels[-7:] if len(labels) > _WALK else labels[1:]
    return walked, several


def _organizational(walked: Mapping[str, tuple[str, Mapping[str, str]]], domain: str) -> str:
    """§4.10.2; without any record the domain is its own."""
    for name, (_, tags) in walked.items():
        if tags.get("psd", "").lower() == "n":
            return name
        if tags.get("psd", "").lower() == "y" and name != domain:
            above = name.count(".") + 2
            return ".".join(domain.split(".")[-above:])
    return min(walked, key=lambda name: name.count("."), default=domain)


def _policy(
    tags: Mapping[str, str], at: str, domain: str, exists: Callable[[str], bool]
) -> str | None:
    policies = {tag: tags[tag].lower() for tag in ("p", "sp", "np") if tag in tags}
    # §4.7: one that nobody understands spoils the record, but for somebody who wants reports.
    if not all(policy in POLICIES for policy in policies.values()):
        return "none" if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", tags.get("rua", "")) else None
    asked = ["p"]
    if at != domain:
        asked = ["np", "sp", "p"] if "np" in policies and not exists(domain) else ["sp", "p"]
    return next((policies[tag] for tag in asked if tag in policies), "none")


def is_aligned(one: str, author: str, policy: Policy, organizational: str, *, strict: bool) -> bool:
    """Whether a domain that passed SPF or DKIM speaks for the author's domain (§4.4).

    `organizational` is that of `one`.
    """
    if strict:
        return one.lower() == author.lower()
    return organizational.lower() == policy.organizational.lower()


def organizational_domain(txt: Callable[[str], Sequence[str]], domain: str) -> str:
    """The domain that others are aligned with under relaxed rules; raises what `txt` raises."""
    domain = domain.lower().rstrip(".")
    return _organizational(_walk(txt, domain)[0], domain)
