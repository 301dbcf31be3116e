"""A report's file: what is looked at in it, and by which field it is refused."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smtpwizard.cases.compare import Side, differences
from smtpwizard.cases.report_document import check_report
from smtpwizard.model.errors import UsageError
from smtpwizard.model.report import Report, Stage
from smtpwizard.model.stage_facts import AuthFacts, StageError, TokenProblem
from tests.cases.reports import CERTIFICATE, changed_stage, failed, report
from tests.model.documents import json_values

GOOD: Any = json.loads(json.dumps(report().to_json()))


@pytest.mark.parametrize(
    "source",
    [
        report(),
        failed(Stage.TLS, StageError.CERT_EXPIRED, chain=(CERTIFICATE,), extensions=("SIZE",)),
        changed_stage(
            failed(Stage.AUTH, StageError.TOKEN_MISSING),
            Stage.AUTH,
            facts=AuthFacts(token=TokenProblem("token_expired")),
        ),
    ],
)
def test_every_report_of_ours_is_one(source: Report) -> None:
    document = json.loads(json.dumps(source.to_json()))
    assert check_report(document) is document


def changed(path: str, value: Any) -> Any:
    document = json.loads(json.dumps(GOOD))
    *parents, last = path.split(".")
    place = document
    for key in parents:
        place = place[int(key) if key.isdigit() else key]
    if value is ...:
        del place[last]
    else:
        place[int(last) if last.isdigit() else last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("stages", ..., "stages"),
        ("causes", ..., "causes"),
        ("started", ..., "started"),
        ("started", 5, "started"),
        ("stages", {}, "stages"),
        ("stages", None, "stages"),
        ("causes", None, "causes"),
        ("stages.2.reply.code", None, "stages.2.reply.code"),
        ("stages", [], "stages"),
        ("stages.3", None, "stages.3"),
        ("stages.3.stage", "lunch", "stages.3.stage"),
        ("stages.3.stage", "auth", "stages"),
        ("stages.3.status", "good", "stages.3.status"),
        ("stages.3.status", ..., "stages.3.status"),
        ("stages.3.status", [], "stages.3.status"),
        ("stages.2.reply", "220", "stages.2.reply"),
        ("stages.2.reply.code", "220", "stages.2.reply.code"),
        ("stages.2.reply.code", True, "stages.2.reply.code"),
        ("stages.2.reply.code", ..., "stages.2.reply.code"),
        ("stages.0.detail", [], "stages.0.detail"),
        ("stages.0.detail.addresses", "192.0.2.1", "stages.0.detail.addresses"),
        ("stages.0.detail.addresses.0", 5, "stages.0.detail.addresses.0"),
        ("stages.3.detail.chain.0.names", 5, "stages.3.detail.chain.0.names"),
        ("stages.4.detail.size", "1", "stages.4.detail.size"),
        ("causes", [5], "causes.0"),
        ("causes", [{}], "causes.0.cause"),
        ("causes", [{"cause": "x", "likelihood": "sure"}], "causes.0.likelihood"),
    ],
)
def test_reports_that_are_none(path: str, value: Any, field: str) -> None:
    with pytest.raises(UsageError, match="report_invalid") as caught:
        check_report(changed(path, value))
    assert caught.value.facts["field"] == field


@pytest.mark.parametrize("value", [None, [], "x", 5])
def test_values_that_are_no_objects(value: Any) -> None:
    with pytest.raises(UsageError) as caught:
        check_report(value)
    assert caught.value.facts["field"] == "report"


def leaves(value: Any, path: str = "") -> list[str]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    out = []
    for key, item in inner if isinstance(value, dict | list) else ():
        at = f"{path}.{key}" if path else str(key)
        out += [at, *(leaves(item, at) if isinstance(item, dict | list) else [])]
    return out


@given(st.sampled_from(leaves(GOOD)), json_values)
def test_whatever_is_taken_can_be_compared(path: str, value: Any) -> None:
    with suppress(UsageError):
        document = check_report(changed(path, value))
        for each in differences(Side(None, GOOD), Side(None, document)):
            json.dumps(each.to_json())
