"""Signing in at every kind of provider, in every way, through the providers' own libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from smtpwizard.usecases.sign_in import Way
from tests.oauth.conftest import ACCOUNT, Lab

KINDS = {
    "google": ("google", True, {}),
    "google on this machine": ("google", False, {}),
    "microsoft": ("microsoft", True, {"jwt": True, "microsoft": True}),
    "microsoft on this machine": ("microsoft", False, {"jwt": True, "microsoft": True}),
    "generic": ("generic", True, {}),
    "generic on this machine": ("generic", False, {}),
}


@pytest.fixture(params=KINDS, ids=list(KINDS))
def kind(request: pytest.FixtureRequest, make_lab: Callable[..., Lab]) -> tuple[str, Lab]:
    family, tls, behaviour = KINDS[request.param]
    return family, make_lab(tls=tls, **behaviour)


def test_with_the_browser(kind: tuple[str, Lab]) -> None:
    family, lab = kind
    signed = lab.sign_in(lab.connector(family))
    assert signed.mismatches == ()
    assert signed.facts.account == ACCOUNT
    assert set(signed.secrets) == {"refresh_token"}
    assert lab.server.token_of(signed.tokens.access_token.reveal()) is not None
    lab.browser.close()
    assert "Sign-in received" in lab.browser.pages[-1].text
    assert lab.grants == ["authorization_code"]
