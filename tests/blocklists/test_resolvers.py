"""Real BIND and Unbound on loopback load the zone, block what is listed and nothing else."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import consumers
import pytest

from blocklists.formats import FORMATS, Settings
from blocklists.lists import BlockList

Make = Callable[..., BlockList]
Resolver = Callable[[Path], Callable[[str], str]]
Check = Callable[[Path], "subprocess.CompletedProcess[str]"]
LISTED = ("tree.lab.org", "host:single.lab.org", "www:apex.lab.org", "xn--fsqu00a.xn--fiqs8s", "_x.lab.org")
ANSWERS = [
    ("tree.lab.org", "NXDOMAIN", "a listed domain"),
    ("a.b.tree.lab.org", "NXDOMAIN", "and what lies below it"),
    ("TREE.lab.org", "NXDOMAIN", "in any case"),
    ("single.lab.org", "NXDOMAIN", "a listed host"),
    ("a.single.lab.org", consumers.OPEN, "nothing below a host"),
    ("apex.lab.org", "NXDOMAIN", "a listed apex"),
    ("www.apex.lab.org", "NXDOMAIN", "and its www"),
    ("mail.apex.lab.org", consumers.OPEN, "nothing else below it"),
    ("x.www.apex.lab.org", consumers.OPEN, "nor below its www"),
    ("a.xn--fsqu00a.xn--fiqs8s", "NXDOMAIN", "an internationalised name"),
    ("_x.lab.org", "NXDOMAIN", "an underscore"),
    ("lab.org", consumers.OPEN, "the parent of listed names"),
    ("free.lab.org", consumers.OPEN, "a sibling"),
    ("notree.lab.org", consumers.OPEN, "a name that merely ends alike"),
    ("example.com", consumers.OPEN, "a stranger"),
]


def zone_of(blocklist: BlockList, path: Path, settings: Settings) -> Path:
    path.write_text("".join(FORMATS["rpz"].write(blocklist, settings)), "utf-8")
    return path


def test_rpz_is_a_zone_that_resolvers_load_and_apply_exactly(
    resolver: Resolver, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    long = f"{'a' * 63}.{'b' * 63}.{'c' * 58}.org"
    longer = f"{'a' * 63}.{'b' * 63}.{'c' * 60}.com"
    ask = resolver(zone_of(entries(*LISTED, long, f"host:{longer}"), tmp_path / "rpz", settings))
    assert {name: ask(name) for name, _, _ in ANSWERS} == {name: answer for name, answer, _ in ANSWERS}
    assert ask(long) == "NXDOMAIN"


def test_an_empty_list_is_a_zone_that_blocks_nothing(
    resolver: Resolver, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    ask = resolver(zone_of(entries(), tmp_path / "rpz", settings))
    assert ask("tree.lab.org") == consumers.OPEN


def test_the_probe_sees_a_zone_that_blocks_too_much(
    resolver: Resolver, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    """The negative control: a hostile line that gets past the writer is seen by the questions above."""
    zone = zone_of(entries("tree.lab.org"), tmp_path / "rpz", settings)
    with zone.open("a") as file:
        file.write("evil.lab.org CNAME rpz-passthru.\nexample.com CNAME .\n")
    assert resolver(zone)("example.com") == "NXDOMAIN"


def test_named_checkzone_accepts_the_zone(
    checkzone: Check, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    done = checkzone(zone_of(entries(*LISTED), tmp_path / "rpz", settings))
    assert done.returncode == 0, done.stdout
    assert "loaded serial 2026112301" in done.stdout


@pytest.mark.parametrize(
    "extra", [f"{'a' * 64}.org CNAME .\n", "a.org CNAME .\na.org A 192.0.2.1\n", "a.org CNAME"]
)
def test_named_checkzone_refuses_a_broken_zone(
    extra: str, checkzone: Check, entries: Make, settings: Settings, tmp_path: Path
) -> None:
    zone = zone_of(entries("tree.lab.org"), tmp_path / "rpz", settings)
    with zone.open("a") as file:
        file.write(extra)
    assert checkzone(zone).returncode != 0
