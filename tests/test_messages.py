"""Every code that can reach a person has a sentence, and sentences are fit to be read."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from smtpwizard import language, messages
from smtpwizard.files import DamagedContent
from smtpwizard.flow.fixes import FixId
from smtpwizard.flow.steps import STEPS as WIZARD_STEPS
from smtpwizard.flow.trial import Ending
from smtpwizard.gui.wizard.connector_wizard import page_titles
from smtpwizard.messages import translation
from smtpwizard.messages.discovery import PLACE_ERRORS
from smtpwizard.messages.errors import COMMANDS, ERRORS, WARNINGS, error_text, warning_text
from smtpwizard.messages.face import FIELDS as NAMED
from smtpwizard.messages.face import STEPS, Face, Sentence, field_label, field_name, sentence_text
from smtpwizard.messages.find_out_more import FOUND_SENTENCES, found_lines
from smtpwizard.messages.fixes import (
    ENDINGS,
    FIXES,
    change_text,
    fingerprint_text,
    fix_title,
    group_fingerprint,
)
from smtpwizard.messages.problems import _BY_FIELD, PROBLEMS, problem_text
from smtpwizard.messages.proof import CONFLICT_SENTENCES
from smtpwizard.messages.readiness import READINESS_SENTENCES
from smtpwizard.messages.signing_in import FINDINGS, MISMATCHES
from smtpwizard.messages.stage_errors import STAGE_ERRORS
from smtpwizard.messages.translation import translate
from smtpwizard.messages.verification import (
    VERDICTS,
    actor_name,
    stage_details,
    stage_text,
    stage_title,
    status_name,
    verdict_text,
)
from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Problem
from smtpwizard.model.report import Actor, Reply, Report, Stage, StageResult, Status, Verdict
from smtpwizard.model.stage_facts import (
    AuthFacts,
    ConnectFacts,
    DataFacts,
    EhloFacts,
    MailFacts,
    RcptFacts,
    ResolveFacts,
    StageError,
    StageFailure,
    TlsFacts,
)
from smtpwizard.usecases.edit import FIELDS, parse_assignments

PACKAGE = Path(messages.__file__).parents[1]
SENTENCES: dict[str, Sentence] = {
    **PROBLEMS,
    **ERRORS,
    **WARNINGS,
    **{error.value: sentence for error, sentence in STAGE_ERRORS.items()},
}


def in_words(sentence: Sentence, face: Face) -> str:
    return sentence_text(sentence, {}, face)


def every_wording() -> list[str]:
    """Each sentence as each face has it, before anything is filled in."""
    found = set[str]()
    for sentence in (*SENTENCES.values(), *_BY_FIELD.values(), *STEPS.values()):
        found.update([sentence] if isinstance(sentence, str) else sentence.values())
    return sorted(found)


# What makes a code: `UsageError("code")`, `Problem("field", "code")`, `r.problem("key", "code")`,
# `_refuse("code")`.
_RAISING = re.compile(r"(?:\w*(?:Error|Content))\Z")
_STANDARD = {"ValueError", "TypeError", "RuntimeError", "OSError", "KeyError", "LookupError"}
_CODE = re.compile(r"[a-z][a-z0-9_]+\Z")


def codes_in(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        name = node.func.id if isinstance(node.func, ast.Name) else name
        position = 1 if name in ("Problem", "problem") else 0
        if name in ("Problem", "problem", "_refuse") or (
            _RAISING.match(name) and name not in _STANDARD
        ):
            if len(node.args) <= position:
                continue
            code = node.args[position]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, node.lineno


def all_codes() -> dict[str, str]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if path.parent.name == "messages":
            continue
        for code, line in codes_in(path):
            if _CODE.match(code):
                found[code] = f"{path.relative_to(PACKAGE)}:{line}"
    return found


def test_the_walk_finds_codes_of_every_kind() -> None:
    found = all_codes()
    assert {
        "required",
        "control_characters",
        "port_invalid",
        "changed_elsewhere",
        "secret_missing",
        "connector_unknown",
        "not_json",
    } <= set(found)


def test_every_code_raised_anywhere_has_a_sentence() -> None:
    said = {*SENTENCES, *PLACE_ERRORS}
    missing = {code: place for code, place in all_codes().items() if code not in said}
    assert missing == {}


def test_every_error_of_a_stage_has_a_sentence() -> None:
    assert set(STAGE_ERRORS) == set(StageError)


def test_every_damage_of_a_document_has_a_sentence_of_its_own() -> None:
    from smtpwizard.files import parse_object

    for data in (b"", b"\xff", b"{", b"[]", b'{"a":1,"a":1}', b'{"a":NaN}', b'{"a":' * 99):
        with pytest.raises(DamagedContent) as caught:
            parse_object(data)
        assert f"document_{caught.value.code}" in ERRORS


@pytest.mark.parametrize("sentence", every_wording())
def test_sentences_are_short_and_whole(sentence: str) -> None:
    assert sentence[0].isupper() or sentence[0] in "{" or not sentence[0].isalpha()
    # It may end in what to type.
    assert sentence[-1] in ".)/}" or re.search(r"[:.] \S|: .+\Z|https://\Z", sentence), sentence
    assert len(sentence) < 200
    assert "  " not in sentence


@pytest.mark.parametrize("face", Face)
@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_sentences_never_fail_for_want_of_facts(code: str, face: Face) -> None:
    sentence = SENTENCES[code]
    wording = sentence if isinstance(sentence, str) else sentence[face]
    names = [name for _, name, _, _ in string.Formatter().parse(wording) if name]
    assert all(name.isidentifier() for name in names)
    for facts in ({}, dict.fromkeys(names), dict.fromkeys(names, "x\x1b[2J\n\u202e")):
        text = error_text(code, facts, face)
        assert text
        assert "\x1b" not in text
        assert "\n" not in text
        assert "{" not in text
    assert "……" not in warning_text(code, {})


# -- a face speaks of itself ---------------------------------------------------------------------

# There is no other way, and the sentence says so.
IN_A_TERMINAL_ONLY = {"secret_command_unapproved"}
SHOWN = {
    **SENTENCES,
    **{f"{field}: {code}": sentence for (field, code), sentence in _BY_FIELD.items()},
    **FINDINGS,
    **MISMATCHES,
    **FOUND_SENTENCES,
    **READINESS_SENTENCES,
    **CONFLICT_SENTENCES,
}
IN_THE_WINDOW = sorted(set(SHOWN) - set(COMMANDS) - set(WARNINGS) - IN_A_TERMINAL_ONLY)


@pytest.mark.parametrize("code", IN_THE_WINDOW)
def test_the_window_speaks_no_command(code: str) -> None:
    assert not re.search(r"smtpwizard [a-z-]|--[a-z]", in_words(SHOWN[code], Face.WINDOW))


@pytest.mark.parametrize("code", sorted(SHOWN))
def test_the_terminal_speaks_of_no_page(code: str) -> None:
    text = in_words(SHOWN[code], Face.COMMAND_LINE)
    assert not re.search(r"\bpage [A-Z]|\bbutton\b|Choose Test|under Advanced", text)


def test_what_is_for_a_terminal_says_so_in_the_window() -> None:
    for code in IN_A_TERMINAL_ONLY:
        assert "on the command line" in in_words(SHOWN[code], Face.WINDOW)


def test_steps_and_fields_are_there_for_both_faces() -> None:
    assert list(STEPS) == sorted(STEPS)
    for step in STEPS.values():
        assert set(step) == set(Face)
    for wording in every_wording():
        for _, name, _, _ in string.Formatter().parse(wording):
            if name and name.startswith("do_"):
                assert name.removeprefix("do_") in STEPS
            if name and name.startswith("at_"):
                assert name in {f"at_{field.replace('.', '_')}" for field in NAMED}


def test_a_field_is_named_as_its_face_has_it() -> None:
    assert field_name("server.port", Face.WINDOW) == "Port"
    assert field_name("server.port", Face.COMMAND_LINE) == "server.port"
    assert field_name("server.later", Face.WINDOW) == "server.later"
    assert field_name("server.proxy", Face.WINDOW) == "the connector's proxy"
    told = error_text("cleartext_refused", {}, Face.WINDOW)
    assert told.endswith("allow it: Send credentials in clear text (under Provider, Advanced).")
    told = error_text("cleartext_refused", {}, Face.COMMAND_LINE)
    assert "server.allow_cleartext=true" in told


def test_a_page_has_the_fields_that_its_step_owns() -> None:
    for name, field in NAMED.items():
        [step] = [step for step in WIZARD_STEPS if step.owns_field(name)]
        assert field.page.partition(",")[0] in (page_titles()[step.id], "")
        assert field.label or field.phrase


def test_facts_are_not_read_as_templates() -> None:
    facts = {"name": "{code} %s {0.__class__}"}
    text = error_text("connector_unknown", facts, Face.WINDOW)
    assert "{code} %s {0.__class__}" in text


def test_facts_are_capped() -> None:
    facts = {"name": "x" * 10_000_000}
    assert len(error_text("connector_unknown", facts, Face.WINDOW)) < 500


def test_lists_are_joined() -> None:
    facts = {"offered": ["PLAIN", "LOGIN"]}
    text = error_text("mechanism_not_offered", facts, Face.WINDOW)
    assert "PLAIN, LOGIN" in text


def test_fields_have_sentences_of_their_own_where_it_helps() -> None:
    general = problem_text(Problem("sender.address", "required"), Face.WINDOW)
    named = problem_text(Problem("server.host", "required"), Face.WINDOW)
    assert named != general
    assert "smtp.example.com" in named
    assert error_text("required", {"field": "server.host"}, Face.WINDOW) == named


def test_unknown_codes_still_say_something() -> None:
    assert problem_text(Problem("x", "never heard of"), Face.WINDOW)
    assert error_text("never heard of", {}, Face.COMMAND_LINE)


def test_fields_have_the_window_s_labels() -> None:
    assert field_label("server.security") == "Encryption method"
    assert field_label("server.later") == "server.later"
    known = {*FIELDS, "authentication.password", "authentication.client_secret", "project.domain"}
    assert set(NAMED) <= known


@pytest.mark.parametrize("word", [*Stage, *Status, *Actor])
def test_every_word_of_a_report_is_a_word(word: Any) -> None:
    functions: dict[type, Callable[[Any], str]] = {
        Stage: stage_title,
        Status: status_name,
        Actor: actor_name,
    }
    function = functions[type(word)]
    assert function(word)
    assert "_" not in function(word)


def test_a_stage_says_why_it_failed() -> None:
    failed = StageResult(Stage.CONNECT, Status.FAILED, failure=StageFailure(StageError.REFUSED))
    assert "refuses connections" in stage_text(failed, Face.WINDOW)
    assert stage_text(StageResult(Stage.CONNECT, Status.PASSED), Face.WINDOW) == ""


# --- other languages


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(translation, "_lookup", translation.mark)
    return monkeypatch


@pytest.mark.parametrize("wanted", ["", "C", "POSIX", "C.UTF-8", "en_GB.UTF-8", "de_DE.UTF-8"])
def test_without_a_catalogue_it_is_english(fresh: pytest.MonkeyPatch, wanted: str) -> None:
    fresh.setenv("LANG", wanted)
    language.speak_the_user_s_language()
    assert translate("Stopped.") == "Stopped."


def test_a_catalogue_is_found(fresh: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "de/LC_MESSAGES"
    folder.mkdir(parents=True)
    header = "Content-Type: text/plain; charset=utf-8\n"
    catalogue = compiled({"": header, "Stopped.": "Angehalten."})
    (folder / "smtpwizard.mo").write_bytes(catalogue)
    fresh.setenv("LANG", "de_DE.UTF-8")
    fresh.setattr("smtpwizard.language.resource_path", lambda name: tmp_path)
    language.speak_the_user_s_language()
    assert translate("Stopped.") == "Angehalten."
    assert error_text("cancelled", {}, Face.WINDOW) == "Angehalten."


def compiled(entries: dict[str, str]) -> bytes:
    """A catalogue in gettext's binary form (GNU gettext manual, 10.3)."""
    import struct

    pairs = sorted((k.encode(), v.encode()) for k, v in entries.items())
    start = 28 + 16 * len(pairs)
    text = b""
    tables: list[list[int]] = [[], []]
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), start + len(text)]
            text += pair[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, 0)
    numbers = tables[0] + tables[1]
    return head + struct.pack(f"<{len(numbers)}I", *numbers) + text


def test_every_fix_and_every_ending_of_its_trial_has_words() -> None:
    assert set(FIXES) == {str(fix) for fix in FixId}
    # Where a verification could not be done at all, its error says why.
    assert set(ENDINGS) == {str(ending) for ending in Ending} - {"failed"}


def test_the_button_of_a_fix_names_what_it_tries() -> None:
    after = {"server.security": "implicit_tls", "server.port": "465"}
    assert fix_title("swap_security", after) == "Try SSL/TLS on port 465"
    assert fix_title("swap_security", {"server.security": "starttls"}) == "Try STARTTLS"
    assert fix_title("other_mechanism", {"authentication.mechanism": "LOGIN"}) == (
        "Try the mechanism LOGIN"
    )


def test_a_change_is_told_before_and_after() -> None:
    assert change_text("server.port", "587", "465") == "Port: 587 → 465"
    mechanism = change_text("authentication.mechanism", "auto", "PLAIN")
    assert mechanism == "Mechanism: Automatic → PLAIN"
    assert change_text("server.ehlo_name", "", "a\tb") == "EHLO name: – → a b"
    fingerprint = f"SHA-256 {'ab' * 32}"
    assert change_text("server.pinned_certificate", "", fingerprint) == (
        "Trusted certificate: – → AB:AB:AB:AB:AB:AB:AB:AB…"
    )


def test_a_fingerprint_is_grouped() -> None:
    assert fingerprint_text("ab:cd:ef:01") == fingerprint_text("abcdef01") == "AB:CD:EF:01"
    assert group_fingerprint("ab:cd:ef:01") == "AB:CD\nEF:01"
    assert group_fingerprint("abcdef01", 3) == "AB:CD:EF\n01"
    assert group_fingerprint("abcdef", between=" ") == "AB:CD EF"
    assert (fingerprint_text(""), group_fingerprint("")) == ("", "")


# -- how a verification ended --------------------------------------------------------------------


def ended(cancelled: bool = False, **statuses: Status) -> Report:
    stages = tuple(StageResult(s, statuses.get(s.value, Status.PASSED)) for s in Stage)
    ok = all(s.status in (Status.PASSED, Status.SKIPPED) for s in stages)
    return Report(ok, "Invoices", "2026-11-22T10:15:00Z", 9, stages, cancelled=cancelled)


NOT_SENT: dict[str, Any] = {
    "mail_from": Status.SKIPPED,
    "rcpt_to": Status.SKIPPED,
    "data": Status.SKIPPED,
}


@pytest.mark.parametrize(
    ("report", "window", "terminal"),
    [
        (
            ended(),
            (
                "mx accepted the test email",
                "It is on its way to the recipient, subject “Test email from the connector "
                "Invoices”. Look into that mailbox, and into its spam folder.",
            ),
            ("Verified: the server accepted the test email.", ""),
        ),
        (
            ended(**NOT_SENT),
            ("mx lets this connector in", "No email was sent."),
            ("Verified: the server accepted the login.", "No email was sent."),
        ),
        (
            ended(auth=Status.SKIPPED, **NOT_SENT),
            ("mx lets this connector in", "No email was sent."),
            ("Everything asked for passed.", "No email was sent."),
        ),
        (
            ended(data=Status.UNKNOWN),
            (
                "Nobody knows whether mx took the test email",
                "Its answer did not arrive. Look into the mailbox of the recipient.",
            ),
            (
                "Unknown: no usable answer at Send the message (data).",
                "Look into the mailbox of the recipient: it may be there.",
            ),
        ),
        (
            ended(auth=Status.FAILED),
            ("Stopped at Sign in", ""),
            ("Stopped at Sign in (auth).", ""),
        ),
        (
            ended(True, auth=Status.FAILED),
            ("Stopped at Sign in", ""),
            ("Interrupted at Sign in (auth).", ""),
        ),
    ],
)
def test_each_face_says_how_a_verification_ended(
    report: Report, window: tuple[str, str], terminal: tuple[str, str]
) -> None:
    assert verdict_text(report, Face.WINDOW, "mx") == window
    assert verdict_text(report, Face.COMMAND_LINE, "mx") == terminal


def test_a_verification_that_stopped_nowhere_says_no_stage() -> None:
    nowhere = ended(True)._replace(ok=False)
    assert [verdict_text(nowhere, face, "mx")[0] for face in Face] == ["Stopped.", "Stopped."]


def test_every_verdict_has_its_words_in_both_faces() -> None:
    assert set(VERDICTS) == set(Verdict)


REPLY = Reply(250, None, "mx ready\x1b[2J")


@pytest.mark.parametrize(
    ("result", "details"),
    [
        (
            StageResult(
                Stage.RESOLVE, Status.PASSED, facts=ResolveFacts(addresses=tuple("abcdefg"))
            ),
            ("a, b, c, d, e",),
        ),
        (
            StageResult(Stage.CONNECT, Status.PASSED, facts=ConnectFacts(address="::1", port=587)),
            ("::1 port 587",),
        ),
        (StageResult(Stage.GREETING, Status.PASSED, reply=REPLY), ("250 mx ready\\x1b[2J",)),
        (
            StageResult(Stage.TLS, Status.PASSED, facts=TlsFacts(version="TLSv1.3", cipher="AES")),
            ("TLS 1.3", "AES"),
        ),
        (
            StageResult(Stage.EHLO, Status.PASSED, facts=EhloFacts(mechanisms=("PLAIN", "LOGIN"))),
            ("AUTH PLAIN LOGIN",),
        ),
        (StageResult(Stage.EHLO, Status.PASSED, reply=REPLY), ("250 mx ready\\x1b[2J",)),
        (
            StageResult(Stage.AUTH, Status.PASSED, facts=AuthFacts("ada", "PLAIN"), reply=REPLY),
            ("PLAIN", "ada"),
        ),
        (StageResult(Stage.MAIL_FROM, Status.PASSED, facts=MailFacts("a@b")), ("a@b",)),
        (StageResult(Stage.RCPT_TO, Status.PASSED, facts=RcptFacts("c@d")), ("c@d",)),
        (
            StageResult(Stage.DATA, Status.PASSED, facts=DataFacts(octets=12), reply=REPLY),
            ("250 mx ready\\x1b[2J", "12 bytes"),
        ),
        (StageResult(Stage.AUTH, Status.SKIPPED), ()),
        (StageResult(Stage.DATA), ()),
    ],
)
def test_a_stage_tells_what_it_found_in_few_words(
    result: StageResult, details: tuple[str, ...]
) -> None:
    assert stage_details(result, Face.WINDOW) == details
    assert stage_details(result, Face.COMMAND_LINE) == details


def test_a_stage_that_stopped_tells_why_and_what_was_said() -> None:
    failed = StageResult(
        Stage.AUTH,
        Status.FAILED,
        reply=Reply(535, "5.7.8", "no"),
        facts=AuthFacts("ada", "PLAIN"),
        failure=StageFailure(StageError.AUTH_REFUSED),
    )
    why, said = stage_details(failed, Face.WINDOW)
    assert (why, said) == (stage_text(failed, Face.WINDOW), "535 5.7.8 no")


def test_a_search_that_ran_out_of_time_says_so() -> None:
    @dataclass(frozen=True)
    class Found:
        code: str
        facts: dict[str, Any]

    found = [Found("port_closed", {"port": 25})]
    assert found_lines(found, complete=True) == ["Port 25: nothing listens there."]
    assert found_lines(found, complete=False) == [
        "Port 25: nothing listens there.", "There was no time for the rest.",
    ]  # fmt: skip


def test_a_proxy_that_is_typed_names_no_variable() -> None:
    typed = error_text("proxy_invalid", {"field": "server.proxy"}, Face.COMMAND_LINE)
    assert typed.startswith("The proxy must look like socks5://host:1080")
    found = error_text("proxy_invalid", {"source": "ALL_PROXY"}, Face.COMMAND_LINE)
    assert "ALL_PROXY" in found


def test_a_secret_is_no_field_and_a_project_no_connector() -> None:
    for field in ("password", "authentication.oauth.client_secret"):
        with pytest.raises(UsageError) as refused:
            parse_assignments([f"{field}=hunter2"])
        told = error_text("field_unknown", refused.value.facts, Face.COMMAND_LINE)
        assert "--secret-stdin" in told
        assert "Did you mean" not in told
    told = error_text("required", {"field": "name", "project": True}, Face.COMMAND_LINE)
    assert told == "Give the project a name."
