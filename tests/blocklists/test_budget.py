"""What allow lists name is never listed, whatever reaches over it; and a budget keeps what most lists name."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blocklists.budget import Tier, within
from blocklists.compiler import compile_lists
from blocklists.entries import BlockList, Entry, Reach, terms_of
from blocklists.folding import Folding, block_list
from blocklists.names import Name, covers

Make = Callable[..., BlockList]


def compiled(text: str, allow: str) -> list[str]:
    made = compile_lists([("list", text.splitlines())], allow=[("allow", io.BytesIO(allow.encode()))])
    return [f"{entry.reach}:{entry.name}" for entry in made.blocklist]


ALLOWS = [
    ("x.org\ny.org\n", "x.org\n", ["subtree:y.org"], "a plain name"),
    ("x.org\na.x.org\n", "@@||x.org^\n", [], "an exception, and what lies below it"),
    ("x.org\na.x.org\n", "@@||x.org^$important\n", [], "an exception with an option"),
    ("0.0.0.0 x.org\n", "0.0.0.0 x.org\n", [], "hosts"),
    ("||x.org^\n", "x.org CNAME rpz-passthru.\n", ["host:x.org"][:0], "a passthru record"),
    ("||x.org^\n", "# why\nname,category\nx.org,bank\n", [], "a table"),
    ("a.x.org\n", "*.x.org\n", [], "a wildcard"),
    ("0.0.0.0 a.x.org\n", "0.0.0.0 x.org\n", ["host:a.x.org"], "one host allows no other"),
    (
        "x.org\n",
        "0.0.0.0 a.x.org\n",
        ["host:x.org"],
        "a subtree over an allowed name shrinks to its own host",
    ),
    (
        "x.org\nb.x.org\n",
        "a.x.org\n",
        ["subtree:b.x.org", "host:x.org"],
        "what was asked for below it stays asked for",
    ),
    ("x.org\nb.x.org\n", "", ["subtree:x.org"], "the control"),
    ("x.org\n", "org\nco.uk\nhttp://x.org/a\n?\n", ["subtree:x.org"], "nobody allows a whole suffix"),
]


@pytest.mark.parametrize(("text", "allow", "left", "why"), ALLOWS)
def test_what_is_allowed_is_not_listed(text: str, allow: str, left: list[str], why: str) -> None:
    assert compiled(text, allow) == left, why


def test_what_allow_lists_took_away_is_counted_and_named() -> None:
    made = compile_lists(
        [("one", ["x.org", "0.0.0.0 y.org", "z.org"])], allow=[("good", ["y.org", "a.z.org", "org"])]
    )
    assert made.dropped() == {"allowed": 1, "narrowed": 1}
    assert [(one.name, one.terms.reach, one.reason) for one in made.drops()] == [
        ("y.org", Reach.HOST, "allowed"),
        ("z.org", Reach.SUBTREE, "narrowed"),
    ]
    assert [(one.source, one.line, one.reason) for one in made.rejects] == [("good", 3, "single_label")]
    assert (made.counts.lines, made.counts.accepted, made.counts.rejected) == (3, 3, 0), (
        "of the block lists alone"
    )


def test_a_block_list_may_not_speak_as_an_allow_list_does() -> None:
    made = compile_lists([("list", ["@@||x.org^", "y.org CNAME rpz-passthru."])])
    assert [one.reason for one in made.rejects] == ["exception", "not_a_block"]


NAMES = st.lists(st.sampled_from(["a", "b", "www"]), max_size=3).map(
    lambda labels: Name(".".join([*labels, "x", "lab"]))
)
ENTRIES = st.lists(st.builds(Entry, NAMES, st.sampled_from(Reach)), max_size=6)


@given(ENTRIES, ENTRIES, NAMES)
def test_no_allowed_name_is_blocked_and_nothing_else_is_added(
    wanted: list[Entry], good: list[Entry], name: Name
) -> None:
    def asked(entries: list[Entry]) -> bool:
        return any(
            name == one.name
            or (one.reach is Reach.WWW and name == f"www.{one.name}")
            or (one.reach is Reach.SUBTREE and covers(one.name, name))
            for one in entries
        )

    folding = Folding()
    for entry in wanted:
        folding.add((entry.name,), folding.code(terms_of(entry)))
    folding.exclude(block_list(good))
    blocked = folding.blocklist().covering(name) is not None
    assert not (blocked and asked(good))
    assert not blocked or asked(wanted)
    exact = any(one.name == name for one in wanted)
    assert blocked or asked(good) or not exact, "a name of its own stays"


def test_a_budget_keeps_what_most_lists_name() -> None:
    lists = [("one", ["a.org", "b.org", "c.org"]), ("two", ["c.org", "d.org"]), ("three", ["c.org", "b.org"])]
    for budget, left in ((9, "abcd"), (3, "abc"), (2, "bc"), (1, "c")):
        made = compile_lists(lists, budget=budget)
        assert [entry.name for entry in made.blocklist] == [f"{one}.org" for one in left]
        assert made.counts.entries == len(left)
        assert made.dropped().get("over_budget", 0) == 4 - len(left)
    assert made.tiers == (Tier(3, False, 1, 1), Tier(2, False, 1, 0), Tier(1, False, 2, 0))
    assert [one.name for one in made.drops()] == ["a.org", "b.org", "d.org"]


def test_of_equally_many_a_category_goes_first() -> None:
    made = compile_lists([("one", ["name,category", "z.org,H01", "a.org,"])], budget=1)
    assert [entry.name for entry in made.blocklist] == ["z.org"]
    assert made.tiers == (Tier(1, True, 1, 1), Tier(1, False, 1, 0))


@given(ENTRIES.map(block_list), st.integers(0, 8))
def test_a_budget_loses_nothing(blocklist: BlockList, budget: int) -> None:
    found = within(blocklist, budget)
    assert len(found.kept) == min(budget, len(blocklist))
    assert sorted((*found.kept, *found.cut)) == list(blocklist)
    assert sum(tier.entries for tier in found.tiers) == len(blocklist)
