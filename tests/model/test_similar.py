"""Names that somebody may have meant."""

from __future__ import annotations

import unicodedata

import pytest

from smtpwizard.model.similar import similar

NAMES = ("Invoices", "Invoices (copy)", "Reports", "Müller", "東京", "Größe", "a-b", "ab_c")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("invoice", ("Invoices", "Invoices (copy)")),
        ("INVOICES", ("Invoices", "Invoices (copy)")),
        ("Invocies", ("Invoices",)),
        (" Reports ", ("Reports",)),
        ("Report", ("Reports",)),
        ("Muller", ("Müller",)),
        (unicodedata.normalize("NFD", "Müller"), ("Müller",)),
        ("Groesse", ("Größe",)),
        ("GRÖSSE", ("Größe",)),
        ("東", ("東京",)),
        ("東京 ", ("東京",)),
        ("ab", ("a-b", "ab_c")),
        ("M\x1bller", ("Müller",)),
        ("something else", ()),
        ("", ()),
        ("---", ()),
        ("x" * 100_000, ()),
    ],
)
def test_what_was_meant(typed: str, meant: tuple[str, ...]) -> None:
    assert similar(typed, NAMES) == meant


def test_three_at_most() -> None:
    assert similar("server", [f"server {n}" for n in range(9)]) == (
        "server 0",
        "server 1",
        "server 2",
    )
    assert similar("a" * 30, ["b" * 1000, "a" * 31]) == ("a" * 31,)


def test_the_end_of_a_dotted_name() -> None:
    fields = ("server.host", "server.port", "server.proxy", "name")
    assert similar("port", fields) == ("server.port",)
    assert similar("server.prot", fields) == ("server.port", "server.proxy")
    assert similar("servr.host", fields) == ("server.host",)
