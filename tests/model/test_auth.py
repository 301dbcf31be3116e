"""A secret shows itself to nobody by accident."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import asdict, dataclass

import pytest

from smtpwizard.model.auth import Credential, CredentialKind, FixedCredential, Secret

CANARY = "hunter2-canary"


@pytest.mark.parametrize(
    "show", [str, repr, "{}".format, "{:>20}".format, "%s".__mod__, "%r".__mod__]
)
def test_no_rendering_shows_it(show: object) -> None:
    assert callable(show)
    assert CANARY not in show(Secret(CANARY))


def test_containers_and_exceptions_do_not_show_it() -> None:
    credential = Credential(CredentialKind.PASSWORD, "mailer", Secret(CANARY))
    assert CANARY not in repr([credential, {"secret": credential.secret}, ValueError(credential)])


@pytest.mark.parametrize("leak", [pickle.dumps, json.dumps, copy.deepcopy])
def test_serialising_is_refused(leak: object) -> None:
    assert callable(leak)
    with pytest.raises(TypeError):
        leak(Secret(CANARY))


def test_asdict_does_not_copy_it_out() -> None:
    @dataclass
    class Holder:
        secret: Secret

    with pytest.raises(TypeError):
        asdict(Holder(Secret(CANARY)))


def test_equality_is_by_value_and_fingerprints_hide_it() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert Secret(CANARY).fingerprint() != Secret("other").fingerprint()
    assert CANARY not in Secret(CANARY).fingerprint()
    assert Secret("\ud800").fingerprint()


def test_emptiness_and_length() -> None:
    assert not Secret("")
    assert Secret("x")
    assert len(Secret("abc")) == 3


def test_fixed_credential_answers_the_same_every_time() -> None:
    credential = Credential(CredentialKind.PASSWORD, "mailer", Secret("x"))
    source = FixedCredential(credential)
    assert source.get() is credential
    assert source.get(force_refresh=True) is credential
