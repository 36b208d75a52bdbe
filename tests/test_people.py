"""The `people` commands, as a desk types them."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.main import get_command
from typer.testing import CliRunner

from domainscan.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Types `domainscan WORDS` in an empty home; `token` is who types."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))

    def type_(*words: str, token: str = "", given: str = "") -> Result:
        home = ["--home", str(tmp_path / "home")]
        return CliRunner().invoke(app, [*home, *words], env={"DOMAINSCAN_TOKEN": token}, input=given)

    return type_


@pytest.fixture
def tokens(run: Run) -> dict[str, str]:
    """The tokens of two founders."""
    return {name: run("people", "add", name, "--role", "approver").stdout.strip() for name in ("ann", "bob")}


def test_the_first_two_need_nobody_and_get_their_token_alone_on_standard_output(run: Run) -> None:
    made = run("people", "add", "ann", "--role", "approver")
    assert made.exit_code == 0
    assert len(made.stdout.split()) == 1
    assert "shown once" in made.stderr
    second = json.loads(run("people", "add", "bob", "--role", "reviewer", "--json").stdout)
    assert (second["id"], second["role"], second["state"]) == ("bob", "reviewer", "active")
    assert second["token"] != made.stdout.strip()


def test_the_third_takes_two_people(run: Run, tokens: dict[str, str]) -> None:
    nobody = run("people", "add", "eve", "--role", "reviewer")
    assert (nobody.exit_code, nobody.stdout) == (2, "")
    assert "who are you?" in nobody.stderr
    asked = run("people", "add", "eve", "--role", "reviewer", token=tokens["ann"])
    assert "waits for a second person: `domainscan people confirm 1`" in asked.stdout
    alone = run("people", "confirm", "1", token=tokens["ann"])
    assert (alone.exit_code, alone.stdout) == (2, "")
    listed = json.loads(run("people", "list", "--json").stdout)
    assert [one["state"] for one in listed["people"]] == ["active", "active", "pending"]
    assert listed["changes"][0]["proposer"] == "ann"
    eve = run("people", "confirm", "1", token=tokens["bob"])
    assert eve.exit_code == 0
    assert run("people", "revoke", "eve", token=eve.stdout.strip()).exit_code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("people", "add", "eve", "--role", "admin"), "'admin' is no role: use reviewer or approver"),
        (("people", "add", "ann", "--role", "approver"), "ann is approver already"),
        (("people", "confirm", "9"), "no role change 9"),
        (("people", "withdraw", "9"), "no role change 9"),
        (("people", "revoke", "nobody"), "nobody is nobody's name here"),
        (("people", "add", "Operator", "--role", "reviewer"), "cannot be a person's name"),
        (("people", "add", "ANN", "--role", "reviewer"), "ANN looks like ann"),
        (("people", "add", "ａｎｎ", "--role", "reviewer"), "ａｎｎ looks like ann"),
        (("people", "confirm", "9" * 20), "no role change 9"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(
    run: Run, tokens, words: tuple[str, ...], said: str
) -> None:
    done = run(*words, token=tokens["ann"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_revoked_token_opens_nothing(run: Run, tokens: dict[str, str]) -> None:
    revoked = run("people", "revoke", "bob", token=tokens["ann"])
    assert "this leaves 1 active: nobody can approve" in revoked.stderr
    after = run("people", "add", "eve", "--role", "reviewer", token=tokens["bob"])
    assert after.exit_code == 2
    assert "belongs to nobody" in after.stderr


def test_the_last_active_person_stays(run: Run, tokens: dict[str, str]) -> None:
    assert run("people", "revoke", "bob", token=tokens["ann"]).exit_code == 0
    done = run("people", "revoke", "ann", token=tokens["ann"])
    assert done.exit_code == 2
    assert done.stderr.startswith(
        "error: ann is the last who is active: with nobody left no measure could be lifted"
    )
    assert run("people", "add", "eve", "--role", "reviewer", token=tokens["ann"]).exit_code == 0, (
        "it still holds"
    )


def test_a_stopped_change_shows_no_token(run: Run, tokens: dict[str, str]) -> None:
    run("people", "add", "eve", "--role", "reviewer", token=tokens["ann"])
    assert run("people", "withdraw", "1", token=tokens["bob"]).exit_code == 0
    refused = run("people", "confirm", "1", token=tokens["bob"])
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_a_change_of_role_keeps_the_token(run: Run, tokens: dict[str, str]) -> None:
    run("people", "add", "eve", "--role", "reviewer", token=tokens["ann"])
    run("people", "confirm", "1", token=tokens["bob"])
    asked = json.loads(
        run("people", "add", "eve", "--role", "approver", "--json", token=tokens["bob"]).stdout
    )
    assert asked == {"id": "eve", "role": "approver", "state": "pending", "change": 2, "token": None}
    done = json.loads(run("people", "confirm", "2", "--json", token=tokens["ann"]).stdout)
    assert done == {"id": "eve", "role": "approver", "state": "active", "change": None, "token": None}


def parameters(command: Any) -> set[str]:
    """The options and arguments of a command and of all below it."""
    below = getattr(command, "commands", {}).values()
    return {word for one in command.params for word in (one.name, *one.opts)}.union(*map(parameters, below))


def test_no_token_is_ever_an_argument() -> None:
    """The help of a group shows none of its commands' options: the commands themselves are asked."""
    known = parameters(get_command(app))
    assert {"--role", "--reason", "--from-file", "--recipient"} <= known, "all groups were asked"
    assert [one for one in sorted(known) if "token" in one] == []


def test_a_store_of_a_newer_program_ends_with_4(run: Run, tokens: dict[str, str], tmp_path: Path) -> None:
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "home" / "domainscan.db")) as raw, raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    done = run("people", "list")
    assert done.exit_code == 4
    assert "use the newer program" in done.stderr
