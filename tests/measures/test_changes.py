"""The part of a zone that decisions touch: applied to the zone of the last release it makes the zone of a new one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import pytest
from msgspec.structs import replace

from blocklists.formats import FORMATS, Settings
from blocklists.lists import BlockList
from blocklists.names import Name, parents
from domainscan.config import Recipient
from domainscan.listing import entries
from domainscan.model import Decision, Reach
from domainscan.net.updates import Records, zone_of
from domainscan.profiles import fitted
from domainscan.store.audit import record_event
from domainscan.store.decisions import decided_since
from domainscan.transfer.changes import RECENT_MOST, affected, part_of, recent

BEFORE, RELEASED, AFTER, NOW = (f"2026-11-23T{hour}:00:00Z" for hour in (10, 11, 12, 13))
AFTER_OPENING = "2026-11-23T16:00:00Z"
NAMES = [
    Name(one)
    for one in (
        "a.org",
        "www.a.org",
        "x.a.org",
        "www.x.a.org",
        "y.x.a.org",
        "b.org",
        "www.b.org",
        "www.www.b.org",
    )
]


def records(blocklist: BlockList, format: str = "rpz") -> Records:
    text = "".join(FORMATS[format].write(blocklist, Settings(1, NOW, garden=("203.0.113.80",))))
    return zone_of(text, "rpz.lab")[0]


def zone_at(decisions: Iterable[Decision], moment: str, recipient: Recipient, format: str) -> Records:
    return records(fitted(entries(decisions, moment), recipient)[0], format)


def history(chance: random.Random, decision: Any) -> list[Decision]:
    """Some decisions of every kind: before the release, after it, ended before, ended after, rejected."""
    made = []
    for number in range(1, chance.randint(2, 8)):
        one = decision(
            id=number,
            name=chance.choice(NAMES),
            reach=chance.choice(list(Reach)),
            category=chance.choice(("H01", "H03")),
            decided_at=chance.choice((BEFORE, AFTER)),
        )
        fate = chance.random()
        if fate < 0.1:
            one = replace(one, state="rejected")
        elif fate < 0.5:
            ended = AFTER if one.decided_at == AFTER else chance.choice((BEFORE, AFTER))
            one = replace(one, state=chance.choice(("lifted", "expired")), ended_at=ended)
        made.append(one)
    return made


def as_it_was(one: Decision) -> Decision:
    """Written apart from the code under test: what the release saw of a decision."""
    if one.decided_at == AFTER:
        return replace(one, state="proposed", ended_at="")
    return replace(one, state="approved", ended_at="") if one.ended_at == AFTER else one


def folded(zone: Records) -> Records:
    """The zone without what a wildcard in it says already: two zones alike in this answer alike."""
    return {
        owner: found
        for owner, found in zone.items()
        if not any(f"*.{above}" in zone for above in parents(Name(owner.removeprefix("*."))))
    }


def pushed(decisions: list[Decision], recipient: Recipient, held: Records, format: str) -> Records:
    """The zone after an update, as `push` puts it together."""
    fresh = [one for one in decisions if one.state != "rejected" and AFTER in (one.decided_at, one.ended_at)]
    trees = [one.name for one in fresh if one.reach is Reach.SUBTREE and one.ended_at]
    below = {
        one.name
        for one in decisions
        for tree in trees
        if one.state == "approved" and one.name.endswith(f".{tree}")
    }
    names = affected(fresh, below)
    around = {above for name in names for above in (name, *parents(name))}
    part = part_of([one for one in decisions if one.name in around], names, recipient, RELEASED, NOW)
    wanted = records(part.now, format)
    zone = {owner: found for owner, found in held.items() if owner not in part.owners}
    return zone | {owner: wanted[owner] for owner in part.owners if owner in wanted}


@pytest.mark.parametrize("format", ["rpz", "rpz-nodata", "rpz-garden"])
@pytest.mark.parametrize("categories", [(), ("H01",)], ids=["all", "H01"])
def test_the_part_makes_of_the_released_zone_what_a_new_release_would_be(
    decision: Any, format: str, categories: tuple[str, ...]
) -> None:
    recipient, chance, moved = Recipient("c", categories=categories), random.Random(5), 0
    for _ in range(400):
        decisions = history(chance, decision)
        held = zone_at(map(as_it_was, decisions), RELEASED, recipient, format)
        wanted = zone_at(decisions, NOW, recipient, format)
        made = pushed(decisions, recipient, held, format)
        assert folded(made) == folded(wanted), decisions
        assert set(wanted) <= set(made)
        assert folded(pushed(decisions, recipient, made, format)) == folded(wanted), "twice is as once"
        assert pushed(decisions, recipient, wanted, format) == wanted, "on a new release it says nothing new"
        moved += held != wanted
    assert moved > 100, "most histories change something"


def test_the_comparison_sees_a_part_that_forgets_what_lies_below(decision: Any) -> None:
    """The negative control: without the names below a lifted tree, one of them is missing."""
    tree = decision(
        id=1, name=Name("a.org"), reach=Reach.SUBTREE, decided_at=BEFORE, state="lifted", ended_at=AFTER
    )
    host = decision(id=2, name=Name("x.a.org"), decided_at=BEFORE)
    taker = Recipient("c")
    without = part_of([tree, host], affected([tree], []), taker, RELEASED, NOW)
    assert without.owners == ("a.org", "*.a.org", "www.a.org", "*.www.a.org")
    complete = part_of([tree, host], affected([tree], [host.name]), taker, RELEASED, NOW)
    assert {"x.a.org", "www.x.a.org"} == {*complete.owners} - {*without.owners} - {
        "*.x.a.org",
        "*.www.x.a.org",
    }
    assert sorted(records(complete.now)) == ["x.a.org"]
    held = records(fitted(entries([replace(tree, state="approved", ended_at="")], RELEASED), taker)[0])
    left = {owner for owner in held if owner not in without.owners}
    assert sorted(left) == [], "what a push without it would leave, while x.a.org has to come back"


def test_the_fast_zone_has_what_was_decided_in_the_last_day_and_is_still_in_force(decision: Any) -> None:
    known = [
        decision(id=1, name=Name("old.org"), decided_at="2026-11-22T12:59:59Z"),
        decision(id=2, name=Name("edge.org"), decided_at="2026-11-22T13:00:00Z"),
        decision(id=3, name=Name("new.org"), decided_at=AFTER),
        decision(id=4, name=Name("lifted.org"), decided_at=AFTER, state="lifted", ended_at=AFTER),
    ]
    assert [one.name for one in recent(known, Recipient("c"), NOW)] == ["edge.org", "new.org"]
    many = [decision(id=at, name=Name(f"n{at}.org"), decided_at=AFTER) for at in range(1, RECENT_MOST + 3)]
    kept = {one.name for one in recent(many, Recipient("c"), NOW)}
    assert len(kept) == RECENT_MOST
    assert not {"n1.org", "n2.org"} & kept, "the newest stay"


def test_what_was_decided_since_a_moment_is_found_behind_any_number_of_other_events(office: Any) -> None:
    early = [office.decide("lifted.org"), office.decide("kept.org")]
    office.now = AFTER_OPENING
    office.lift(early[0])
    new = office.decide("new.org")
    office.decide("other.org", "cancel-access")
    with office.store.writing():
        for _ in range(1200):
            record_event(office.store, "lin", "case.assign", "kept.org", {}, AFTER_OPENING)
    found = decided_since(office.store, AFTER_OPENING, measure="block")
    assert [(one.name, one.state) for one in found] == [("lifted.org", "lifted"), ("new.org", "approved")]
    office.now = "2026-11-23T15:30:00Z"  # a clock that was set back
    office.decide("late.org")
    assert [one.id for one in decided_since(office.store, AFTER_OPENING, measure="block")] == [
        early[0].id,
        new.id,
    ]
    assert decided_since(office.store, "2026-11-24T00:00:00Z", measure="block") == []
