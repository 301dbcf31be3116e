"""What is left of names in the words that rules are looked up in."""

from __future__ import annotations

import pytest

from smtpwizard.diagnosis.words import as_words


@pytest.mark.parametrize(
    ("said", "of_a_case"),
    [
        ("by mx.firma.internal[81.2.69.142]", "by host-1.domain-1.internal[192.0.2.1]"),
        ("mx.firma.technology is closed", "host-1.domain-1.example is closed"),
        ("2a01:4594:4942::4550 rejected", "2001:db8::1 rejected"),
    ],
)  # fmt: skip
def test_a_name_and_its_stand_in_are_the_same_words(said: str, of_a_case: str) -> None:
    assert as_words(said) == as_words(of_a_case)


def test_a_time_is_no_address() -> None:
    assert as_words("at 10:15:00 std::ade::x") == as_words("at 10 15 00 std ade x")
