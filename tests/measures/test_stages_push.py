"""The fast way keeps to stages too: neither of a later recipient's two zones has what is with an earlier one yet."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from transfers import ZONE, Chain, Ports, knotc
from typer.testing import Result

from domainscan.model import Reach
from domainscan.net.updates import Primary
from domainscan.review import appeal
from domainscan.transfer.keys import DESK, key_of

Run = Callable[..., Result]
QUICK = f"now.{ZONE}"


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def config_text(tmp_path: Path, ports: Ports) -> str:
    """carrier-z gets files and is first, carrier-a has the zones and is second."""
    more = 'stage = 2\n[[recipient]]\nid = "carrier-z"\n[publish]\nproof = []\n'
    return ports.config(tmp_path / "transfer", more=more)


@pytest.fixture
def chain(
    office: Any, run: Run, wait: Callable[[float], None], tmp_path: Path, ports: Ports
) -> Iterator[Chain]:
    """Both stages have old.example, and a primary serves it."""
    office.decide("old.example")
    run("transfer", "setup")
    run("export", code=3)
    wait(60)
    run("export")
    made = Chain(tmp_path, ports, 53)
    made.start("primary")
    wait(1)
    yield made
    made.stop()


def push(run: Run) -> tuple[list[str], dict[str, str]]:
    """What a push added since the last release, and what it left."""
    (made,) = json.loads(run("transfer", "push", "--json").stdout)["pushed"]
    return made["added"], {one["name"]: one["why"] for one in made["left_out"]}


def zones(office: Any, ports: Ports) -> tuple[list[str], list[str]]:
    """The owner names in the released zone and in that of what was decided last."""
    desk = key_of(office.store.home, DESK)
    primary = Primary("127.0.0.1", ports.primary, desk.name, desk.secret)
    return sorted(primary.records(ZONE)), sorted(primary.records(QUICK))


def test_a_push_leaves_out_what_waits_and_has_it_as_soon_as_it_may_go(
    office: Any, run: Run, wait: Callable[[float], None], chain: Chain, ports: Ports
) -> None:
    """P13."""
    office.decide("new.example")
    assert push(run) == (
        [],
        {"new.example": "stage 2: carrier-z does not have it yet: `domainscan export --recipient carrier-z`"},
    )
    assert zones(office, ports) == (["old.example"], ["old.example"])
    run("export", "--recipient", "carrier-z")
    wait(59)
    said = run("transfer", "push").stderr
    assert (
        "carrier-a: new.example (host) not yet: stage 2: carrier-z has it since 2026-11-23T16:01:00Z" in said
    )
    assert zones(office, ports) == (["old.example"], ["old.example"])
    wait(1)
    assert push(run) == (["new.example"], {})
    assert zones(office, ports) == (["new.example", "old.example"], ["new.example", "old.example"])


def test_what_waited_at_the_last_release_comes_with_a_push_too(
    office: Any, run: Run, wait: Callable[[float], None], chain: Chain, ports: Ports
) -> None:
    office.decide("new.example")
    wait(1)
    run("export")
    knotc(chain.zones, "zone-reload", ZONE)
    wait(59)
    assert push(run)[0] == []
    wait(1)
    assert push(run) == (["new.example"], {})
    assert zones(office, ports)[0] == ["new.example", "old.example"]


def test_a_halt_takes_back_what_only_a_push_has_brought_and_a_lift_never_waits(
    office: Any, run: Run, wait: Callable[[float], None], clock: list[str], chain: Chain, ports: Ports
) -> None:
    new, other = office.decide("new.example"), office.decide("other.example")
    run("export", "--recipient", "carrier-z")
    wait(60)
    assert push(run)[0] == ["new.example", "other.example"]
    appeal(office.store, str(new.id), text="it is ours", by="the owner", now=clock[0])
    office.lift(other)
    wait(1)
    added, left = push(run)
    assert (added, list(left)) == ([], ["new.example"])
    assert zones(office, ports) == (["old.example"], ["old.example"])


def test_a_wider_reach_waits_and_the_name_stays_as_it_was(
    office: Any, run: Run, wait: Callable[[float], None], chain: Chain, ports: Ports
) -> None:
    office.decide("old.example", reach=Reach.SUBTREE)
    added, left = push(run)
    assert (added, list(left)) == ([], ["old.example"])
    assert zones(office, ports) == (["old.example"], ["old.example"])
    run("export", "--recipient", "carrier-z")
    wait(60)
    assert push(run) == (["old.example"], {})
    assert zones(office, ports)[0] == ["*.old.example", "old.example"]


def test_an_approval_that_is_pushed_keeps_to_stages(
    office: Any, run: Run, chain: Chain, ports: Ports
) -> None:
    office.visit("new.example")
    lin, wei = (office.tokens[one] for one in ("lin", "wei"))
    words = ("--measure", "block", "--category", "H01", "--reason", "offers the harm")
    run("review", "propose", "new.example", *words, token=lin)
    said = run("review", "approve", "2", "--push", token=wei).stderr
    assert "carrier-a: new.example (host) not yet: stage 2: carrier-z does not have it yet" in said
    assert zones(office, ports) == (["old.example"], ["old.example"])


def test_after_a_rollback_a_push_brings_nothing_that_was_taken_back(
    office: Any, run: Run, wait: Callable[[float], None], chain: Chain, ports: Ports
) -> None:
    office.decide("new.example")
    run("export")
    wait(60)
    run("export")
    run("release", "rollback", "carrier-a", "--reason", "it does harm", token=office.tokens["lin"])
    knotc(chain.zones, "zone-reload", ZONE)
    wait(1)
    assert push(run)[0] == []
    released, quick = zones(office, ports)
    assert released == ["old.example"]
    assert "new.example" not in quick
