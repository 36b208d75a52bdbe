"""Labels of AI-generated content in files: `read_labels(data)` finds and grades them; pure and bounded.

Read leniently, graded strictly. What is read where, and by which clause it is graded: docs/labels.md.
"""

from __future__ import annotations

from domainscan.read.labels.carriers import CARRIERS, kind_of
from domainscan.read.labels.grade import grade
from domainscan.read.labels.report import (
    COMPLIANT,
    GRADES,
    INCONCLUSIVE,
    MEANINGS,
    NONCOMPLIANT,
    NOT_FOUND,
    SCHEMES,
    Label,
    LabelReport,
    Operator,
    Reason,
)
from domainscan.read.labels.source import Source, Trouble

__all__ = [
    "CARRIERS",
    "COMPLIANT",
    "GRADES",
    "INCONCLUSIVE",
    "MEANINGS",
    "NONCOMPLIANT",
    "NOT_FOUND",
    "SCHEMES",
    "Label",
    "LabelReport",
    "Operator",
    "Reason",
    "read_labels",
]


def read_labels(data: bytes, name: str = "", *, total: int = 0) -> LabelReport:
    """All labels in a file's bytes, and its grade. The kind is told by its first bytes, never by `name`.

    `total` is the file's whole length where `data` is only its beginning: what may stand behind is then unknown,
    not absent. Never raises for what a file says; the work is bounded by source.STEPS and its neighbours.
    """
    source = Source(data, total)
    kind = kind_of(data)
    if not source.total:
        return grade(name, kind, (Trouble("damaged", "", "it is empty"),), source)
    if not kind:
        return grade(name, kind, (Trouble("unknown_kind", ""),), source)
    return grade(name, kind, CARRIERS[kind].read(source), source)
