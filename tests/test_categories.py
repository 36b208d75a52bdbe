"""The `categories` command, as a desk types it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.model import CATEGORIES
from tests.conftest import Program


@pytest.fixture
def desk(tmp_path: Path) -> Program:
    config = tmp_path / "config.toml"
    config.write_text("")
    return Program(config, tmp_path / "home")


def test_categories_show_severity_campaigns_and_law(desk: Program) -> None:
    told = desk.json("categories")
    assert set(told) == set(CATEGORIES)
    assert told["H09"]["severity"] == "low"
    assert "2025-1-5" in {one["id"] for one in told["H09"]["campaigns"]}
    words = {one["confirmed"] for facts in told.values() for one in facts["legal_basis"]}
    assert words == {"check before quoting"}


def test_one_category_is_shown_alone_and_nothing_is_written(desk: Program) -> None:
    done = desk.run("categories", "h12")
    assert done.stdout.startswith("H12  sexual companion chat without age gate (high, text only)\n")
    assert "H01" not in done.stdout
    assert not desk.home.exists()


def test_an_unknown_category_is_refused_with_the_closed_list(desk: Program) -> None:
    done = desk.run("categories", "H16")
    assert done.returncode == 2
    assert "H16: no such category; there are H01, H02" in done.stderr
