"""What else a failure may be: complete, never above evidence, never out of nothing."""

from __future__ import annotations

from importlib.resources import files

import pytest

from smtpwizard.diagnosis import diagnose_text
from smtpwizard.diagnosis.causes import CAUSES
from smtpwizard.diagnosis.neighbours import neighbours, read_neighbours
from smtpwizard.model.findings import Likelihood
from tests.diagnosis.samples import samples

TEXT = files("smtpwizard.diagnosis").joinpath("neighbours.toml").read_text("utf-8")


def test_every_cause_has_neighbours_other_than_itself() -> None:
    for slug, others in neighbours().after.items():
        assert others
        assert slug not in others
        assert len(set(others)) == len(others)
    assert set(neighbours().after) == set(CAUSES)


@pytest.mark.parametrize("spoilt", ["no_such_cause", "timeoutt"])
def test_a_name_that_is_no_cause_is_refused(spoilt: str) -> None:
    with pytest.raises(ValueError, match="no causes"):
        read_neighbours(TEXT.replace('"timeout"', f'"{spoilt}"', 1))


@pytest.mark.parametrize("text", ["", "hello", "the weather is fine", "\x00\xff", "42"])
def test_out_of_nothing_comes_nothing(text: str) -> None:
    assert diagnose_text(text).causes == ()


def test_a_bare_535_names_what_it_usually_is() -> None:
    found = diagnose_text("535 5.7.8 Error: authentication failed", {"stage": "auth"})
    assert found.causes[0].slug == "bad_credentials"
    assert len(found.causes) == 3
    assert found.causes[-1].likelihood is Likelihood.LOW


def test_the_first_three_hold_the_cause_of_nearly_every_sample() -> None:
    kept = [s for s in samples() if diagnose_text(s.text, s.context).causes]
    missed = [
        sample
        for sample in kept
        if sample.cause
        not in [c.slug for c in diagnose_text(sample.text, sample.context).causes[:3]]
    ]
    assert len(kept) > 1000
    assert len(missed) <= len(kept) // 100, missed[:5]
