"""Documents as nested objects, and values in them by dotted paths."""

from collections.abc import Mapping
from typing import Any

from smtpwizard.model.problem import Json


def set_values(document: Json, values: Mapping[str, Any]) -> Json:
    """A copy of the document with values at their dotted paths, whose objects are there."""
    document = dict(document)
    for path, value in values.items():
        inner = document
        *parents, last = path.split(".")
        for parent in parents:
            inner[parent] = dict(inner[parent])
            inner = inner[parent]
        inner[last] = value
    return document
