"""Only what two people decided, and only while it lasts, reaches a list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blocklists.guards import Terms
from blocklists.lists import Entry, block_list
from blocklists.protect import load_protected
from domainscan.config import Recipient
from domainscan.listing import (
    Job,
    Press,
    TakesNoList,
    ended,
    entries,
    in_force,
    losses,
    preview,
    refusals,
)
from domainscan.listing.entries import remembered
from domainscan.model import Name, Reach

NOW = "2026-11-23T15:00:00Z"


@pytest.mark.parametrize(
    ("fields", "listed", "why"),
    [
        ({}, True, "approved, not over"),
        ({"state": "proposed"}, False, "one person is not two"),
        ({"state": "rejected"}, False, "the second person said no"),
        ({"state": "lifted"}, False, "lifted"),
        ({"state": "expired"}, False, "expired, and recorded so"),
        ({"expires": "2026-11-24"}, True, "its last day"),
        ({"expires": "2026-11-23"}, False, "its day of expiry has begun, though nobody recorded it yet"),
        ({"expires": "2020-01-01"}, False, "long over"),
        ({"measure": "none"}, False, "no measure"),
        ({"measure": "cancel-access"}, False, "a measure for an order, not for a list"),
    ],
)
def test_a_list_holds_block_decisions_in_force_and_nothing_else(
    fields: dict[str, Any], listed: bool, why: str, decision: Any
) -> None:
    assert bool(block_list(entries([decision(**fields)], NOW))) == listed, why


def test_an_entry_says_which_decisions_asked_for_it(decision: Any) -> None:
    both = [decision(id=3, expires="2027-01-01"), decision(id=4, expires="2027-03-01")]
    entry = Entry(
        Name("alpha.example"), Reach.HOST, "H01", "2027-03-01T00:00:00Z", ("decision 3", "decision 4")
    )
    assert block_list(entries(both, NOW)).entries == (entry,)


def test_a_narrow_decision_comes_back_when_the_wider_one_is_lifted(decision: Any) -> None:
    wide = decision(id=1, name=Name("alpha.example"), reach=Reach.SUBTREE)
    narrow = decision(id=2, name=Name("shop.alpha.example"))
    assert [one.name for one in block_list(entries([wide, narrow], NOW))] == ["alpha.example"]
    lifted = decision(id=1, name=Name("alpha.example"), reach=Reach.SUBTREE, state="lifted")
    assert [one.name for one in block_list(entries([lifted, narrow], NOW))] == ["shop.alpha.example"]


def test_ended_are_names_that_may_leave_but_not_those_decided_anew(decision: Any) -> None:
    known = [
        decision(id=1, name=Name("lifted.example"), state="lifted"),
        decision(id=2, name=Name("over.example"), expires="2026-11-23"),
        decision(id=3, name=Name("again.example"), state="lifted"),
        decision(id=4, name=Name("again.example")),
        decision(id=5, name=Name("never.example"), state="rejected"),
        decision(id=6, name=Name("cut.example"), measure="cancel-access", state="lifted"),
    ]
    assert ended(known, NOW) == {"lifted.example", "over.example"}
    assert not in_force(known[1], NOW)


AT = "2026-11-20T12:00:00Z"  # when the release was handed out
STOOD: list[tuple[dict[str, Any], Reach | None, str]] = [
    ({}, Reach.WWW, "in force then and now"),
    ({"state": "lifted", "ended_at": "2026-11-21T00:00:00Z"}, Reach.WWW, "lifted later"),
    ({"state": "lifted", "ended_at": AT}, None, "lifted in that very second"),
    ({"state": "expired", "expires": "2026-11-21", "ended_at": "2026-11-21T00:00:00Z"}, Reach.WWW, "over later"),
    ({"state": "expired", "expires": "2026-11-20", "ended_at": "2026-11-21T00:00:00Z"}, None, "its day had begun"),
    ({"decided_at": AT}, Reach.WWW, "decided in that very second"),
    ({"decided_at": "2026-11-20T12:00:01Z"}, None, "decided later"),
    ({"state": "rejected"}, None, "never decided"),
    ({"measure": "cancel-access"}, None, "no block"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "reach", "why"), STOOD)
def test_a_release_is_remembered_with_what_was_decided_then(
    fields: dict[str, Any], reach: Reach | None, why: str, decision: Any
) -> None:
    """What no decision explains had everything below it, as far as anybody remembers."""
    made = decision(**{"reach": Reach.WWW, "decided_at": "2026-11-01T00:00:00Z"} | fields)
    (entry,) = remembered([made.name], [made], AT)
    assert (entry.name, entry.reach) == (made.name, reach or Reach.SUBTREE), why
    assert bool(entry.sources) == bool(reach)


def test_a_release_is_remembered_with_the_widest_reach_of_a_name(decision: Any) -> None:
    reaches = (Reach.HOST, Reach.SUBTREE, Reach.WWW)
    made = [
        decision(id=at, reach=one, decided_at="2026-11-01T00:00:00Z") for at, one in enumerate(reaches, 1)
    ]
    for known in (made, made[::-1]):
        (entry,) = remembered([made[0].name], known, AT)
        assert (entry.reach, entry.sources) == (Reach.SUBTREE, ("decision 2",))


def test_a_protected_name_is_refused_and_without_the_protection_it_is_not(suffixes: Any) -> None:
    own = load_protected(("desk.example",), suffixes, NOW, 400)
    none = load_protected((), suffixes, NOW, 400)
    assert [one.guard for one in refusals(Name("www.desk.example"), Reach.HOST, own)] == ["own"]
    assert refusals(Name("www.desk.example"), Reach.HOST, none) == ()


def test_what_a_format_cannot_say_is_told_and_never_widened(decision: Any) -> None:
    blocked = block_list(entries([decision(reach=Reach.SUBTREE)], NOW))
    found = losses(blocked, Recipient("c", formats=("rpz", "hosts")))
    assert [(name, [(one.reach, one.kept) for one in lost]) for name, lost in found.items()] == [
        ("hosts", [(Reach.SUBTREE, Reach.HOST)])
    ]


def test_a_carrier_that_takes_no_format_gets_no_list(decision: Any, suffixes: Any, tmp_path: Path) -> None:
    press = Press(NOW, Terms(), load_protected((), suffixes, NOW, 400))
    nothing = Recipient("carrier-a", formats=())
    with pytest.raises(TakesNoList, match="carrier-a: formats = "):
        preview(Job((decision(),), nothing, tmp_path, press))
    assert preview(Job((decision(),), Recipient("carrier-a"), tmp_path, press)).entries == 1
