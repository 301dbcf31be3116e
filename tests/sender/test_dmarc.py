"""The policy that receivers find by RFC 9989, and what its tags mean."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from smtpwizard.sender.dkim_key import read_key
from smtpwizard.sender.dmarc import find_policy, is_aligned, organizational_domain


def _found(
    zone: Mapping[str, str], domain: str, *, exists: bool = True
) -> tuple[str | None, str, str]:
    policy = find_policy(lambda name: _txt(zone, name), lambda _: exists, domain)
    return policy.policy, policy.found_at, policy.organizational


def _txt(zone: Mapping[str, str], name: str) -> list[str]:
    return zone[name].split("\n") if name in zone else []


@pytest.mark.parametrize(
    ("zone", "domain", "found"),
    [
        ({}, "quay.example", (None, "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; p=reject"}, "quay.example",
         ("reject", "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; p=reject; sp=none"}, "a.b.quay.example",
         ("none", "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1;p=reject", "_dmarc.a.quay.example": "v=DMARC1;p=none"},
         "a.quay.example", ("none", "a.quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1;p=reject",
          "_dmarc.a.quay.example": "v=DMARC1;p=none;psd=n"},
         "b.a.quay.example", ("none", "a.quay.example", "a.quay.example")),
        ({"_dmarc.example": "v=DMARC1; p=quarantine; psd=y"}, "a.quay.example",
         ("quarantine", "example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1;p=none\nv=DMARC1;p=reject"}, "quay.example",
         (None, "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; rua=mailto:a@quay.example"}, "quay.example",
         ("none", "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; p=nonsense"}, "quay.example",
         (None, "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; p=nonsense; rua=mailto:a@quay.example"}, "quay.example",
         ("none", "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC1; p=reject; sp=nonsense"}, "a.quay.example",
         (None, "quay.example", "quay.example")),
        ({"_dmarc.quay.example": "V = DMARC1; P=REJECT"}, "quay.example",
         ("reject", "quay.example", "quay.example")),
        ({"_dmarc.example": "v=DMARC1; p=reject; psd=Y"}, "a.quay.example",
         ("reject", "example", "quay.example")),
        ({"_dmarc.quay.example": "v=DMARC12; p=reject"}, "quay.example",
         (None, "quay.example", "quay.example")),
    ],
)  # fmt: skip
def test_policies(zone: Mapping[str, str], domain: str, found: tuple[str | None, str, str]) -> None:
    assert _found(zone, domain) == found


def test_names_that_are_not_there_have_a_policy_of_their_own() -> None:
    zone = {"_dmarc.quay.example": "v=DMARC1; p=none; sp=quarantine; np=reject"}
    assert _found(zone, "x.quay.example", exists=False)[0] == "reject"
    assert _found(zone, "x.quay.example")[0] == "quarantine"


def test_eight_questions_at_most() -> None:
    asked: list[str] = []

    def txt(name: str) -> list[str]:
        asked.append(name)
        return []

    find_policy(txt, lambda _: True, "a.b.c.d.e.f.g.h.i.j.quay.example")
    assert asked[:2] == ["_dmarc.a.b.c.d.e.f.g.h.i.j.quay.example", "_dmarc.f.g.h.i.j.quay.example"]
    assert len(asked) == 8
    assert asked[-1] == "_dmarc.example"


def test_alignment() -> None:
    zone = {"_dmarc.quay.example": "v=DMARC1; p=reject; aspf=s; t=y"}
    policy = find_policy(lambda name: _txt(zone, name), lambda _: True, "quay.example")
    own = organizational_domain(lambda name: _txt(zone, name), "news.quay.example")
    assert own == "quay.example"
    assert is_aligned("news.quay.example", "quay.example", policy, own, strict=policy.dkim_strict)
    assert not is_aligned(
        "news.quay.example", "quay.example", policy, own, strict=policy.spf_strict
    )
    assert policy.is_test


def rsa_record(bits: int) -> str:
    import base64

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = key.public_bytes(serialization.Encoding.DER, form)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(der).decode()}"


def test_keys() -> None:
    assert read_key(rsa_record(2048))[1:] == ("rsa", 2048, None)
    assert read_key(rsa_record(1024))[1:] == ("rsa", 1024, "weak")
    assert read_key("v=DKIM1; k=ed25519; p=" + "A" * 43 + "=").problem is None
    assert read_key("v=DKIM1; p=").problem == "revoked"
    for broken in ("v=DKIM1; p=abc!", "v=DKIM2; p=", "v=DKIM1", "p=AAAA", "k=ed25519; p=AAAA"):
        assert read_key(broken).problem == "syntax"
    assert read_key(rsa_record(2048) + "; t=y:s").problem == "test"
