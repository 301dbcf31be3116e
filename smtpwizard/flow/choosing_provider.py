"""How a draft comes to its provider and server: typed, found for an address, or taken over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from smtpwizard.flow.draft import CUSTOM, ConnectorDraft
from smtpwizard.model.connector import DEFAULT_PORTS, Security, Server, ServerDefaults
from smtpwizard.model.discovery import Standing

if TYPE_CHECKING:
    from smtpwizard.model.discovery import Candidate
    from smtpwizard.providers import Catalogue


def provider_meant(text: str, names: Iterable[tuple[str, str]]) -> str | None:
    """The provider that a typed text names, of (id, name) pairs: by its whole name, or as the only
    one that has these letters in it. None for anything else."""
    wanted = " ".join(text.split()).casefold()
    if not wanted:
        return None
    having = [(key, name.casefold()) for key, name in names if wanted in name.casefold()]
    whole = [key for key, name in having if name == wanted]
    if whole:
        return whole[0]
    return having[0][0] if len(having) == 1 else None


def brought_server(draft: ConnectorDraft, catalogue: Catalogue) -> Server | ServerDefaults | None:
    """The server that the chosen provider brings; the saved connector's own where it is edited."""
    base = draft.base
    kept = base.server if base is not None and base.provider == draft.provider else None
    return kept or catalogue.defaults_for(draft.provider)


def take_answer(
    draft: ConnectorDraft, candidate: Candidate, catalogue: Catalogue
) -> ConnectorDraft:
    """What was found for an address: provider, server and user; the usual method of signing in
    comes with it until the user has chosen one.

    A known provider's server at another port than it brings is a connection of one's own.
    """
    taken = draft.with_provider(candidate.provider)
    brought = catalogue.defaults_for(candidate.provider)
    if brought is not None and brought[:3] != candidate.server[:3]:
        taken = as_own_connection(taken, catalogue)
    taken = _with_server(taken, candidate.server)
    methods = candidate.methods
    return taken._replace(
        username=candidate.username,
        method=taken.method if taken.method_chosen or not methods else methods[0],
    )


def is_taken(draft: ConnectorDraft, candidate: Candidate, catalogue: Catalogue) -> bool:
    """True while the draft has what was found, so that its row is the chosen one."""
    return take_answer(draft, candidate, catalogue) == draft


def has_to_be_asked(candidate: Candidate) -> bool:
    """True for what nobody takes without having read how it could be wrong: from a source that is
    not to be trusted, without encryption, at a server that was seen not to do, or in a domain that
    is not the address's own."""
    relied_on = candidate.standing in (Standing.TRUSTED, Standing.NO_ANSWER)
    return not relied_on or bool(candidate.facts.get("elsewhere"))


def in_order(
    shown: Sequence[Candidate], latest: Sequence[Candidate], *, touched: bool
) -> tuple[Candidate, ...]:
    """The candidates in the order to show them in: the best first, but once somebody has touched
    them what is there stays where it is, and what is new comes below."""
    if not touched:
        return tuple(latest)
    by_key = {candidate.key: candidate for candidate in latest}
    kept = [by_key.pop(each.key) for each in shown if each.key in by_key]
    return (*kept, *by_key.values())


def as_own_connection(draft: ConnectorDraft, catalogue: Catalogue) -> ConnectorDraft:
    """A connection of one's own that begins with all that the chosen provider brings."""
    entry, server = catalogue.get(draft.provider), brought_server(draft, catalogue)
    own = draft.with_provider(CUSTOM)._replace(method=draft.method)
    if server is not None:
        own = _with_server(own, server)
    if entry is None:
        return own
    return own._replace(
        issuer=entry.issuer or "",
        authorization_endpoint=entry.authorization_endpoint or "",
        token_endpoint=entry.token_endpoint or "",
        scopes=" ".join(entry.scopes),
    )


def _with_server(draft: ConnectorDraft, server: Server | ServerDefaults) -> ConnectorDraft:
    same = draft.host == server.host
    return draft._replace(
        host=server.host,
        port=str(server.port),
        port_typed=server.port != DEFAULT_PORTS[server.security],
        security=server.security,
        pasted=None,
        # What was trusted, and what was consented to, for another server is not for this one.
        ca_file=server.ca_file or "",
        pinned_certificate=draft.pinned_certificate if same else "",
        allow_cleartext=draft.allow_cleartext and same and server.security is Security.NONE,
    )
