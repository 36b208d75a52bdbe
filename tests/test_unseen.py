"""A site that hides from the scanner: nothing is concluded from what it shows instead, and people are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from domainscan.cli import app, review

SITE = "qingying-photo.lab"
WHY = "walled: Cloudflare asks its visitors for a check (HTTP 403)"


@pytest.fixture
def tokens(program: Any) -> dict[str, str]:
    """Two people of the desk, each with the token that they type with."""
    return {
        name: program.run("people", "add", name, "--role", "approver").stdout.split()[-1]
        for name in ("ann", "bob")
    }


@pytest.fixture
def hide(internet: Any) -> Iterator[Callable[[], None]]:
    """Puts a guard before SITE until the test ends."""
    yield lambda: internet.guard(SITE)
    internet.unguard(SITE)


def test_a_flagged_site_that_puts_up_a_check_stays_flagged(program: Any, hide: Callable[[], None]) -> None:
    program.run("scan", SITE)
    hide()
    again = program.run("scan", SITE)
    assert "1 of the observed was not shown the page" in again.stderr
    assert [(row["name"], row["unseen"]) for row in program.json("queue")] == [(SITE, WHY)]
    assert "unseen" in program.run("queue").stdout
    assert [(row["why"], row["flagged"]) for row in program.json("queue", "--unseen")] == [(WHY, True)]
    case = program.run("show", SITE).stdout
    assert "look in a browser of your own" in case
    assert f"domainscan show {SITE} --at" in case, "where the flag's reasons are"
    assert program.json("reassess", "--dry-run")["flips"] == []


def test_a_site_that_nobody_has_seen_is_listed_and_not_called_harmless(
    program: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = program.run("scan", "lantern-keepers.lab", "estuary-birds.lab", "paperfold-club.lab", SITE)
    assert "3 of the observed were not shown the page" in done.stderr
    listed = program.run("queue", "--unseen")
    assert "3 pages were not seen: look in a browser of your own" in listed.stderr
    found = {row["name"]: row["why"] for row in program.json("queue", "--unseen")}
    assert found["lantern-keepers.lab"] == WHY
    assert found["estuary-birds.lab"] == "walled: drawn by scripts"
    assert found["paperfold-club.lab"].startswith("disallowed: ")
    assert program.run("queue", "--unseen", "--category", "H01").returncode == 2
    monkeypatch.setattr(review, "UNSEEN_SHOWN", 1)
    words = ["--config", str(program.config), "--home", str(program.home), "queue", "--unseen"]
    short = CliRunner().invoke(app, words)
    assert "these are the first 1 of 3; --json has all: 1 drawn by scripts; " in " ".join(
        short.stderr.split()
    )
    assert "1 disallowed" in short.stderr
    assert ("estuary-birds.lab" in short.stdout, "paperfold-club.lab" in short.stdout) == (True, False)


def test_what_people_saw_and_decided_is_not_asked_again(program: Any, tokens: dict[str, str]) -> None:
    name = "lantern-keepers.lab"
    words = ("--measure", "none", "--category", "H01", "--reason", "a club that mends lanterns")
    program.run("scan", name)
    assert program.run("review", "propose", name, *words, token=tokens["ann"]).returncode == 0
    assert program.run("review", "approve", "1", token=tokens["bob"]).returncode == 0
    assert program.json("queue", "--unseen") == []
    program.run("scan", name)
    assert program.json("queue", "--unseen") == [], "the same check again is nothing new"
