"""Documents as they come in: JSON read strictly."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from smtpwizard.files import DamagedContent, parse_object
from smtpwizard.model.auth import Secret
from smtpwizard.model.connector import CUSTOM, Connector, ServerDefaults, read_connector
from smtpwizard.model.documents import set_values
from smtpwizard.model.errors import UsageError
from smtpwizard.model.misplaced import misplaced
from smtpwizard.model.named_files import named_files
from smtpwizard.model.problem import Json, Problem
from smtpwizard.model.secrets import MAX_GIVEN_BYTES
from smtpwizard.model.similar import similar
from smtpwizard.model.texts import decode_text
from smtpwizard.usecases.chosen_files import whole_path
from smtpwizard.usecases.given_secrets import check_secret, read_secret

MAX_DOCUMENT_BYTES = 1_000_000
MAX_INPUT_BYTES = MAX_DOCUMENT_BYTES + MAX_GIVEN_BYTES + 2


def parse_document(data: bytes) -> Json:
    """One JSON object; raises `UsageError` with a code that says what is wrong with it.

    No key twice, no NaN, no depth past any use: what cannot be read back is not taken in.
    """
    if len(data) > MAX_DOCUMENT_BYTES:
        raise UsageError("document_too_large", limit=MAX_DOCUMENT_BYTES)
    try:
        return parse_object(decode_text(data).encode())
    except UnicodeDecodeError:
        raise UsageError("document_not_utf8") from None
    except DamagedContent as error:
        raise UsageError(f"document_{error.code}") from None


def parse_document_and_secret(data: bytes) -> tuple[Json, Secret]:
    """A JSON object, one line break, and the secret to the end; raises `UsageError`.

    The object may stand on many lines; exactly one final line break is taken off the secret.
    """
    if len(data) > MAX_INPUT_BYTES:
        raise UsageError("document_too_large", limit=MAX_DOCUMENT_BYTES)
    try:
        text = decode_text(data)
    except UnicodeDecodeError:
        raise UsageError("document_not_utf8") from None
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        _, end = json.JSONDecoder(parse_int=_any_number).raw_decode(text, start)
    except RecursionError:
        raise UsageError("document_too_deep") from None
    except ValueError:
        raise UsageError("document_empty" if start == len(text) else "document_not_json") from None
    document = parse_document(text[start:end].encode())
    separator = re.compile(r"[ \t]*(?:\r\n|\n)").match(text, end)
    if separator is None:
        raise UsageError("secret_not_given" if not text[end:].strip() else "document_not_json")
    return document, check_secret(read_secret(text[separator.end() :].encode()))


def parse_connector(
    document: Any,
    defaults_for: Callable[[str], ServerDefaults | None],
    providers: Iterable[str] = (),
) -> Connector:
    """The connector of a document; `providers` are the ids that an unknown one may stand for.

    Raises `UsageError`: code and `field` of the first problem, all of them as `problems`.
    """
    connector, problems = read_connector(document, defaults_for)
    if connector is None:
        raise first_problem([_with_similar(problem, document, providers) for problem in problems])
    return connector


def _with_similar(problem: Problem, document: Json, providers: Iterable[str]) -> Problem:
    if problem.code != "provider_unknown":
        return problem
    alike = similar(document["provider"], (CUSTOM, *providers))
    return problem._replace(facts={**problem.facts, "similar": alike}) if alike else problem


def with_whole_paths(document: Json) -> Json:
    """The document with whole paths for the files it names; raises `UsageError` as `whole_path`."""
    return set_values(document, {at: whole_path(path, at) for at, path in named_files(document)})


def refuse_misplaced(connector: Connector) -> None:
    """Raise `UsageError`, as above, for a secret in a field that is saved in the clear."""
    problems = misplaced(connector.to_json())
    if problems:
        raise first_problem(problems)


def first_problem(problems: Sequence[Problem]) -> UsageError:
    """The first problem as what keeps a document or a draft from being used; all of them are its
    fact `problems`."""
    first = problems[0]
    return UsageError(first.code, **{**first.facts, "field": first.field, "problems": problems})


def _any_number(text: str) -> Any:
    # Only where the object ends is of interest here; `parse_object` judges the numbers.
    return 0
