"""What may stand in a case: every field of a run with its kind. What has none is not written."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from smtpwizard.model import stage_facts, wire
from smtpwizard.model.odd_characters import Odd
from smtpwizard.model.report import Cause, Reply, Report, StageResult, Unproven
from smtpwizard.model.run import Summary


class Kind(StrEnum):
    """What a field holds, and so what becomes of it."""

    PUBLIC = "public"
    """Figures, dates, words out of a closed list: written as they are."""
    NAME = "name"
    ADDRESS = "address"
    """An address, or a login that is none."""
    HOST = "host"
    IP = "ip"
    IDENTIFIER = "identifier"
    PATH = "path"
    URL = "url"
    SUBJECT = "subject"
    """The name in a certificate."""
    PROVIDER = "provider"
    TEXT = "text"
    """Words of somebody else, in which names may stand."""
    OCTETS = "octets"
    """The same with an octet a character."""
    RECORD = "record"
    """Something that has fields of its own."""
    SET = "set"
    """Written is only that there is something."""
    LEFT_OUT = "left_out"
    """Known, and not written: it stands elsewhere, or is nobody's business."""


Fields = Mapping[str, "Kind | Fields"]

_P = Kind.PUBLIC

# What a token and its problem may tell (`TokenProblem.facts`).
_TOKEN: Fields = {
    "opaque": _P, "audience": Kind.TEXT, "scopes": Kind.TEXT, "roles": Kind.TEXT,
    "account": Kind.ADDRESS, "tenant": Kind.IDENTIFIER, "app_only": _P, "issued_at": _P,
    "expires_at": _P,
}  # fmt: skip
_TOKEN_FACTS: Fields = {
    "error": Kind.TEXT, "aadsts": _P, "description": Kind.TEXT, "interrupted": _P, "lost_at": _P,
    "expected": Kind.TEXT, "found": Kind.TEXT, "token": _TOKEN, "host": Kind.HOST, "port": _P,
    "proxy": Kind.URL, "source": _P, "status": _P, "reason": Kind.TEXT, "limit": _P,
    "seconds": _P, "account": Kind.ADDRESS, "scopes": Kind.TEXT, "why": _P, "openssl": Kind.TEXT,
    "verify_code": _P, "chain": {
        "subject": Kind.SUBJECT, "issuer": Kind.SUBJECT, "names": Kind.HOST, "not_before": _P,
        "not_after": _P, "fingerprint": Kind.IDENTIFIER, "self_signed": _P,
    },
}  # fmt: skip
_REFUSAL: Fields = {
    "status": _P, "scope": Kind.TEXT, "schemes": _P, "error": Kind.TEXT,
    "openid-configuration": Kind.URL,
}  # fmt: skip

RECORDS: Mapping[type, Fields] = {
    Report: {
        "ok": _P, "connector": Kind.NAME, "started": _P, "duration_ms": _P, "stages": Kind.RECORD,
        "causes": Kind.RECORD, "message_id": Kind.IDENTIFIER, "queue_id": Kind.IDENTIFIER,
        "transcript": Kind.LEFT_OUT, "token_missing": _P, "cancelled": _P, "odd": Kind.RECORD,
        "wire": Kind.LEFT_OUT, "token_requests": Kind.LEFT_OUT, "beyond": Kind.LEFT_OUT,
        "unproven": Kind.LEFT_OUT, "worked_at": Kind.LEFT_OUT,
    },
    StageResult: {
        "stage": _P, "status": _P, "ms": _P, "reply": Kind.RECORD, "actor": _P,
        "facts": Kind.RECORD, "failure": Kind.RECORD, "running": _P,
    },
    Unproven: {"stage": _P, "at": _P, "cause": _P, "told_by": _P},
    Reply: {"code": _P, "enhanced": _P, "text": Kind.TEXT},
    Cause: {
        "cause": _P, "likelihood": _P, "actor": _P, "evidence": Kind.TEXT, "retryable": _P,
        "variant": _P, "family": _P, "values": Kind.LEFT_OUT,
    },
    Odd: {"kind": _P, "number": _P, "place": _P},
    Summary: {
        "id": _P, "at": _P, "ok": _P, "verdict": _P, "duration_ms": _P, "stage": _P,
        "reply": Kind.RECORD, "causes": _P, "secret_given": _P,
        "asked_as": Kind.LEFT_OUT,
        "told_by": _P,
    },
    stage_facts.CertificateFacts: {
        "subject": Kind.SUBJECT, "issuer": Kind.SUBJECT, "names": Kind.HOST, "not_before": _P,
        "not_after": _P, "fingerprint": Kind.IDENTIFIER, "self_signed": _P, "pem": Kind.LEFT_OUT,
    },
    stage_facts.Attempt: {"address": Kind.IP, "ms": _P, "error": _P},
    stage_facts.TokenProblem: {"problem": _P, "facts": _TOKEN_FACTS},
    stage_facts.StageFailure: {
        "error": _P, "verify_code": _P, "openssl": Kind.TEXT, "alert": _P, "peer": Kind.TEXT,
        "first": Kind.OCTETS, "chain": Kind.RECORD, "now": _P, "off_by_hours": _P,
        "clock_suspect": _P, "version": _P, "status": _P, "reason": Kind.TEXT,
        "attempts": Kind.RECORD, "proxy": Kind.URL, "why": _P, "source": _P, "path": Kind.PATH,
        "extensions": Kind.TEXT, "wanted": _P, "offered": Kind.TEXT, "size": _P, "limit": _P,
        "midway": _P, "own_trust": _P, "project_vouches": _P, "extra": Kind.TEXT,
    },
    stage_facts.ResolveFacts: {
        "proxy": Kind.URL, "proxy_source": _P, "host": Kind.HOST, "addresses": Kind.IP,
    },
    stage_facts.ConnectFacts: {
        "port": _P, "address": Kind.IP, "family": _P, "attempts": Kind.RECORD,
    },
    stage_facts.TlsFacts: {
        "mode": _P, "version": _P, "cipher": _P, "chain": Kind.RECORD,
        "unexpected_issuer": Kind.SUBJECT, "project_authority": Kind.IDENTIFIER,
    },
    stage_facts.EhloFacts: {
        "ehlo_name": Kind.HOST, "extensions": Kind.TEXT, "mechanisms": Kind.TEXT, "size": _P,
    },
    stage_facts.AuthFacts: {
        "username": Kind.ADDRESS, "mechanism": _P, "token_refusal": _REFUSAL,
        "token": Kind.RECORD, "token_renewed": _P, "token_not_kept": _P,
    },
    stage_facts.MailFacts: {"sender": Kind.ADDRESS, "size": _P},
    stage_facts.RcptFacts: {"recipient": Kind.ADDRESS},
    stage_facts.DataFacts: {"octets": _P},
    wire.LookedUp: {"t_us": _P, "name": Kind.HOST, "addresses": Kind.IP, "failure": Kind.RECORD},
    wire.Connected: {
        "t_us": _P, "address": Kind.IP, "attempts": Kind.RECORD, "failure": Kind.RECORD,
        "proxy": Kind.URL,
    },
    wire.Heard: {
        "t_us": _P, "text": Kind.OCTETS, "octets": _P, "bare_lf": _P, "length": _P,
        "ending": Kind.OCTETS,
    },
    wire.Challenged: {
        "t_us": _P, "size": _P, "text": Kind.TEXT, "decoded": _P, "refused": _P,
    },
    wire.Said: {"t_us": _P, "line": Kind.TEXT},
    wire.Encrypted: {
        "t_us": _P, "version": _P, "cipher": _P, "chain": Kind.RECORD, "failure": Kind.RECORD,
        "answer": Kind.OCTETS,
    },
    wire.AskedAside: {"t_us": _P, "answer": Kind.OCTETS, "peer": Kind.TEXT},
    wire.Ended: {"t_us": _P, "failure": Kind.RECORD, "sending": _P},
    wire.Renewed: {"t_us": _P},
    wire.LeftOut: {"t_us": _P, "number": _P},
    wire.TokenRequest: {
        "t_us": _P, "host": Kind.HOST, "path": Kind.URL, "parameters": Kind.TEXT, "grant": _P,
        "status": _P, "answered": Kind.TEXT, "error": Kind.TEXT, "error_description": Kind.TEXT,
    },
}  # fmt: skip
"""Every field of what a run is made of; a test demands that none is missing."""

CONNECTOR: Fields = {
    "schema": _P, "name": Kind.NAME, "description": Kind.LEFT_OUT, "type": _P, "default": _P,
    "provider": Kind.PROVIDER,
    "server": {
        "host": Kind.HOST, "port": _P, "security": _P, "ehlo_name": Kind.HOST, "timeout_s": _P,
        "proxy": Kind.URL, "ca_file": Kind.SET, "pinned_certificate": Kind.SET,
        "client_certificate": Kind.SET, "allow_cleartext": _P, "address_family": _P,
    },
    "authentication": {
        "method": _P, "username": Kind.ADDRESS, "mechanism": _P, "secret_command": Kind.SET,
        "oauth": {
            "grant": _P, "client_id": Kind.IDENTIFIER, "tenant": Kind.IDENTIFIER, "cloud": _P,
            "issuer": Kind.URL, "authorization_endpoint": Kind.URL, "token_endpoint": Kind.URL,
            "device_authorization_endpoint": Kind.URL, "scopes": Kind.URL,
            "redirect_uri": Kind.URL, "ca_file": Kind.SET, "client_type": _P, "public_client": _P,
            "token_auth": _P, "client_secret_expires": _P, "publishing_status": _P,
        },
    },
    "admin": {"email": Kind.ADDRESS, "name": Kind.NAME},
    "send_to": Kind.ADDRESS,
    "sender": {"address": Kind.ADDRESS, "name": Kind.NAME, "reply_to": Kind.ADDRESS},
}  # fmt: skip
"""The connector's document. What a customer's own file is called is not written."""

ENVIRONMENT: Fields = {
    "version": _P, "system": _P, "release": _P, "python": _P, "bundled": _P, "openssl": _P,
    "qt": _P, "proxies": _P, "secret_store": _P, "utc_offset_minutes": _P,
}  # fmt: skip

OBJECTS: Mapping[str, Fields] = {"connector": CONNECTOR, "environment": ENVIRONMENT}


def is_nothing(value: Any) -> bool:
    """Whether a field that nobody declared says nothing that could be missed."""
    return value in (None, "", [], {}, (), False)
