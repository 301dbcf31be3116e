"""`help`: the pages of help on the command line."""

from __future__ import annotations

import re

import pytest

from smtpwizard.help_pages import pages
from tests.cli.conftest import Cli


def test_without_a_topic_every_page_is_listed(cli: Cli) -> None:
    shown = cli("help")
    assert shown.code == 0
    for page in pages().values():
        assert f"  {page.topic} " in shown.out
        assert page.title in shown.out
    assert [each["topic"] for each in cli("help", "--json").json["topics"]] == list(pages())
    assert not cli.files(), "nothing is written for it"


@pytest.mark.parametrize("words", [["wrong-password"], ["wrong", "password"], ["bad_credentials"]])
def test_a_page_by_its_topic_or_by_what_leads_there(cli: Cli, words: list[str]) -> None:
    shown = cli("help", *words)
    assert shown.code == 0
    assert shown.out.startswith("The password is not accepted\n====")
    assert "1. Enter the password again. A space" in shown.out
    assert "“App passwords” (help app-passwords)" in " ".join(shown.out.split())
    assert "    smtpwizard edit Invoices --secret-stdin\n" in shown.out
    assert "  smtp-auth-off    SMTP AUTH is switched off\n" in shown.out
    assert not re.search(r"[*`]", shown.out)
    assert max(map(len, shown.out.splitlines())) <= 80


def test_a_page_of_the_window_says_so_and_names_the_commands(cli: Cli) -> None:
    shown = " ".join(cli("help", "one-connector").out.split())
    assert "(This page describes the window. Commands for the same: smtpwizard show," in shown
    assert "(This page describes the window.)" in cli("help", "keyboard").out
    for topic in ("glossary", "command-line"):
        assert "describes the window" not in cli("help", topic).out


def test_steps_that_are_commands_are_told_as_commands(cli: Cli) -> None:
    shown = cli("help", "start").out
    assert "    smtpwizard create --from connector.json\n" in shown
    assert "Choose New" not in shown


def test_a_page_as_json(cli: Cli) -> None:
    document = cli("help", "google", "--json").json
    assert set(document) == {"topic", "part", "title", "text", "see"}
    assert "https://console.cloud.google.com/apis/credentials" in document["text"]
    assert document["see"] == list(pages()["google"].see)


def test_words_find_pages(cli: Cli) -> None:
    shown = cli("help", "certificate", "expired")
    assert shown.code == 0
    assert shown.out.splitlines()[0].split() == ["TOPIC", "TITLE"]
    assert shown.out.splitlines()[1].startswith("certificates ")
    found = cli("help", "certificate", "expired", "--json").json["found"]
    assert found[0] == {"topic": "certificates", "part": "failed", "title": "Certificates"}


def test_a_verb_has_its_own_help_and_a_page_of_its_name_comes_first(cli: Cli) -> None:
    assert cli("help", "verify").out.startswith("usage: smtpwizard verify")
    settings = cli("help", "settings")
    assert settings.out.startswith("Settings\n=====")
    assert "smtpwizard settings --help" in settings.err


def test_nothing_found_names_what_may_be_meant(cli: Cli) -> None:
    missed = cli("help", "certificats", "--json")
    assert missed.code == 2
    assert missed.error["code"] == "help_unknown"
    assert "Did you mean “certificates”?" in missed.error["message"]
    assert cli("help", "sdfgh").code == 2


def test_a_failure_leads_to_its_page(cli: Cli) -> None:
    told = cli("diagnose", stdin="535 5.7.8 Authentication failed").out
    [first, *_] = re.findall(r"Help: smtpwizard (help \S+)", told)
    assert cli(*first.split()).out.startswith("The password is not accepted\n")
    assert "rfc-editor" not in told
