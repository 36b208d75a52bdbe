"""The examples in `--help`: every command has one, and each is a command that its own parser takes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, Final

import pytest
from typer.main import get_command

import blocklists.cli
import domainscan.cli

PROGRAMS: Final[dict[str, Any]] = {
    "domainscan": get_command(domainscan.cli.app),
    "blocklists": get_command(blocklists.cli.app),
}
GLOBAL: Final = {"--home": 1, "--config": 1}  # options of the program itself, and how many words they take


def commands(group: Any, *path: str) -> Iterator[tuple[str, Any]]:
    for name, one in group.commands.items():
        yield from (
            commands(one, *path, name) if hasattr(one, "commands") else [(" ".join((*path, name)), one)]
        )


def examples(command: Any) -> list[str]:
    _, _, shown = (command.help or "").partition("Examples:\n")
    return [line.strip() for line in shown.splitlines() if line.strip()]


COMMANDS: Final = {name: one for key, program in PROGRAMS.items() for name, one in commands(program, key)}
EXAMPLES: Final = [line for one in COMMANDS.values() for line in examples(one)]


def parsed(line: str) -> list[str]:
    """The words of our command in a line of shell, its own options and redirections left out."""
    words = shlex.split(line.partition("          ")[0].replace("$(date +%F)", "2026-11-23"), comments=True)
    words += ["picture.png"] if "xargs" in words else []
    start = next(at for at, word in enumerate(words) if word in PROGRAMS)
    found = [words[start]]
    rest = iter(words[start + 1 :])
    for word in rest:
        if word in ("|", ">", "&"):
            break
        if word in GLOBAL and len(found) == 1:
            next(rest)
        else:
            found.append(word)
    return found


def is_of(name: str, line: str) -> bool:
    """Whether a line of shell runs this command."""
    path = name.split()
    return path[0] in shlex.split(line, comments=True) and parsed(line)[: len(path)] == path


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_shows_how_it_is_typed(name: str) -> None:
    assert any(is_of(name, line) for line in examples(COMMANDS[name])), name


@pytest.mark.parametrize(
    ("line", "of", "why"),
    [
        ("domainscan --home h report list", True, "options of the program stand before it"),
        ("cat names | domainscan report list - > out", True, "in a line of shell"),
        ("domainscan registers list", False, "a neighbour of the same name"),
        ("domainscan report", False, "its group alone"),
        ("knotd -c domainscan.conf  # report list", False, "another program"),
    ],
)
def test_an_example_of_another_command_is_none(line: str, of: bool, why: str) -> None:
    assert is_of("domainscan report list", line) is of, why


@pytest.mark.parametrize("line", [line for line in EXAMPLES if not line.startswith("knotd ")])
def test_an_example_is_a_command_that_there_is(line: str) -> None:
    words = parsed(line)
    command: Any = PROGRAMS[words.pop(0)]
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    with command.make_context("example", words):
        pass
