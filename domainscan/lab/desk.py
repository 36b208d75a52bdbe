"""The people of the demo's desk: they type commands, and decide as a careful reviewer of invented sites would."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any, Final

from domainscan.lab.sites import World

COMMAND_SECONDS: Final = 300
LOOK_SECONDS: Final = 0.1  # between two looks whether the demo was ended
END_SECONDS: Final = 10.0  # for a command that was asked to end: a scan saves what is finished
SHOWN_LINES: Final = 4  # of what a command says beside its data
_OWN_MEASURES: Final = {"H04": "escalate", "H07": "ask-documents", "H09": "label-fix", "H15": "notify-owner"}
NO_ACTION: Final = {
    "measure": "none",
    "reason": "the operator answered our letter: no measure is proportionate",
}


class DemoFailed(Exception):
    """A command of the story failed; the message shows it and what it said."""


class DemoEnded(Exception):
    """Somebody ended the demo; its commands have ended too."""


class Desk:
    """Types commands as the people of the desk do, and reads what they print, until somebody ends the demo.

    It works in another thread than the main one: a signal that comes between a fork and the end of Popen would raise
    where nobody has the process yet, and it would run on: one in five of the signals in its first 3 ms did.
    """

    def __init__(self, home: Path, say: Callable[[str], None], ended: Event) -> None:
        self.home, self.say, self.ended = home, say, ended

    def type(self, *words: str, token: str = "", accept: Sequence[int] = (0,)) -> str:
        """Standard output of one command. Raises DemoFailed for an exit code that is not accepted, DemoEnded."""
        if self.ended.is_set():
            raise DemoEnded
        typed = f"domainscan {' '.join(words)}"
        self.say(f"$ {typed}")
        before = ("--config", str(self.home / "config.toml"), "--home", str(self.home), "--quiet")
        environment = {key: value for key, value in os.environ.items() if not key.startswith("DOMAINSCAN_")}
        with subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-m", "domainscan", *before, *words],
            env=environment | ({"DOMAINSCAN_TOKEN": token} if token else {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            out, err = self._answer(process, typed)
        said = err.splitlines()
        for line in said[:SHOWN_LINES]:
            self.say(f"  {line}")
        if len(said) > SHOWN_LINES:
            self.say(f"  ... and {len(said) - SHOWN_LINES} more lines")
        if process.returncode not in accept:
            raise DemoFailed(f"`{typed}` ended with {process.returncode}: {err.strip()}")
        return out

    def _answer(self, process: subprocess.Popen[str], typed: str) -> tuple[str, str]:
        """What a command prints and what it says beside; it is gone when this raises DemoFailed or DemoEnded."""
        over = time.monotonic() + COMMAND_SECONDS
        while not self.ended.is_set() and time.monotonic() < over:
            with suppress(subprocess.TimeoutExpired):
                return process.communicate(timeout=LOOK_SECONDS)
        process.terminate()
        try:
            process.communicate(timeout=END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        if self.ended.is_set():
            raise DemoEnded
        raise DemoFailed(f"`{typed}` has not ended after {COMMAND_SECONDS} s")

    def ask(self, *words: str, token: str = "", accept: Sequence[int] = (0,)) -> Any:
        """The JSON document that a command prints."""
        return json.loads(self.type(*words, "--json", token=token, accept=accept))


def proposal(name: str, record: Mapping[str, Any], world: World) -> dict[str, str]:
    """What a careful reviewer of the demo would propose for a flagged site."""
    gravest = next(iter(record["categories"]))
    measure = _measure(name, record, gravest, world)
    return {
        "name": name,
        "measure": measure,
        "reach": "host",
        "category": gravest,
        "reason": f"seen on {record['at'][:10]}: {_reason(record, gravest)}",
        "expires": "",
    }


def _measure(name: str, record: Mapping[str, Any], category: str, world: World) -> str:
    addresses = record["resolution"].get("A", {}).get("answers", [])
    provider = next(
        (one for one in world.providers if one.address in addresses or one.plain_address in addresses), None
    )
    if record["compromised"]:
        return "notify-owner"
    if "failure" in record["page"]:
        return "none"  # a bad name and nothing behind it
    if category in _OWN_MEASURES:
        return _OWN_MEASURES[category]
    if any(name.endswith("." + suffix) and "." in suffix for suffix in world.suffixes):
        return "takedown"
    return "cancel-access" if provider is not None and provider.kind == "provider" else "block"


def _reason(record: Mapping[str, Any], category: str) -> str:
    rules = sorted(
        record["categories"][category]["rules"], key=lambda one: (not one["harm"], one["kind"] != "page")
    )
    return "; ".join(f"{one['rule']} {one['reason']}" for one in rules[:2])[:300]


def write_table(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]) if rows else ["name"])
        writer.writeheader()
        writer.writerows(rows)


def _files(folder: Path, format_: str) -> Path:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    names = {one["format"]: one["name"] for one in manifest["files"]}
    return folder / str(names[format_])


def zone_of(folder: Path) -> Path:
    """The policy zone of a release. Raises KeyError where it has none."""
    return _files(folder, "rpz")


def listed_in(folder: Path) -> set[str]:
    with _files(folder, "csv").open(encoding="utf-8", newline="") as stream:
        return {row["name"] for row in csv.DictReader(line for line in stream if not line.startswith("#"))}
