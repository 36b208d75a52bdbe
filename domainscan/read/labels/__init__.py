"""Labels of AI-generated content in files: `read_labels(data)` finds and grades them; pure and bounded.

Read leniently, graded strictly. What is read where, and by which clause it is graded: docs/labels.md.
"""

from __future__ import annotations

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

__all__ = [
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
]
