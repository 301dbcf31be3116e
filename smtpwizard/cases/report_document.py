"""A report as `verify --json` writes it, in a file: looked at for what can be compared.

Whatever else stands in it is passed over; nothing is repaired.
"""

from collections.abc import Callable, Mapping
from typing import Any

from smtpwizard.model.errors import UsageError
from smtpwizard.model.problem import Json
from smtpwizard.model.report import STAGES, Likelihood, Status

_Check = Callable[[Any, str], None]


def check_report(document: Any, path: str = "") -> Json:
    """The document itself; raises `UsageError("report_invalid")` with the first wrong field."""
    _object(_REPORT, required=("stages", "causes", "started"))(document, path or "report")
    stages: list[Json] = document["stages"]
    names = [stage["stage"] for stage in stages]
    if names != [stage.value for stage in STAGES]:
        raise UsageError("report_invalid", field=_at(path, "stages"))
    return document  # type: ignore[no-any-return]


def _refuse(path: str) -> None:
    raise UsageError("report_invalid", field=path)


def _at(path: str, key: str) -> str:
    return f"{path}.{key}" if path and path != "report" else key


def _object(known: Mapping[str, _Check], required: tuple[str, ...] = ()) -> _Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            _refuse(path)
        for key in required:
            if value.get(key) is None:
                _refuse(_at(path, key))
        for key, check_one in known.items():
            if value.get(key) is not None:
                check_one(value[key], _at(path, key))

    return check


def _each(check_one: _Check) -> _Check:
    def check(value: Any, path: str) -> None:
        if not isinstance(value, list):
            _refuse(path)
        for at, item in enumerate(value):
            check_one(item, f"{path}.{at}")

    return check


def _text(value: Any, path: str) -> None:
    if not isinstance(value, str):
        _refuse(path)


def _whole(value: Any, path: str) -> None:
    if type(value) is not int:
        _refuse(path)


def _one_of(*choices: str) -> _Check:
    def check(value: Any, path: str) -> None:
        if value not in choices:
            _refuse(path)

    return check


_CERTIFICATE = {
    "subject": _text,
    "issuer": _text,
    "names": _each(_text),
    "not_before": _text,
    "not_after": _text,
}
_DETAIL = {
    **dict.fromkeys(("error", "why", "peer", "alert", "version", "cipher", "mechanism"), _text),
    "addresses": _each(_text),
    "extensions": _each(_text),
    "mechanisms": _each(_text),
    "size": _whole,
    "chain": _each(_object(_CERTIFICATE)),
    "token": _object({"problem": _text}),
}
_REPLY = {"code": _whole, "enhanced": _text, "text": _text}
_STAGE = {
    "stage": _one_of(*(stage.value for stage in STAGES)),
    "status": _one_of(*(status.value for status in Status)),
    "reply": _object(_REPLY, required=("code",)),
    "detail": _object(_DETAIL),
}
_CAUSE = {"cause": _text, "likelihood": _one_of(*(each.value for each in Likelihood))}
_REPORT = {
    "started": _text,
    "queue_id": _text,
    "message_id": _text,
    "stages": _each(_object(_STAGE, required=("stage", "status"))),
    "causes": _each(_object(_CAUSE, required=("cause",))),
}
