"""What each recipient gets of a list: its formats, its categories, its room. The rest is told, never widened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from blocklists.guards import WAIVABLE, GuardTripped
from blocklists.lists import Entry, block_list
from blocklists.names import Name
from blocklists.protect import load_protected
from blocklists.publish import Terms
from domainscan.config import Recipient
from domainscan.listing import Job, Past, Press, losses, preview, report
from domainscan.model import Reach
from domainscan.profiles import fitted, held_by_none, holds
from domainscan.review.deciding import Proposal, propose
from domainscan.review.rules import BadProposal
from domainscan.store.decisions import load_decisions
from domainscan.store.people import person_for_token

HOST, WWW, TREE = Reach.HOST, Reach.WWW, Reach.SUBTREE
NOW = "2026-11-23T15:00:00Z"


def entry(word: str, number: int = 1) -> Entry:
    """`H01 subtree:a.example` as an entry of decision `number`."""
    category, _, rest = word.partition(" ")
    reach, _, name = rest.rpartition(":")
    return Entry(Name(name), Reach(reach or "host"), category, "2027-01-01", (f"decision {number}",))


def made(words: tuple[str, ...], recipient: Recipient) -> tuple[list[str], dict[str, str]]:
    blocklist, left = fitted((entry(one, at) for at, one in enumerate(words, 1)), recipient)
    return [f"{one.reach}:{one.name}" for one in blocklist], {str(one.name): one.why for one in left}


HELD = (  # what the list has, the name and reach that are asked about, whether it blocks all of that, why
    ("host:a.example", "host:a.example", True, "the same"),
    ("host:a.example", "www:a.example", False, "its www is not blocked"),
    ("host:a.example", "host:x.a.example", False, "a host reaches nothing below it"),
    ("www:a.example", "host:www.a.example", True, "its www"),
    ("www:a.example", "www:www.a.example", False, "the www of its www is not blocked"),
    ("www:a.example", "subtree:a.example", False, "all below is more"),
    ("subtree:a.example", "subtree:x.a.example", True, "a tree holds what is in it"),
    ("subtree:a.example", "host:b.example", False, "another name"),
)


@pytest.mark.parametrize(("listed", "asked", "held", "why"), HELD)
def test_a_list_holds_what_it_blocks_all_of(listed: str, asked: str, held: bool, why: str) -> None:
    wanted = entry(f"H01 {asked}")
    assert holds(block_list([entry(f"H01 {listed}")]), wanted.name, wanted.reach) is held, why


CATEGORIES = (  # entries, categories of the recipient, what it gets, what it does not, why
    (("H01 a.example", "H04 b.example"), ("H01",), ["host:a.example"], ["b.example"], "one of two"),
    (("H01 a.example",), (), ["host:a.example"], [], "none named: all"),
    (("H01 a.example",), ("H04",), [], ["a.example"], "none of them"),
    (
        ("H01 subtree:a.example", "H04 x.a.example"), ("H04",), ["host:x.a.example"], ["a.example"],
        "a host stays although the tree above it goes",
    ),
    (
        ("H01 a.example", "H04 subtree:a.example"), ("H01",), ["host:a.example"], ["a.example"],
        "the same name, by two decisions: the wider one is not taken",
    ),
    (
        ("H01 subtree:a.example", "H04 x.a.example"), ("H01",), ["subtree:a.example"], [],
        "what is not taken is blocked by what is",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("words", "categories", "kept", "left", "why"), CATEGORIES)
def test_a_recipient_gets_the_categories_it_answers_for(
    words: tuple[str, ...], categories: tuple[str, ...], kept: list[str], left: list[str], why: str
) -> None:
    names, out = made(words, Recipient("c", categories=categories))
    assert (names, list(out)) == (kept, left), why
    assert all(one == f"its list holds {', '.join(categories)} only" for one in out.values())


BUDGETS = (  # entries in the order of their decisions, budget, kept, why
    (("H05 a.example", "H01 b.example"), 1, ["host:b.example"], "critical before medium"),
    (("H07 a.example", "H05 b.example"), 1, ["host:b.example"], "medium before low"),
    (("H01 a.example", "H01 b.example"), 1, ["host:b.example"], "of equal ones the newest decision"),
    (("H01 a.example", "H01 b.example"), 2, ["host:a.example", "host:b.example"], "room for all"),
    (("H01 a.example", "H01 b.example"), 0, ["host:a.example", "host:b.example"], "no limit"),
    (("H01 subtree:a.example", "H01 x.a.example"), 1, ["subtree:a.example"], "folded names need no room"),
)


@pytest.mark.parametrize(("words", "budget", "kept", "why"), BUDGETS)
def test_a_recipient_gets_no_more_than_it_can_hold(
    words: tuple[str, ...], budget: int, kept: list[str], why: str
) -> None:
    names, out = made(words, Recipient("c", budget=budget))
    assert names == kept, why
    assert len(names) + len(out) <= len(words)
    assert all(one == f"it can hold {budget} entries" for one in out.values())


FORMATS = (  # reach, formats, kept by each lossy format, whether nobody holds it, why
    (HOST, ("bind",), {"bind": None}, True, "a zone takes all below with it: a host would be widened"),
    (HOST, ("powerdns-forward",), {"powerdns-forward": None}, True, "so does a forward zone"),
    (HOST, ("bind", "rpz"), {"bind": None}, False, "another format holds it"),
    (WWW, ("bind",), {"bind": None}, True, "nor two hosts"),
    (TREE, ("hosts",), {"hosts": HOST}, False, "a hosts file has the top of a tree: narrowed, not left out"),
    (TREE, ("hosts", "bind"), {"hosts": HOST}, False, "and the zone has it all"),
    (HOST, ("bind", "rpz-passthru"), {"bind": None}, True, "names that pass are no list"),
    (TREE, ("rpz",), {}, False, "nothing is lost"),
)


@pytest.mark.parametrize(("reach", "formats", "kept", "nobody", "why"), FORMATS)
def test_what_no_format_of_a_recipient_can_say_is_told_and_never_widened(
    reach: Reach, formats: tuple[str, ...], kept: dict[str, Reach | None], nobody: bool, why: str
) -> None:
    recipient = Recipient("c", formats=formats)
    blocklist, _ = fitted([entry(f"H01 {reach}:a.example")], recipient)
    lost = losses(blocklist, recipient)
    assert {format: [one.kept for one in found] for format, found in lost.items()} == {
        format: [one] for format, one in kept.items()
    }, why
    assert [one.name for one in held_by_none(lost, recipient)] == (["a.example"] if nobody else []), why


def test_the_report_names_what_a_recipient_is_not_blocking(
    decision: Any, suffixes: Any, tmp_path: Path
) -> None:
    known = [
        decision(id=1, name=Name("a.example"), category="H01", reach=TREE),
        decision(id=2, name=Name("b.example"), category="H01"),
        decision(id=3, name=Name("c.example"), category="H07"),
    ]
    press = Press(NOW, Terms(), load_protected((), suffixes, NOW, 400))
    taker = Recipient("carrier-a", formats=("bind",), categories=("H01",))
    release = preview(Job(tuple(known), taker, tmp_path, press))
    assert release.silent == ()
    assert [(one.name, one.reach) for one in release.left_out] == [("c.example", HOST), ("b.example", HOST)]
    text = report(release)
    assert "not blocked there at all: 2" in text
    assert "c.example (host): its list holds H01 only" in text
    assert (
        "b.example (host): bind: a record has everything below its name: a single host would be widened"
        in text
    )


def test_a_file_that_would_say_nothing_is_told_and_held_up(
    decision: Any, suffixes: Any, tmp_path: Path
) -> None:
    press = Press(NOW, Terms(), load_protected((), suffixes, NOW, 400))
    known, words = [decision(id=1, name=Name("b.example"))], "bind can say none of 1 entries"
    taker = Recipient("carrier-a", formats=("bind",))
    with pytest.raises(GuardTripped, match=f"empty: .*: a first release of nothing: {words}"):
        preview(Job(tuple(known), taker, tmp_path, press))
    before = Past(2026112301, ("b.example",))  # all below it too, as far as anybody remembers
    with pytest.raises(GuardTripped, match=f"empty: .*: {words}: 1 would go from its file"):
        preview(Job(tuple(known), taker, tmp_path, press, before))
    release = preview(Job(tuple(known), taker, tmp_path, press), WAIVABLE)
    assert (release.silent, [one.name for one in release.left_out]) == (("bind",), ["b.example"])
    told = (
        "files that say nothing: 1\n    bind: it can say none of the entries (1); take another format as well"
    )
    assert told in report(release)
    both = preview(Job(tuple(known), Recipient("carrier-a", formats=("bind", "rpz")), tmp_path, press))
    assert (both.silent, both.left_out) == (("bind",), ()), "the other file has it"


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("https://a.example/offer", "a page: a list of names would take its whole host"),
        ("a.example/offer", "the same without a scheme"),
        ("a.example:8443", "a port"),
        ("192.0.2.1", "an address, which many names share"),
        ("192.0.2.0/24", "a network"),
        ("[2001:db8::1]", "an address of the other kind"),
    ],
)
def test_a_measure_on_a_page_or_an_address_is_refused_not_widened(office: Any, asked: str, why: str) -> None:
    office.visit("a.example")
    lin = person_for_token(office.store, office.tokens["lin"])
    with pytest.raises(BadProposal, match="is not widened to its host: name the host if all of it is meant"):
        propose(office.store, lin, Proposal(asked, "block", why), now=NOW)
    assert load_decisions(office.store) == [], why
    assert propose(office.store, lin, Proposal("a.example", "block", "the control"), now=NOW)
