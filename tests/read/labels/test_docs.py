"""docs/labels.md names every kind of file and every rule.

See it fail: add a rule to RULES, or a line to CARRIERS.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.read.labels.carriers import CARRIERS
from domainscan.read.labels.explicit import PAGE_RULES
from domainscan.read.labels.rules import RULES

TEXT = (Path(__file__).parents[3] / "docs" / "labels.md").read_text("utf-8")


@pytest.mark.parametrize("rule", (*RULES, *PAGE_RULES))
def test_every_rule_is_explained(rule: str) -> None:
    assert f"`{rule}`" in TEXT


@pytest.mark.parametrize("kind", CARRIERS)
def test_every_kind_has_a_row(kind: str) -> None:
    assert any(line.startswith(f"| {kind}") for line in TEXT.splitlines())
