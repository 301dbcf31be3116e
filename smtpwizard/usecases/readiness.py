"""How receivers will see mail from a sender through a connector: SPF, DKIM, DMARC, MX, PTR.

Asks names, never a mail server; what nobody could tell is unknown, never missing.
"""

from __future__ import annotations

import ipaddress
import time
import tomllib
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from smtpwizard.discovery.signs import parse_signs
from smtpwizard.model.addresses import ascii_domain, is_ip_literal, parse_address
from smtpwizard.model.errors import DeadlineExceeded
from smtpwizard.model.sender import (
    Apart,
    ApartFinding,
    Check,
    Readiness,
    RecordChange,
    SenderFinding,
    Verdict,
)
from smtpwizard.net.cancel import CancelToken, Deadline
from smtpwizard.net.names import Names
from smtpwizard.providers import parse_domains, site_of
from smtpwizard.resources import packaged_text
from smtpwizard.sender.dkim_key import Key, read_key
from smtpwizard.sender.dmarc import Policy, find_policy
from smtpwizard.sender.look_ups import LookUps
from smtpwizard.sender.receivers import either, judge, parse_receivers
from smtpwizard.sender.spf import (
    LOOK_UPS,
    VOIDS,
    Broken,
    Mail,
    NoAnswerError,
    Survey,
    check_host,
    spf_records,
    survey,
)
from smtpwizard.usecases.network import network_settings

if TYPE_CHECKING:
    from smtpwizard.model.connector import Connector
    from smtpwizard.model.network_settings import NetworkSettings
    from smtpwizard.sender.spf import IpAddress
    from smtpwizard.usecases.workspace import Workspace

LIMIT_S = 15.0
# So many of a provider's networks stand for all of them.
_SAMPLES = 6


class _Sending(NamedTuple):
    """Who sends: a provider with what is known of its mail, or a server by its addresses."""

    provider: str | None = None
    include: str | None = None
    selectors: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    own_envelope: bool = False
    host: str | None = None
    """None where an address is judged alone."""


def readiness_of_connector(
    ws: Workspace,
    connector: Connector,
    *,
    pointed: NetworkSettings | None = None,
    token: CancelToken | None = None,
    limit_s: float = LIMIT_S,
    keys: Sequence[str] = (),
) -> Readiness:
    """How receivers see the connector's sender. `keys` are names of DKIM keys that emails showed.

    Raises `AddressError` for a sender that is no address, and `Cancelled`.
    """
    entry = ws.provider_of(connector)
    server = connector.server
    sending = _Sending(host=server.host, keys=tuple(keys))
    if entry is not None and server.host.lower().rstrip(".") == entry.host.lower():
        known = tomllib.loads(packaged_text("providers/sending.toml")).get(entry.id, {})
        signs = parse_signs(packaged_text("providers/signs.toml")).providers.get(entry.id)
        include = known.get("spf") or next(iter(signs.spf if signs else ()), None)
        names = known.get("selectors", "").split()
        sending = sending._replace(
            provider=entry.name,
            include=include,
            selectors=tuple(names),
            own_envelope=known.get("own_envelope", False),
        )
    return _judge(ws, connector.sender_address(), sending, pointed, token, limit_s)


def readiness_of_address(
    ws: Workspace,
    address: str,
    *,
    pointed: NetworkSettings | None = None,
    token: CancelToken | None = None,
    limit_s: float = LIMIT_S,
) -> Readiness:
    """The records of an address's domain alone; raises `AddressError`, `Cancelled`."""
    return _judge(ws, address, _Sending(), pointed, token, limit_s)


def _judge(
    ws: Workspace,
    address: str,
    sending: _Sending,
    pointed: NetworkSettings | None,
    token: CancelToken | None,
    limit_s: float,
) -> Readiness:
    mailbox = parse_address(address)
    if mailbox.domain.startswith("["):
        return _nothing(mailbox.domain, "no_domain", sending)
    domain = ascii_domain(mailbox.domain).lower()
    pointed = pointed or network_settings(ws)
    if pointed.offline:
        return _nothing(domain, "offline", sending)
    known = parse_domains(packaged_text("providers/domains.toml"))
    own = any(domain in domains for domains in known.values())
    asked = LookUps(Names(pointed), token or CancelToken(), Deadline(limit_s))
    began = time.monotonic()
    looking = _Judge(asked, domain, f"postmaster@{domain}", sending, own)
    findings, apart = looking.run()
    ms = round((time.monotonic() - began) * 1000)
    return _readiness(domain, findings, sending, ms)._replace(apart=apart)


def _nothing(domain: str, code: str, sending: _Sending) -> Readiness:
    facts = {"domain": domain}
    findings = tuple(SenderFinding(c, Verdict.UNKNOWN, code, facts) for c in Check)
    return _readiness(domain, findings, sending, 0)


def _readiness(
    domain: str, findings: tuple[SenderFinding, ...], sending: _Sending, ms: int
) -> Readiness:
    rules = parse_receivers(packaged_text("providers/receivers.toml"))
    receivers = judge(rules, _kept(findings, sending))
    alone = sending.host is None
    return Readiness(domain, findings, sending.provider, ms, receivers, alone)


def _kept(findings: Iterable[SenderFinding], sending: _Sending) -> dict[str, bool | None]:
    """What receivers ask for, as far as the findings tell."""
    found = {each.check: each for each in findings}
    spf, dkim = _spf_passes(found[Check.SPF], sending), _stands(found[Check.DKIM])
    dmarc = found[Check.DMARC]
    published = {"no_answer": None, "offline": None, "no_domain": None}
    out = {
        "spf": spf,
        "dkim": dkim,
        "spf_or_dkim": either(spf, dkim),
        "aligned": _speaks(found[Check.SPF], found[Check.DKIM], sending),
        "dmarc": published.get(dmarc.code, dmarc.code not in _NO_POLICY),
        "ptr": _stands(found[Check.PTR]),
        "mx": _stands(found[Check.MX]),
    }
    if sending.provider is not None:
        del out["ptr"]  # the names of its servers are for the provider to see to
    return out


# Below the domain, and how its text begins (RFC 8461 §3.1, RFC 8460 §3).
_APART_RECORDS = {
    Apart.MTA_STS: ("_mta-sts", "v=STSv1"),
    Apart.TLS_RPT: ("_smtp._tls", "v=TLSRPTv1"),
}
_NO_POLICY = ("dmarc_missing", "dmarc_several", "dmarc_unusable")


def _stands(finding: SenderFinding) -> bool | None:
    """Whether a check holds, None where that is not known."""
    return None if finding.verdict is Verdict.UNKNOWN else finding.verdict is not Verdict.BAD


def _spf_passes(spf: SenderFinding, sending: _Sending) -> bool | None:
    """Whether SPF passes for mail of this sender, whoever the envelope names."""
    if sending.own_envelope:
        return True
    stands = _stands(spf)
    # A record that is in order says nothing of a server that nobody has named.
    return None if stands and sending.host is None else stands


def _speaks(spf: SenderFinding, dkim: SenderFinding, sending: _Sending) -> bool | None:
    """Whether SPF or DKIM speaks for the sender's own domain, which DMARC goes by."""
    own = False if sending.own_envelope else _spf_passes(spf, sending)
    return either(own, _stands(dkim))


class _Judge:
    def __init__(
        self, asked: LookUps, domain: str, sender: str, sending: _Sending, foreign: bool
    ) -> None:
        self.asked = asked
        self.domain = domain
        self.sender = sender
        self.sending = sending
        self.foreign = foreign
        """True where the domain is a mailbox provider's, whose records nobody here changes."""

    def run(self) -> tuple[tuple[SenderFinding, ...], tuple[ApartFinding, ...]]:
        works: Sequence[tuple[Check, Callable[[], SenderFinding]]] = (
            (Check.SPF, self._spf),
            (Check.DKIM, self._dkim),
            (Check.MX, self._mx),
            (Check.PTR, self._ptr),
        )
        with ThreadPoolExecutor(max_workers=5, thread_name_prefix="sender") as pool:
            policy = pool.submit(self._policy)
            looks = [pool.submit(self._safely, check, work) for check, work in works]
            apart = [pool.submit(self._apart, what) for what in Apart]
            found = {look.check: look for look in (each.result() for each in looks)}
            found[Check.DMARC] = self._dmarc(policy.result(), found[Check.SPF], found[Check.DKIM])
        return tuple(found[check] for check in Check), tuple(each.result() for each in apart)

    def _apart(self, what: Apart) -> ApartFinding:
        if what not in _APART_RECORDS:
            return ApartFinding(what, self.domain)
        name, begins = _APART_RECORDS[what]
        try:
            texts = self.asked.txt(f"{name}.{self.domain}")
        except (NoAnswerError, DeadlineExceeded):
            return ApartFinding(what, self.domain)
        record = next((text for text in texts if text.startswith(begins)), None)
        return ApartFinding(what, self.domain, record is not None, record)

    def _safely(self, check: Check, work: Callable[[], SenderFinding]) -> SenderFinding:
        try:
            return work()
        except (NoAnswerError, DeadlineExceeded):
            return self._found(check, Verdict.UNKNOWN, "no_answer")

    def _found(
        self,
        check: Check,
        verdict: Verdict,
        code: str,
        found: str | None = None,
        fix: RecordChange | None = None,
        **facts: Any,
    ) -> SenderFinding:
        about = {"domain": self.domain, "provider": self.sending.provider or "", **facts}
        return SenderFinding(check, verdict, code, about, found, None if self.foreign else fix)

    # -- SPF ---------------------------------------------------------------------------------------

    def _spf(self) -> SenderFinding:
        records = spf_records(self.asked.txt(self.domain))
        if len(records) > 1:
            text = "\n".join(records)
            fix = self._change(_merged(records), text)
            return self._spf_found(Verdict.BAD, "spf_several", text, fix, count=len(records))
        found = survey(self.asked, self.domain)
        if found.error is not None and found.error != "no_record":
            return self._worthless(found)
        if found.error is not None:
            return self._worthless(found, dead=found.error_at)
        if found.record is None:
            return self._spf_missing()
        if found.all_qualifier == "+":
            return self._spf_open(found, found.record)
        if self.sending.host is None:
            return self._allowed(found, "spf_found")
        if self.sending.own_envelope:
            return self._allowed(found, "spf_of_provider")
        if self.sending.include is not None:
            return self._spf_for_provider(found, self.sending.include)
        if self.sending.provider is not None:
            return self._spf_found(Verdict.UNKNOWN, "spf_hosts_unknown", found.record)
        return self._spf_for_server(found)

    def _spf_found(
        self, verdict: Verdict, code: str, found: str | None, fix: RecordChange | None = None,
        **facts: Any,
    ) -> SenderFinding:  # fmt: skip
        return self._found(Check.SPF, verdict, code, found, fix, **facts)

    def _change(self, new: str, old: str | None) -> RecordChange:
        return RecordChange(self.domain, "TXT", old, new)

    def _allowed(self, found: Survey, code: str, **facts: Any) -> SenderFinding:
        about = {"look_ups": found.look_ups, "left": LOOK_UPS - found.look_ups, **facts}
        if found.uses_ptr:
            return self._spf_found(Verdict.WARNING, "spf_ptr", found.record, **about)
        return self._spf_found(Verdict.GOOD, code, found.record, **about)

    def _spf_missing(self) -> SenderFinding:
        if self.sending.own_envelope:
            return self._spf_found(Verdict.GOOD, "spf_of_provider_none", None)
        allowed = self._terms_to_add()
        if self.sending.host is not None and not allowed:
            return self._spf_found(Verdict.BAD, "spf_missing", None)
        fix = self._change(f"v=spf1 {' '.join(allowed)} ~all", None) if allowed else None
        return self._spf_found(Verdict.BAD, "spf_missing", None, fix)

    def _spf_open(self, found: Survey, record: str) -> SenderFinding:
        """A record that everybody passes: to be closed, but not to what is sent through."""
        new = _with_all(record, "~all")
        for term in () if self.sending.own_envelope else self._terms_to_add():
            target = term.partition(":")[2].lower()
            address = ipaddress.ip_address(target) if term.startswith("ip") else None
            listed = any(address in network for network in found.networks if address is not None)
            if target not in found.targets and not listed:
                new = _with_term(new, term)
        # Where nobody is known to send, a record that lists nobody would stop all that passes now.
        if len(new.split()) == len(("v=spf1", "~all")):
            return self._spf_found(Verdict.BAD, "spf_open_for_whom", record)
        return self._spf_found(Verdict.BAD, "spf_open", record, self._change(new, record))

    def _terms_to_add(self) -> list[str]:
        if self.sending.include is not None:
            return [f"include:{self.sending.include}"]
        if self.sending.host is None or self.sending.provider is not None:
            return []
        return [f"ip{each.version}:{each}" for each in self._addresses() if _is_outside(each)]

    def _worthless(self, found: Survey, dead: str | None = None) -> SenderFinding:
        """A record that receivers give up on, and what to take out of it."""
        record = found.record or ""
        drop = [term] if dead is not None and (term := _term_to(record, dead)) else []
        if found.error in (Broken.LOOK_UPS, Broken.VOIDS) and found.error_at == self.domain:
            drop = self._to_drop(found)
        new = record
        for term in drop:
            new = _without(new, term)
        fix = self._change(new, record) if new != record else None
        return self._spf_found(
            Verdict.BAD, f"spf_{found.error}", record or None, fix,
            at=found.error_at, look_ups=found.look_ups, voids=found.voids, drop=drop,
        )  # fmt: skip

    def _to_drop(self, found: Survey) -> list[str]:
        """As few terms as bring the record within its bounds, those that lead nowhere first; never
        the one that this connector needs."""
        included = f"include:{self.sending.include}".lower()
        rest = [s for s in found.spent if s.term.lower() != included]
        look_ups, voids = found.look_ups, found.voids
        out = []
        for spent in sorted(rest, key=lambda s: (s.voids, s.look_ups), reverse=True):
            if look_ups <= LOOK_UPS and voids <= VOIDS:
                break
            out.append(spent.term)
            look_ups -= spent.look_ups
            voids -= spent.voids
        return out

    def _spf_for_provider(self, found: Survey, include: str) -> SenderFinding:
        record = found.record or ""
        if include.lower() in found.targets:
            return self._allowed(found, "spf_includes", include=include)
        theirs = survey(self.asked, include)
        if theirs.error is not None or not theirs.networks:
            return self._spf_found(Verdict.UNKNOWN, "spf_hosts_unknown", record)
        results = {
            check_host(self.asked, Mail(n.network_address, self.sender, self.domain))
            for n in _spread(theirs.networks)
        }
        if "temperror" in results:
            return self._spf_found(Verdict.UNKNOWN, "no_answer", record)
        if results == {"pass"}:
            return self._allowed(found, "spf_passes", include=include)
        need = 1 + theirs.look_ups
        fix = self._change(_with_term(record, f"include:{include}"), record)
        code = "spf_not_included"
        facts: dict[str, Any] = {"include": include, "need": need, "look_ups": found.look_ups}
        if found.look_ups + need > LOOK_UPS:
            code = "spf_not_included_full"
            facts["drop"] = max(found.spent, key=lambda s: s.look_ups).term
        return self._spf_found(Verdict.BAD, code, record, fix, **facts)

    def _addresses(self) -> list[IpAddress]:
        host = self.sending.host or ""
        if is_ip_literal(host):
            return [ipaddress.ip_address(host.partition("%")[0])]
        if host.lower() == "localhost":
            return [ipaddress.ip_address("127.0.0.1")]
        host = ascii_domain(host)
        texts = (*self.asked.ip(host, 4), *self.asked.ip(host, 6))
        return [ipaddress.ip_address(text) for text in texts]

    def _spf_for_server(self, found: Survey) -> SenderFinding:
        record = found.record or ""
        addresses = self._addresses()
        host = self.sending.host
        if not addresses or not all(map(_is_outside, addresses)):
            return self._spf_found(Verdict.UNKNOWN, "spf_server_inside", record, host=host)
        results = {
            each: check_host(self.asked, Mail(each, self.sender, host or "")) for each in addresses
        }
        if "temperror" in results.values():
            return self._spf_found(Verdict.UNKNOWN, "no_answer", record)
        refused = [each for each, result in results.items() if result != "pass"]
        if not refused:
            return self._allowed(found, "spf_server_passes", host=host)
        new = record
        for each in refused:
            new = _with_term(new, f"ip{each.version}:{each}")
        return self._spf_found(
            Verdict.BAD, "spf_server_not_allowed", record, self._change(new, record),
            host=host, addresses=[str(each) for each in refused], result=results[refused[0]],
        )  # fmt: skip

    # -- DKIM --------------------------------------------------------------------------------------

    def _dkim(self) -> SenderFinding:
        keys: list[tuple[str, Key]] = []
        tried = [f"{each}._domainkey.{self.domain}" for each in self.sending.selectors]
        for name in dict.fromkeys((*self._learnt(), *tried)):
            selector = name.partition("._domainkey.")[0]
            texts = [t for t in self.asked.txt(name) if "p=" in t.replace(" ", "")]
            keys += [(selector, read_key(text)) for text in texts[:1]]
            if not texts and (alias := self.asked.cname(name)):
                fact: dict[str, Any] = {"selector": selector, "alias": alias}
                return self._found(Check.DKIM, Verdict.BAD, "dkim_dangling", alias, **fact)
        if not keys:
            code = "dkim_not_known" if self.sending.host is not None else "dkim_alone"
            return self._found(Check.DKIM, Verdict.UNKNOWN, code)
        working = [k for k in keys if k[1].problem in (None, "weak", "test")]
        # Of two selectors that take turns, the one at rest may well be empty.
        selector, key = min(working or keys, key=lambda k: k[1].problem is not None)
        facts: dict[str, Any] = {"selector": selector, "bits": key.bits, "problem": key.problem}
        if key.problem is None:
            return self._found(Check.DKIM, Verdict.GOOD, "dkim_found", key.record, **facts)
        worst = Verdict.WARNING if working else Verdict.BAD
        return self._found(Check.DKIM, worst, f"dkim_{key.problem}", key.record, **facts)

    def _learnt(self) -> list[str]:
        """The keys of emails that speak for this domain."""
        domains = ((name, name.partition("._domainkey.")[2]) for name in self.sending.keys)
        return [
            n for n, d in domains if d and (d == self.domain or site_of(d) == site_of(self.domain))
        ]

    # -- DMARC -------------------------------------------------------------------------------------

    def _policy(self) -> Policy | None:
        try:
            return find_policy(self.asked.txt, self.asked.exists, self.domain)
        except (NoAnswerError, DeadlineExceeded):
            return None

    def _dmarc(
        self, policy: Policy | None, spf: SenderFinding, dkim: SenderFinding
    ) -> SenderFinding:
        if policy is None:
            return self._found(Check.DMARC, Verdict.UNKNOWN, "no_answer")
        name = f"_dmarc.{policy.organizational if policy.record is None else policy.found_at}"
        if policy.several:
            return self._found(Check.DMARC, Verdict.BAD, "dmarc_several", policy.record)
        if policy.record is None:
            fix = RecordChange(f"_dmarc.{self.domain}", "TXT", None, "v=DMARC1; p=none")
            return self._found(Check.DMARC, Verdict.WARNING, "dmarc_missing", None, fix)
        facts: dict[str, Any] = {
            "policy": policy.policy or "", "at": policy.found_at,
            "old_tags": ", ".join(t for t in ("pct", "rf", "ri") if t in policy.tags),
        }  # fmt: skip
        if policy.policy is None:
            fix = RecordChange(name, "TXT", policy.record, _with_policy(policy.record))
            return self._found(
                Check.DMARC, Verdict.BAD, "dmarc_unusable", policy.record, fix, **facts
            )
        strict = policy.policy != "none" and not policy.is_test
        if self.sending.host is not None:
            speaks = _speaks(spf, dkim, self.sending)
            if speaks is False:
                worst = Verdict.BAD if strict else Verdict.WARNING
                return self._found(Check.DMARC, worst, "dmarc_no_leg", policy.record, **facts)
            if speaks is None:
                # Where SPF is out, all hangs on a key that nobody has seen yet.
                out = self.sending.own_envelope or spf.verdict is Verdict.BAD
                worst = Verdict.UNKNOWN if strict and not out else Verdict.WARNING
                return self._found(Check.DMARC, worst, "dmarc_leg_unknown", policy.record, **facts)
        code = "dmarc_none" if policy.policy == "none" else "dmarc_found"
        if policy.is_test:
            code = "dmarc_test"
        if facts["old_tags"]:
            new = _without_tags(policy.record, ("pct", "rf", "ri"))
            fix = RecordChange(name, "TXT", policy.record, new)
            return self._found(
                Check.DMARC, Verdict.WARNING, "dmarc_old_tags", policy.record, fix, **facts
            )
        return self._found(Check.DMARC, Verdict.GOOD, code, policy.record, **facts)

    # -- MX and PTR --------------------------------------------------------------------------------

    def _mx(self) -> SenderFinding:
        """Where bounces go: receivers refuse senders that nobody can answer (RFC 7505 §4.2)."""
        hosts = self.asked.mx(self.domain)
        text = ", ".join(each or "." for each in hosts) or None
        if hosts and not any(hosts):
            return self._found(Check.MX, Verdict.BAD, "mx_null", text)
        if hosts:
            return self._found(Check.MX, Verdict.GOOD, "mx_found", text)
        if self.asked.ip(self.domain, 4) or self.asked.ip(self.domain, 6):
            return self._found(Check.MX, Verdict.WARNING, "mx_address_alone")
        return self._found(Check.MX, Verdict.BAD, "mx_missing")

    def _ptr(self) -> SenderFinding:
        if self.sending.host is None:
            return self._found(Check.PTR, Verdict.UNKNOWN, "ptr_alone")
        if self.sending.provider is not None:
            return self._found(Check.PTR, Verdict.UNKNOWN, "ptr_of_provider")
        addresses = self._addresses()
        facts: dict[str, Any] = {"host": self.sending.host}
        if not addresses or not all(map(_is_outside, addresses)):
            return self._found(Check.PTR, Verdict.UNKNOWN, "ptr_inside", **facts)
        found = None
        for each in addresses:
            names = self.asked.ptr(str(each))
            found = ", ".join(names) or None
            facts["address"] = str(each)
            if not names:
                return self._found(Check.PTR, Verdict.BAD, "ptr_missing", **facts)
            back = {a for n in names[:10] for a in self.asked.ip(n, each.version)}
            if each not in map(ipaddress.ip_address, back):
                return self._found(Check.PTR, Verdict.BAD, "ptr_not_back", found, **facts)
        return self._found(Check.PTR, Verdict.GOOD, "ptr_found", found, **facts)


def _is_outside(address: IpAddress) -> bool:
    """False for addresses that receivers never see: those of a network within."""
    return not (address.is_loopback or address.is_link_local or _is_private(address))


_PRIVATE = tuple(
    map(
        ipaddress.ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "100.64.0.0/10"),
    )
)


def _is_private(address: IpAddress) -> bool:
    return any(address in network for network in _PRIVATE)


def _spread(networks: Sequence[Any]) -> list[Any]:
    step = max(1, len(networks) // _SAMPLES)
    return list(networks[::step][:_SAMPLES])


# -- records rewritten -----------------------------------------------------------------------------


def _is_all(word: str) -> bool:
    return word.lower().lstrip("+-~?") == "all"


def _with_term(record: str, term: str) -> str:
    """The record with one more mechanism, before what ends it."""
    words = record.split()
    ends = (n for n, w in enumerate(words) if _is_all(w) or ("=" in w and n > 0))
    at = next(ends, len(words))
    return " ".join((*words[:at], term, *words[at:]))


def _with_all(record: str, term: str) -> str:
    return " ".join([*(w for w in record.split() if not _is_all(w)), term])


def _without(record: str, term: str) -> str:
    return " ".join(w for w in record.split() if w.lower().lstrip("+-~?") != term.lower())


def _term_to(record: str, target: str) -> str | None:
    wanted = {f"include:{target.lower()}", f"redirect={target.lower()}"}
    words = (w.lstrip("+-~?").rstrip(".") for w in record.split())
    return next((word for word in words if word.lower() in wanted), None)


def _merged(records: Iterable[str]) -> str:
    words = [word for record in records for word in record.split()[1:]]
    ends = [w for w in words if _is_all(w)]
    # Of two endings the one that lets more through breaks nothing that works today.
    end = next((w for sign in "~-?+" for w in ends if w.startswith(sign)), None)
    kept = dict.fromkeys(w for w in words if not _is_all(w))
    return " ".join(["v=spf1", *kept, *([end or "~all"])])


def _with_policy(record: str) -> str:
    parts = [p.strip() for p in record.split(";") if p.strip()]
    rest = [p for p in parts[1:] if p.partition("=")[0].strip().lower() != "p"]
    return "; ".join([parts[0], "p=none", *rest])


def _without_tags(record: str, tags: Sequence[str]) -> str:
    parts = [p.strip() for p in record.split(";") if p.strip()]
    return "; ".join(p for p in parts if p.partition("=")[0].strip().lower() not in tags)
