"""A BlockList is sorted, names each name once, and never blocks more than was asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.lists import BlockList, Entry, Reach, UnsortedList, block_list, diff
from blocklists.names import Name, covers, parse_name

Make = Callable[..., BlockList]

LABELS = st.sampled_from(["a", "b", "www"])
NAMES = st.builds(lambda labels: Name(".".join([*labels, "x", "lab"])), st.lists(LABELS, max_size=3))
ENTRIES = st.builds(Entry, NAMES, st.sampled_from(Reach))


def asked(name: Name, entries: list[Entry]) -> bool:
    """Whether somebody asked to block `name`, said without the code under test."""
    return any(
        name == entry.name
        or (entry.reach is Reach.WWW and name == f"www.{entry.name}")
        or (entry.reach is Reach.SUBTREE and covers(entry.name, name))
        for entry in entries
    )


@given(st.lists(ENTRIES, max_size=8), NAMES)
def test_exactly_what_was_asked_for_is_blocked(wanted: list[Entry], name: Name) -> None:
    blocklist = block_list(wanted)
    assert (blocklist.covering(name) is not None) == asked(name, wanted)
    patterns = list(blocklist.patterns())
    assert len(patterns) == len(set(patterns)), "a resolver may refuse a zone that says a thing twice"
    said = name in patterns or any(p.startswith("*.") and name.endswith(p[1:]) for p in patterns)
    assert said == asked(name, wanted)


@given(st.lists(ENTRIES, max_size=8))
def test_making_a_list_of_a_list_changes_nothing(wanted: list[Entry]) -> None:
    blocklist = block_list(wanted)
    assert block_list(blocklist) == blocklist
    assert block_list(reversed(wanted)).entries == blocklist.entries


FOLDS = [
    (["evil.lab", "a.evil.lab"], ["subtree:evil.lab"], "a name under a listed subtree"),
    (["evil.lab", "host:evil.lab"], ["subtree:evil.lab"], "the same name, more narrowly"),
    (["www:evil.lab", "host:www.evil.lab"], ["www:evil.lab"], "the www of a listed apex"),
    (
        ["www:evil.lab", "www.evil.lab"],
        ["www:evil.lab", "subtree:www.evil.lab"],
        "the www reaches further down",
    ),
    (["host:evil.lab", "a.evil.lab"], ["subtree:a.evil.lab", "host:evil.lab"], "a HOST has nothing below it"),
    (["evil.lab", "notevil.lab"], ["subtree:evil.lab", "subtree:notevil.lab"], "merely ends alike"),
    (["evil.lab", "b.evil.lab", "a.b.evil.lab"], ["subtree:evil.lab"], "a chain of three"),
    (["evil.lab", "a.b.c.evil.lab"], ["subtree:evil.lab"], "three levels down, with nothing in between"),
]


@pytest.mark.parametrize(("wanted", "left", "why"), FOLDS)
def test_what_another_entry_blocks_is_folded_into_it(
    wanted: list[str], left: list[str], why: str, entries: Make
) -> None:
    assert [f"{entry.reach}:{entry.name}" for entry in entries(*wanted)] == left, why


def test_sources_survive_merging_and_folding() -> None:
    evil, sub = parse_name("evil.lab"), parse_name("a.evil.lab")
    merged = block_list(
        [
            Entry(evil, Reach.SUBTREE, "H01", "2027-01-01", ("decision 1",)),
            Entry(sub, Reach.HOST, "H05", "2027-02-01", ("decision 2",)),
            Entry(evil, Reach.HOST, "H03", "2027-03-01", ("decision 3",)),
        ]
    )
    assert merged.entries == (
        Entry(evil, Reach.SUBTREE, "H01", "2027-01-01", ("decision 1", "decision 2", "decision 3")),
    ), "the wide reach keeps its own expiry: what was asked for narrowly never prolongs it"


def test_of_two_equal_requests_the_later_expiry_holds() -> None:
    evil = parse_name("evil.lab")
    merged = block_list([Entry(evil, expires="2027-01-01"), Entry(evil, expires="2027-02-01")])
    assert merged.entries[0].expires == "2027-02-01"
    assert block_list([*merged, Entry(evil)]).entries[0].expires == "", "no expiry outlasts every expiry"


def test_a_list_cannot_be_made_out_of_order() -> None:
    one, two = Entry(parse_name("a.lab.org")), Entry(parse_name("b.lab.org"))
    for wrong in ((two, one), (one, one)):
        with pytest.raises(UnsortedList):
            BlockList(wrong)


def test_diff_tells_what_came_went_and_changed(entries: Make) -> None:
    change = diff(entries("a.lab.org", "b.lab.org"), entries("host:b.lab.org", "c.lab.org"))
    assert [entry.name for entry in change.added] == ["c.lab.org"]
    assert [entry.name for entry in change.removed] == ["a.lab.org"]
    assert [(one.reach, two.reach) for one, two in change.changed] == [(Reach.SUBTREE, Reach.HOST)]
    assert not diff(entries("a.lab.org"), entries("a.lab.org"))
