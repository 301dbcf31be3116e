"""What is wrong with input, for whoever reads or shows it."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

Json = dict[str, Any]


class Problem(NamedTuple):
    """Input that is not finished or not acceptable; `field` is the dotted JSON path."""

    field: str
    code: str
    facts: Mapping[str, Any] = MappingProxyType({})

    def __eq__(self, other: object) -> bool:
        """Facts are there for the sentence: without them it is the same problem."""
        return isinstance(other, Problem) and self[:2] == other[:2]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:2])
