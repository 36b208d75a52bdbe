"""Four eyes: what may be proposed, who may approve, and the way back."""

from __future__ import annotations

import importlib.util
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from blocklists.protect import Refusal
from blocklists.suffixes import load_suffixes
from domainscan import releases, review
from domainscan.cli import app
from domainscan.config import Review
from domainscan.model import MEASURES, Decision, Name, Person, Reach
from domainscan.review import Terms, from_table, read_table
from domainscan.review import tables as review_tables
from domainscan.review.outcomes import outcomes as became
from domainscan.store import Store, open_store
from domainscan.store.audit import load_events, verify_audit
from domainscan.store.cases import due, load_case
from domainscan.store.decisions import UnknownDecision, load_appeals, load_decision, load_decisions
from domainscan.store.histories import history
from domainscan.store.people import (
    Change,
    NotAllowed,
    add_person,
    confirm_change,
    person_for_token,
    revoke_person,
)

ROOT = Path(__file__).resolve().parent.parent
NOW = "2026-11-23T15:00:00Z"
LATER = "2026-11-24T15:00:00Z"
HIGH = ("H02", "high")


def nothing_against(name: str, reach: Reach) -> tuple[Refusal, ...]:
    return ()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def desk(home: Path) -> Iterator[Any]:
    """The Desk of the store's tests, with a store that does not wait for the disk."""
    spec = importlib.util.spec_from_file_location("desk", Path(__file__).parent / "store" / "conftest.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with open_store(home) as store:
        store.db.execute("PRAGMA synchronous = OFF")
        yield module.Desk(store)


@pytest.fixture
def tokens(desk) -> dict[str, str]:
    """ann and bob are approvers, rita is a reviewer."""
    made = {name: str(add_person(desk.store, name, "approver", None, NOW)) for name in ("ann", "bob")}
    change = add_person(desk.store, "rita", "reviewer", person_for_token(desk.store, made["ann"]), NOW)
    assert isinstance(change, Change)
    bob = person_for_token(desk.store, made["bob"])
    assert bob is not None
    return made | {"rita": confirm_change(desk.store, change.id, bob, NOW)}


@pytest.fixture
def people(desk, tokens: dict[str, str]) -> dict[str, Person]:
    found = {name: person_for_token(desk.store, token) for name, token in tokens.items()}
    return {name: person for name, person in found.items() if person is not None}


@pytest.fixture
def ask(desk, people: dict[str, Person]) -> Callable[..., Decision]:
    """rita proposes."""

    def propose(name: str = "x.lab", measure: str = "block", by: str = "rita", **more: str) -> Decision:
        now = more.pop("now", NOW)
        return review.propose(desk.store, people[by], review.Proposal(name, measure, "seen", **more), now=now)

    return propose


@pytest.fixture
def blocked(desk, people, ask) -> Decision:
    """A block of x.lab in force."""
    desk.visit("x.lab", HIGH)
    return review.approve(desk.store, people["bob"], ask().id, refusals=nothing_against, now=NOW)


# ---------------------------------------------------------------- proposing


def test_a_category_may_be_typed_in_small_letters_and_is_kept_in_capitals(desk, ask) -> None:
    desk.visit("x.lab", HIGH, ("H08", "medium"))
    assert ask(category="h08").category == "H08"


def test_a_proposal_rests_on_the_judgement_that_stands(desk, ask) -> None:
    _, judged = desk.visit("x.lab", HIGH, ("H08", "medium"))
    desk.visit("x.lab", at=LATER, status="failed")
    made = ask(now=LATER)
    assert (made.category, made.expires, made.reach) == ("H02", "2027-02-22", Reach.HOST)
    assert (made.assessment, made.content) == (judged.id, judged.content)
    assert (made.state, made.proposer, made.approver) == ("proposed", "rita", "")


REFUSED = [
    ({"measure": "bomb"}, review.BadProposal, "'bomb' is no measure: use one of none, notify-owner"),
    ({"reach": "everything"}, review.BadProposal, "'everything' is no reach: use one of host, www, subtree"),
    ({"category": "h99"}, review.BadProposal, "'h99' is no category: use one of H01, H02"),
    ({"category": "H07"}, review.BadProposal, "never justifies more than ask-documents, not block"),
    (
        {"category": "H07", "measure": "label-fix"},
        review.BadProposal,
        "never justifies more than ask-documents",
    ),
    (
        {"category": "H07", "measure": "escalate"},
        review.BadProposal,
        "never justifies more than ask-documents",
    ),
    ({"expires": "2026-11-23"}, review.BadProposal, "not after today"),
    ({"expires": "2020-01-01"}, review.BadProposal, "not after today"),
    ({"expires": "2028-11-23"}, review.BadProposal, "more than 366 days away"),
    ({"expires": "next year"}, review.BadProposal, "is no date: write YYYY-MM-DD"),
    ({"expires": "2026-02-30"}, review.BadProposal, "is no date"),
    ({"name": "127.0.0.1"}, review.BadProposal, "an address, not a domain"),
    ({"name": "x.lab\n*.lab"}, review.BadProposal, "a character that host names do not have"),
    ({"name": "never-scanned.lab"}, review.NotScanned, "`domainscan scan never-scanned.lab` first"),
    ({"name": "never-scanned.lab", "measure": "takedown"}, review.NotScanned, "was never judged"),
    ({"name": "broken-into.lab"}, review.Compromised, "propose notify-owner, not block"),
    ({"name": "broken-into.lab", "measure": "cancel-access"}, review.Compromised, "notify-owner"),
    ({"name": "broken-into.lab", "measure": "suspend-name"}, review.Compromised, "notify-owner"),
]


@pytest.mark.parametrize(("row", "error", "said"), REFUSED)
def test_what_the_rules_refuse_is_refused_with_the_way_out(
    desk, ask, row, error: type[Exception], said: str
) -> None:
    desk.visit("x.lab", HIGH)
    desk.visit("broken-into.lab", HIGH, compromised=True)
    with pytest.raises(error, match=said):
        ask(**row)
    assert load_decisions(desk.store) == []
    assert load_events(desk.store, subject="x.lab") == []


@pytest.mark.parametrize(
    "row",
    [
        {"category": "H07", "measure": "ask-documents"},
        {"category": "H07", "measure": "none"},
        {"name": "broken-into.lab", "measure": "notify-owner"},
        {"name": "never-scanned.lab", "measure": "escalate", "category": "H04"},
        {"name": "例子.LAB.", "measure": "none"},
        {"expires": "2026-11-24"},
        {"measure": "takedown", "reach": "subtree"},
    ],
)
def test_what_the_rules_allow_goes_through(desk, ask, row: dict[str, str]) -> None:
    desk.visit("x.lab", HIGH)
    desk.visit("broken-into.lab", HIGH, compromised=True)
    assert ask(**row).state == "proposed"


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_a_decision_needs_a_reason(desk, people, reason: str) -> None:
    with pytest.raises(review.BadProposal, match="needs a reason"):
        review.propose(desk.store, people["rita"], review.Proposal("x.lab", "none", reason), now=NOW)


def test_the_same_proposal_twice_is_one(desk, ask) -> None:
    desk.visit("x.lab", HIGH)
    first = ask()
    with pytest.raises(review.Conflict, match=f"decision {first.id} proposes block of x.lab already"):
        ask(by="ann")
    assert ask(reach="subtree").id != first.id


def test_a_renewal_needs_a_newer_visit(desk, ask, blocked: Decision) -> None:
    with pytest.raises(review.Conflict, match="a renewal needs a newer visit"):
        ask(now=LATER)
    desk.visit("x.lab", HIGH, at=LATER)
    assert ask(now=LATER).expires > blocked.expires


# ---------------------------------------------------------------- approving


def test_a_second_person_approves(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    made = review.approve(desk.store, people["bob"], ask().id, refusals=nothing_against, now=LATER)
    assert (made.state, made.approver, made.decided_at) == ("approved", "bob", LATER)
    last = load_events(desk.store)[0]
    assert (last.actor, last.action, last.subject) == ("bob", "decision.approve", "x.lab")
    assert json.loads(last.detail)["reason"] == "seen"


@pytest.mark.parametrize(
    ("proposer", "approver", "said"),
    [
        ("ann", "ann", "ann proposed decision 1: another approver decides"),
        ("rita", "rita", "rita is a reviewer: an approver decides"),
        ("ann", "rita", "rita is a reviewer: an approver decides"),
    ],
)
def test_nobody_else_approves(desk, people, ask, proposer: str, approver: str, said: str) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(by=proposer)
    with pytest.raises(review.NotYou, match=said):
        review.approve(desk.store, people[approver], asked.id, refusals=nothing_against, now=NOW)
    assert load_decision(desk.store, asked.id) == asked


def test_who_was_revoked_meanwhile_neither_proposes_nor_approves_nor_rejects_nor_lifts(
    desk, people, ask, blocked
) -> None:
    asked = ask(measure="none")
    for name in ("bob", "rita"):
        revoke_person(desk.store, name, people["ann"], NOW)
    with pytest.raises(NotAllowed):
        review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    with pytest.raises(NotAllowed):
        ask(measure="escalate")
    for name in ("bob", "rita"):  # who rejects another's proposal, and who takes back the own
        with pytest.raises(NotAllowed):
            review.reject(desk.store, people[name], asked.id, reason="r", now=NOW)
    assert (asked.proposer, load_decision(desk.store, asked.id).state) == ("rita", "proposed")
    with pytest.raises(NotAllowed):
        review.lift(desk.store, people["rita"], blocked.id, reason="r", now=NOW)


@pytest.mark.parametrize("measure", ["block", "suspend-name", "cancel-access"])
def test_a_guarded_name_is_not_cut_off(desk, people, ask, measure: str) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(measure=measure, reach="subtree")
    seen: list[tuple[str, Reach]] = []

    def refusals(name: str, reach: Reach) -> tuple[Refusal, ...]:
        seen.append((name, reach))
        return (Refusal("popular", "one of the thousand"),)

    with pytest.raises(review.Guarded, match="reach subtree: popular: one of the thousand"):
        review.approve(desk.store, people["bob"], asked.id, refusals=refusals, now=NOW)
    assert seen == [("x.lab", Reach.SUBTREE)]
    assert load_decision(desk.store, asked.id).state == "proposed"


@pytest.mark.parametrize("measure", ["none", "notify-owner", "takedown"])
def test_a_measure_that_cuts_nothing_off_is_no_matter_of_the_never_list(
    desk, people, ask, measure: str
) -> None:
    desk.visit("x.lab", HIGH)

    def refusals(name: str, reach: Reach) -> tuple[Refusal, ...]:
        return (Refusal("popular", "one of the thousand"),)

    made = review.approve(desk.store, people["bob"], ask(measure=measure).id, refusals=refusals, now=NOW)
    assert made.state == "approved"


def test_what_turned_out_to_be_compromised_since_is_not_blocked(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask()
    desk.visit("x.lab", HIGH, at=LATER, compromised=True)
    with pytest.raises(review.Compromised):
        review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=LATER)


def test_a_proposal_that_waited_past_its_own_end_is_not_approved(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(expires="2026-11-24")
    with pytest.raises(review.BadProposal, match="would have ended on 2026-11-24"):
        review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=LATER)


def test_two_approvals_at_once_have_one_effect_and_one_conflict(desk, people, ask, home: Path) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask()
    start, said = threading.Barrier(2), []

    def click(name: str) -> None:
        with open_store(home) as store:
            start.wait(10)
            try:
                review.approve(store, people[name], asked.id, refusals=nothing_against, now=NOW)
                said.append(f"approved by {name}")
            except review.Conflict as error:
                said.append(str(error))

    clicks = [threading.Thread(target=click, args=(name,)) for name in ("ann", "bob")]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    winner = load_decision(desk.store, asked.id).approver
    assert sorted(said) == sorted([f"approved by {winner}", f"decision 1 is approved already, by {winner}"])
    assert [event.action for event in load_events(desk.store)].count("decision.approve") == 1


# ---------------------------------------------------------------- none, rejecting, lifting, expiry, appeals


def test_no_action_is_remembered_until_the_content_changes(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    review.approve(desk.store, people["bob"], ask(measure="none").id, refusals=nothing_against, now=NOW)
    assert review.load_queue(desk.store, now=NOW) == []
    assert history(desk.store, "x.lab", NOW).settled == load_decisions(desk.store)[0].content != ""
    desk.visit("x.lab", HIGH, at=LATER)
    assert review.load_queue(desk.store, now=LATER) == []
    desk.visit("x.lab", HIGH, at="2026-11-25T00:00:00Z", text="another offer")
    (row,) = review.load_queue(desk.store, now="2026-11-25T00:00:00Z")
    assert (row.flagged_since, row.age_days) == (LATER, 0)


def test_no_action_counts_only_once_approved_and_until_lifted_or_overruled(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(measure="none")
    assert history(desk.store, "x.lab", LATER).settled == ""
    review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    assert history(desk.store, "x.lab", LATER).settled == asked.content
    assert history(desk.store, "x.lab", "2026-11-22T00:00:00Z").settled == ""
    review.lift(desk.store, people["rita"], asked.id, reason="looked again", now=LATER)
    assert history(desk.store, "x.lab", NOW).settled == asked.content
    assert history(desk.store, "x.lab", LATER).settled == ""
    assert [row.name for row in review.load_queue(desk.store, now=LATER)] == ["x.lab"]


def test_an_approver_rejects_and_a_proposer_takes_back(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    rejected = review.reject(desk.store, people["bob"], ask().id, reason="too weak", now=NOW)
    assert (rejected.state, rejected.approver, rejected.ended_reason) == ("rejected", "bob", "too weak")
    back = review.reject(desk.store, people["rita"], ask().id, reason="typo", now=NOW)
    assert (back.state, back.approver, back.ended_by, back.ended_reason) == ("rejected", "", "rita", "typo")
    with pytest.raises(review.Conflict, match="rejected already, by rita"):
        review.approve(desk.store, people["bob"], back.id, refusals=nothing_against, now=NOW)
    other = ask(by="ann")
    with pytest.raises(review.NotYou):
        review.reject(desk.store, people["rita"], other.id, reason="r", now=NOW)


def test_lifting_takes_one_person_of_any_role_a_reason_and_is_audited(
    desk, people, blocked: Decision
) -> None:
    with pytest.raises(review.BadProposal, match="give a reason"):
        review.lift(desk.store, people["rita"], blocked.id, reason=" ", now=LATER)
    made = review.lift(desk.store, people["rita"], blocked.id, reason="wrong site", now=LATER)
    assert (made.state, made.ended_at, made.ended_by, made.ended_reason) == (
        "lifted",
        LATER,
        "rita",
        "wrong site",
    )
    assert load_events(desk.store)[0].action == "decision.lift"
    assert json.loads(load_events(desk.store)[0].detail)["because"] == "wrong site"
    with pytest.raises(review.Conflict, match="lifted already, by rita"):
        review.lift(desk.store, people["rita"], blocked.id, reason="again", now=LATER)


def test_a_proposal_is_not_lifted(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    with pytest.raises(review.Conflict, match="is proposed already"):
        review.lift(desk.store, people["rita"], ask().id, reason="r", now=NOW)


def test_a_measure_ends_by_itself_on_its_day_and_the_name_is_looked_at_before(
    desk, blocked: Decision
) -> None:
    assert review.expire(desk.store, "2027-02-20T23:59:59Z") == []
    (ended,) = review.expire(desk.store, f"{blocked.expires}T00:00:00Z")
    assert (ended.state, ended.ended_by) == ("expired", "expiry")
    assert review.expire(desk.store, f"{blocked.expires}T00:00:00Z") == []
    assert load_events(desk.store)[0].action == "decision.expire"


def test_a_name_is_due_before_its_measure_expires_even_when_it_is_quiet(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(expires="2026-12-01")
    review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    desk.visit("x.lab", at=LATER)
    assert due(desk.store, "2026-11-27T23:00:00Z") == []
    assert due(desk.store, "2026-11-28T00:00:00Z") == [("x.lab", "")]
    desk.visit("x.lab", at="2026-11-28T01:00:00Z")
    assert due(desk.store, "2026-11-29T00:00:00Z") == []


def test_an_appeal_needs_no_person_of_the_desk_and_lifting_upholds_it(
    desk, people, blocked: Decision
) -> None:
    made = review.appeal(desk.store, "X.lab.", text="the offer is gone", by="the owner", now=LATER)
    assert (made.name, made.decision, made.state) == ("x.lab", blocked.id, "open")
    assert load_decision(desk.store, blocked.id).appeal == "the offer is gone"
    assert load_events(desk.store)[0].actor == "appellant the owner"
    review.lift(desk.store, people["ann"], blocked.id, reason="appeal is right", now=LATER)
    (closed,) = load_appeals(desk.store)
    assert (closed.state, closed.closed_by, closed.closed_reason) == ("upheld", "ann", "appeal is right")
    assert load_decision(desk.store, blocked.id).appeal == ""


@pytest.mark.parametrize("against", ["²", "9" * 5000, "12.", ""])
def test_what_is_neither_a_number_nor_a_name_is_no_ground_of_an_appeal(desk, against: str) -> None:
    """A digit that is no decimal one is no number to Python, and a long one is too many digits to it."""
    with pytest.raises(review.BadProposal):
        review.appeal(desk.store, against, text="the offer is gone", by="the owner", now=LATER)


@pytest.mark.parametrize("who", ["ann", "bob"], ids=["taken back by its proposer", "rejected by another"])
def test_what_becomes_of_a_proposal_answers_the_appeal_against_it(desk, people, ask, who: str) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(by="ann")
    review.appeal(desk.store, str(asked.id), text="not us", by="owner", now=LATER)
    review.appeal(desk.store, "other.lab", text="nor us", by="another", now=LATER)
    review.reject(desk.store, people[who], asked.id, reason="a mix-up", now=LATER)
    answered, other = load_appeals(desk.store)
    assert (answered.state, answered.closed_by, answered.closed_reason) == ("upheld", who, "a mix-up")
    assert other.state == "open"
    assert releases.appeals(desk.store) == ((), {"other.lab"}), "another block of the name would stand"


def test_each_open_appeal_against_a_decision_is_told(desk, people, blocked: Decision, run: Run) -> None:
    for text in ("not us", "closed", "the offer is gone"):
        review.appeal(desk.store, str(blocked.id), text=text, by="owner", now=NOW)
    review.appeal(desk.store, "other.lab", text="nor us", by="another", now=NOW)
    review.dismiss(desk.store, people["bob"], 2, reason="it is not", now=LATER)
    (one,) = json.loads(run("review", "list", "--json").stdout)
    assert one["appeal"] == "not us\nthe offer is gone"
    assert "  not us / the offer is gone" in run("review", "list").stdout
    (then,) = json.loads(run("show", "x.lab", "--at", NOW, "--json").stdout)["decisions"]
    assert then["appeal"] == "not us\nclosed\nthe offer is gone"


def test_an_appeal_by_name_is_against_what_is_in_force_and_outlives_a_rejected_proposal(
    desk, people, ask, blocked: Decision
) -> None:
    wider = ask(reach=Reach.SUBTREE)
    made = review.appeal(desk.store, "x.lab", text="not us", by="owner", now=LATER)
    review.reject(desk.store, people["bob"], wider.id, reason="no wider", now=LATER)
    (still,) = load_appeals(desk.store)
    assert (made.decision, still.state) == (blocked.id, "open")


@pytest.mark.parametrize("who", ["ann", "bob"], ids=["taken back by its proposer", "rejected by another"])
def test_what_became_of_a_proposal_answers_an_appeal_that_comes_later(desk, people, ask, who: str) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(by="ann")
    review.reject(desk.store, people[who], asked.id, reason="a mix-up", now=NOW)
    made = review.appeal(desk.store, str(asked.id), text="not us", by="owner", now=LATER)
    assert (made.state, made.closed_at, made.closed_by) == ("upheld", LATER, "rejection")
    assert made.closed_reason == f"decision 1 was rejected {NOW}: a mix-up"
    assert [(one.actor, one.action) for one in load_events(desk.store)[:2]] == [
        ("rejection", "appeal.uphold"),
        ("appellant owner", "appeal.open"),
    ]
    assert [row.state for row in review.load_queue(desk.store, now=LATER)] == ["new"]
    assert releases.appeals(desk.store) == ((), set()), "it takes nothing off a list, and halts nothing"


STANDS = [
    ("x.lab", "block", {}, True, "open", "another proposal"),
    ("lab.example", "block", {"reach": "subtree"}, False, "open", "the block of all below a name above"),
    ("lab.example", "block", {}, False, "upheld", "the block of a name above alone"),
    ("x.lab", "none", {}, False, "upheld", "a case that was closed"),
]


@pytest.mark.parametrize(("other", "measure", "more", "waits", "state", "why"), STANDS)
def test_somebody_reads_a_late_appeal_where_something_else_stands_against_the_name(
    desk, people, ask, other: str, measure: str, more: dict[str, str], waits: bool, state: str, why: str
) -> None:
    name = "x.lab.example" if other == "lab.example" else other
    for one in {name, other}:
        desk.visit(one, HIGH)
    asked = ask(name)
    review.reject(desk.store, people["bob"], asked.id, reason="a mix-up", now=NOW)
    stands = ask(other, measure, **more)
    if not waits:
        review.approve(desk.store, people["bob"], stands.id, refusals=nothing_against, now=NOW)
    assert review.appeal(desk.store, str(asked.id), text="no", by="owner", now=LATER).state == state, why


def test_an_appeal_by_name_is_not_against_a_closed_case(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    review.approve(desk.store, people["bob"], ask(measure="none").id, refusals=nothing_against, now=NOW)
    asked = ask()
    assert review.appeal(desk.store, "x.lab", text="no", by="owner", now=LATER).decision == asked.id


def test_the_proposer_does_not_dismiss_the_appeal_against_the_own_measure(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(by="ann")
    review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    made = review.appeal(desk.store, str(asked.id), text="no", by="owner", now=LATER)
    for name in ("ann", "rita"):
        with pytest.raises(review.NotYou):
            review.dismiss(desk.store, people[name], made.id, reason="r", now=LATER)
    assert (
        review.dismiss(desk.store, people["bob"], made.id, reason="still offered", now=LATER).state
        == "dismissed"
    )
    with pytest.raises(review.Conflict, match="dismissed already, by bob"):
        review.dismiss(desk.store, people["bob"], made.id, reason="r", now=LATER)


@pytest.mark.parametrize(
    ("against", "text", "by"), [("x.lab", "", "o"), ("x.lab", "t", " "), ("..", "t", "o")]
)
def test_an_appeal_has_a_name_a_text_and_an_author(desk, against: str, text: str, by: str) -> None:
    with pytest.raises(review.BadProposal):
        review.appeal(desk.store, against, text=text, by=by, now=NOW)


# ---------------------------------------------------------------- queue, assign


def test_the_queue_is_sorted_by_severity_confidence_and_wait_and_dead_names_come_last(desk) -> None:
    desk.visit("gone.lab", ("H01", "high"), at="2026-11-01T00:00:00Z")
    desk.visit("gone.lab", at="2026-11-02T00:00:00Z", status="dead")
    desk.visit("low.lab", ("H07", "high"), at="2026-11-20T00:00:00Z")
    desk.visit("new.lab", ("H02", "high"), at="2026-11-22T00:00:00Z")
    desk.visit("old.lab", ("H02", "high"), ("H07", "medium"), at="2026-11-20T00:00:00Z")
    desk.visit("unsure.lab", ("H02", "medium"), at="2026-11-10T00:00:00Z")
    desk.visit("grave.lab", ("H01", "medium"))
    desk.visit("quiet.lab", ("H01", "low"))
    rows = review.load_queue(desk.store, now=NOW)
    assert [row.name for row in rows] == [
        "grave.lab",
        "old.lab",
        "new.lab",
        "unsure.lab",
        "low.lab",
        "gone.lab",
    ]
    old = rows[1]
    assert (old.categories, old.severity, old.confidence, old.age_days) == (("H02", "H07"), "high", "high", 3)
    assert [row.name for row in review.load_queue(desk.store, category="H07", now=NOW)] == [
        "old.lab",
        "low.lab",
    ]
    assert len(review.load_queue(desk.store, category=" h07", now=NOW)) == 2, "nobody types capitals for it"
    with pytest.raises(review.BadProposal, match="'H16' is no category: use one of H01, H02"):
        review.load_queue(desk.store, category="H16", now=NOW)


def test_the_queue_says_what_happens_to_a_case(desk, people, ask) -> None:
    for name in ("new.lab", "mine.lab", "asked.lab", "appealed.lab", "blocked.lab"):
        desk.visit(name, HIGH)
    review.assign(desk.store, people["rita"], "mine.lab", now=NOW)
    review.assign(desk.store, people["rita"], "asked.lab", to="ann", now=NOW)
    asked = ask("asked.lab")
    review.appeal(desk.store, "appealed.lab", text="t", by="o", now=NOW)
    review.approve(desk.store, people["bob"], ask("blocked.lab").id, refusals=nothing_against, now=NOW)
    states = {
        row.name: (row.state, row.assigned, row.decision) for row in review.load_queue(desk.store, now=NOW)
    }
    assert states == {
        "new.lab": ("new", "", None),
        "mine.lab": ("assigned", "rita", None),
        "asked.lab": ("proposed", "ann", asked.id),
        "appealed.lab": ("appealed", "", None),
    }


def test_a_case_comes_back_when_its_measure_ends_and_it_is_still_flagged(
    desk, people, blocked: Decision
) -> None:
    assert review.load_queue(desk.store, now=NOW) == []
    after = f"{blocked.expires}T00:00:00Z"
    assert [row.name for row in review.load_queue(desk.store, now=after)] == ["x.lab"]
    review.expire(desk.store, after)
    assert [row.name for row in review.load_queue(desk.store, now=after)] == ["x.lab"]


def test_a_case_is_assigned_to_somebody_of_the_desk_only(desk, people) -> None:
    desk.visit("x.lab", HIGH)
    assert review.assign(desk.store, people["rita"], "x.lab", now=NOW) == "rita"
    with pytest.raises(NotAllowed, match="stranger"):
        review.assign(desk.store, people["rita"], "x.lab", to="stranger", now=NOW)
    found = load_case(desk.store, "x.lab")
    assert found is not None and found.assigned == "rita"


# ---------------------------------------------------------------- tables


def outcomes(store: Store, person: Person, text: str, action: str = "propose") -> list[tuple[int, bool, str]]:
    terms = Terms(NOW, nothing_against, action)
    return [(one.line, one.done, one.message) for one in from_table(store, person, read_table(text), terms)]


def test_each_row_of_a_table_has_its_own_outcome(desk, people) -> None:
    desk.visit("x.lab", HIGH)
    text = """name,measure,reach,category,reason,expires
x.lab,block,subtree,,"offers it, openly",2027-01-01
bad name,none,,,r,
y.lab,block,host,H02,r,

y.lab,none,,,r,
y.lab,none,,,a reason, with a comma,2027-01-01
z.lab,none,,,,
"""
    found = outcomes(desk.store, people["rita"], text)
    assert [(line, done) for line, done, _ in found] == [
        (2, True),
        (3, False),
        (4, False),
        (6, True),
        (7, False),
        (8, False),
    ]
    assert found[0][2] == "block of x.lab is proposed"
    assert "was never judged" in found[2][2]
    assert "a comma in a reason needs quotes" in found[4][2]
    assert [(one.name, one.reason) for one in load_decisions(desk.store)] == [
        ("x.lab", "offers it, openly"),
        ("y.lab", "r"),
    ]


def test_a_table_mixes_actions(desk, people, ask, blocked: Decision) -> None:
    first, second = ask(measure="none"), ask("y.lab", "none")
    text = f"""\ufeffaction,id,reason
approve,{first.id},
reject,{second.id},not seen
lift,{blocked.id},mistake
approve,{second.id},
approve,99,
approve,one,
burn,{first.id},
"""
    found = outcomes(desk.store, people["ann"], text.removeprefix("\ufeff"))
    assert [done for _, done, _ in found] == [True, True, True, False, False, False, False]
    assert [message for _, _, message in found[3:]] == [
        f"decision {second.id} is rejected already, by ann",
        "no decision 99",
        "'one' is no number of a decision",
        "'burn' is no action: use one of propose, approve, reject, lift",
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("", "foo,bar\n1,2\n", "measure,reason\nnone,r\n", 'name,reason\n"x'),
        "name,name,measure,reason\na.lab,b.lab,none,which one?\n",
    ],
)
def test_what_is_no_table_of_decisions_is_refused_whole(desk, people, text: str) -> None:
    with pytest.raises(review.BadTable):
        outcomes(desk.store, people["rita"], text)


@pytest.mark.parametrize(
    ("mark", "surplus"),
    [(",", "comma"), (";", "semicolon"), ("\t", "tab")],
    ids=["comma", "semicolon", "tab"],
)
def test_a_spreadsheet_may_separate_cells_as_its_country_does(desk, people, mark: str, surplus: str) -> None:
    desk.visit("x.lab", HIGH)
    rows = [
        ("name", "measure", "reach", "reason"),
        ("x.lab", "block", "host", f'"offers it{mark} openly"'),
        ("x.lab", "block", "host", "offers it", "openly"),
    ]
    found = outcomes(desk.store, people["rita"], "".join(f"{mark.join(row)}\n" for row in rows))
    assert [done for _, done, _ in found] == [True, False]
    assert found[1][2] == f"more cells than columns: a {surplus} in a reason needs quotes"
    assert load_decisions(desk.store)[0].reason == f"offers it{mark} openly"


@pytest.mark.parametrize(
    ("text", "said", "reason"),
    [
        (
            "name|measure\nx|none\n",
            'no column of decisions is called "name|measure"',
            "a separator nobody knows",
        ),
        ("measure;reason\nnone;r\n", "no column name or id", "whose decision?"),
        ("name;name\na;b\n", 'the heading has "name" twice', "which one?"),
    ],
)
def test_a_heading_is_refused_with_the_way_out(desk, people, text: str, said: str, reason: str) -> None:
    with pytest.raises(review.BadTable, match=re.escape(said)) as refused:
        outcomes(desk.store, people["rita"], text)
    assert "[" not in str(refused.value), "no list as the program spells it"
    if "twice" not in said:
        assert "separated by commas, semicolons or tabs" in str(refused.value), reason


def test_a_table_that_is_no_utf8_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tips.csv").write_bytes("candidate;text\na.lab;größer\n".encode("latin-1"))
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "report", "import", "tips.csv"])
    said = "error: tips.csv: no UTF-8 text, at byte 23: save the table as CSV in UTF-8\n"
    assert (done.exit_code, done.stderr) == (2, said)


def test_tips_may_be_separated_by_semicolons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tips.csv").write_text("candidate;text;category\nmilldam-choir.lab;seen, twice;H05\n")
    done = CliRunner().invoke(app, ["--home", str(tmp_path / "home"), "report", "import", "tips.csv"])
    assert (done.exit_code, done.stderr) == (0, "1 report recorded, 0 rows refused\n")


@pytest.mark.parametrize("number", ["9" * 19, "9" * 40, "9" * 5000])
def test_a_number_that_no_row_can_have_is_refused_in_its_row(desk, people, number: str) -> None:
    found = outcomes(desk.store, people["ann"], f"id,reason\n{number},r\n", "lift")
    assert [(done, message.endswith("is no number of a decision")) for _, done, message in found] == [
        (False, True)
    ]
    with pytest.raises(UnknownDecision):
        review.lift(desk.store, people["ann"], int(number[:40]), reason="r", now=NOW)
    with pytest.raises(UnknownDecision):
        review.approve(desk.store, people["ann"], int(number[:40]), refusals=nothing_against, now=NOW)


def test_a_case_of_two_pages_leaves_the_queue_when_people_settled_both(desk, people, ask) -> None:
    for name in ("one", "two"):
        desk.visit("x.lab", HIGH, url=f"https://x.lab/{name}", text=name)
    settled = set()
    for _ in range(2):
        assert [row.name for row in review.load_queue(desk.store, now=NOW)] == ["x.lab"]
        asked = ask(measure="none")
        settled.add(asked.content)
        review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    assert (len(settled), review.load_queue(desk.store, now=NOW)) == (2, [])


def test_no_action_with_an_end_counts_until_its_day(desk, people, ask) -> None:
    desk.visit("x.lab", HIGH)
    asked = ask(measure="none", expires="2026-12-01")
    review.approve(desk.store, people["bob"], asked.id, refusals=nothing_against, now=NOW)
    assert history(desk.store, "x.lab", "2026-11-30T23:59:59Z").settled == asked.content
    assert history(desk.store, "x.lab", "2026-12-01T00:00:00Z").settled == ""


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Review(expiry_days=-3), "2026-11-20 is not after today"),
        (Review(expiry_days=500), "more than 366 days away"),
        (Review(expiry_days=10**11), "expiry_days = 100000000000"),
        (Review(max_expiry_days=10**11), "max_expiry_days = 100000000000"),
    ],
)
def test_a_usual_term_that_is_none_is_refused_like_a_date_that_is_none(
    desk, people, limits: Review, said: str
) -> None:
    desk.visit("x.lab", HIGH)
    with pytest.raises(review.BadProposal, match=re.escape(said)):
        review.propose(
            desk.store, people["rita"], review.Proposal("x.lab", "block", "r"), now=NOW, limits=limits
        )


def test_a_measure_on_what_nobody_judged_risky_needs_its_category(desk, ask) -> None:
    desk.visit("x.lab")
    with pytest.raises(review.BadProposal, match=r"nothing was judged of x\.lab: name the category"):
        ask()


# ---------------------------------------------------------------- the commands

Run = Callable[..., Result]


@pytest.fixture
def run(home: Path, tokens: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Types `domainscan WORDS`; `by` is who types."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "none"))

    def type_(*words: str, by: str = "", given: str = "") -> Result:
        environment = {"DOMAINSCAN_TOKEN": tokens.get(by, by)}
        return CliRunner().invoke(app, ["--home", str(home), *words], env=environment, input=given)

    return type_


def test_the_whole_way_of_a_measure_on_the_command_line(desk, run: Run) -> None:
    desk.visit("x.lab", HIGH)
    desk.visit("a.x.lab", HIGH)
    asked = run(
        "review",
        "propose",
        "x.lab",
        "--measure",
        "block",
        "--reach",
        "subtree",
        "--reason",
        "seen",
        "--json",
        by="rita",
    )
    assert asked.exit_code == 0, asked.stderr
    made = json.loads(asked.stdout)
    assert (made["id"], made["state"], made["unicode"], made["collateral_interval"]) == (
        1,
        "proposed",
        "x.lab",
        "1",
    )
    assert "would also hit 1 other name: a.x.lab" in asked.stderr
    queue = json.loads(run("queue", "--json").stdout)
    assert [(row["name"], row["state"], row["decision"]) for row in queue] == [
        ("a.x.lab", "new", None),
        ("x.lab", "proposed", 1),
    ]
    assert run("review", "approve", "1", by="rita").exit_code == 2
    approved = run("review", "approve", "1", by="bob")
    assert (approved.exit_code, "block of x.lab is approved" in approved.stdout) == (0, True)
    lifted = run("review", "lift", "1", "--reason", "mistake", "--json", by="rita")
    assert json.loads(lifted.stdout)["state"] == "lifted"
    listed = json.loads(run("review", "list", "--state", "lifted", "--json").stdout)
    assert [(one["id"], one["ended_by"]) for one in listed] == [(1, "rita")]
    assert verify_audit(desk.store) == []


def test_a_proposal_tells_who_else_was_seen_at_the_same_addresses(desk, run: Run) -> None:
    for name in ("x.lab", "www.x.lab", "neighbour.lab", "stranger.lab"):
        desk.visit(name, HIGH)
    asked = run("review", "propose", "x.lab", "--measure", "block", "--reason", "seen", by="rita")
    assert "2 names of others are served at the same addresses, and stay untouched" in asked.stderr


def test_a_popular_name_is_stopped_at_approval(desk, run: Run) -> None:
    desk.visit("wikipedia.org", HIGH)
    run("review", "propose", "wikipedia.org", "--measure", "block", "--reason", "seen", by="rita")
    done = run("review", "approve", "1", by="bob")
    assert done.exit_code == 2
    assert "wikipedia.org must not be cut off with reach host" in done.stderr
    assert load_decision(desk.store, 1).state == "proposed"


def test_a_table_from_a_file_or_standard_input_keeps_its_good_rows_and_ends_with_3(
    desk, run: Run, tmp_path: Path
) -> None:
    table = "name,measure,reason\nx.lab,none,fine\nnot a name,none,r\ny.lab,none,fine\n"
    (tmp_path / "table.csv").write_text("\ufeff" + table, "utf-8")
    done = run("review", "propose", "--from-file", "table.csv", by="rita")
    assert (done.exit_code, len(done.stdout.splitlines())) == (3, 2)
    assert "table.csv line 3: 'not a name'" in done.stderr
    piped = run("review", "approve", "--from-file", "-", "--json", by="bob", given="id\n1\n2\n")
    assert piped.exit_code == 0
    assert [one["done"] for one in json.loads(piped.stdout)] == [True, True]


@pytest.mark.parametrize(
    ("table", "encoding"),
    [
        ("sep=;\r\nname;measure;reason\r\nx.lab;none;新闻报道，并未提供服务\r\n", "utf-8"),
        ("name\tmeasure\treason\r\nx.lab\tnone\t新闻报道，并未提供服务\r\n", "utf-16"),
        ("name,measure,reason\r\nx.lab,none,新闻报道，并未提供服务\r\n", "gb18030"),
    ],
)
def test_a_table_of_decisions_is_read_as_spreadsheets_save_it(
    desk, run: Run, tmp_path: Path, table: str, encoding: str
) -> None:
    (tmp_path / "table.csv").write_bytes(table.encode(encoding))
    done = run("review", "propose", "--from-file", "table.csv", by="rita")
    assert done.exit_code == 0, done.stderr
    assert [one.reason for one in load_decisions(desk.store)] == ["新闻报道，并未提供服务"]


def test_a_table_of_decisions_may_be_written_in_chinese(desk, run: Run, tmp_path: Path) -> None:
    """As WPS and Excel save it: GB 18030, and days in their own spelling."""
    for name in ("x.lab", "y.lab"):
        desk.visit(name, HIGH)
    table = (
        "域名,措施,范围,类别,理由,到期\r\nx.lab,封堵,含 www,H01,提供“一键脱衣”，收费,2024/2/1\r\n"
        "y.lab,取消接入,仅此主机,,提供“一键脱衣”,2024年2月1日\r\n"
    ).replace("2024", "2027")
    (tmp_path / "table.csv").write_bytes(table.encode("gb18030"))
    done = run("review", "propose", "--from-file", "table.csv", by="rita")
    assert done.exit_code == 0, done.stderr
    assert [(one.measure, one.reach, one.expires) for one in load_decisions(desk.store)] == [
        ("block", Reach.WWW, "2027-02-01"),
        ("cancel-access", Reach.HOST, "2027-02-01"),
    ]
    (tmp_path / "table.csv").write_text("操作,编号\n批准,1\n批准,2\n")
    assert run("review", "approve", "--from-file", "table.csv", by="ann").exit_code == 0
    assert {one.state for one in load_decisions(desk.store)} == {"approved"}


def test_every_word_of_the_closed_lists_has_its_chinese_one_in_the_chinese_readme() -> None:
    words = review_tables.WORDS
    assert set(words["measure"].values()) == set(MEASURES)
    assert set(words["reach"].values()) == {str(one) for one in Reach}
    assert set(words["action"].values()) == set(review_tables.ACTIONS)
    readme = "".join((ROOT / "README.zh-CN.md").read_text("utf-8").split())
    assert [one for kind in words.values() for one in kind if one not in readme] == []


def test_the_options_fill_the_cells_that_a_table_leaves_empty(desk, run: Run) -> None:
    desk.visit("x.lab", HIGH)
    desk.visit("y.lab", HIGH)
    table = "name,reach,reason\nx.lab,,\ny.lab,host,own\n"
    words = ("--measure", "block", "--reach", "subtree", "--reason", "shared", "--expires", "2030-12-01")
    assert run("review", "propose", *words, "--from-file", "-", by="rita", given=table).exit_code == 3
    done = run("review", "propose", *words[:-2], "--from-file", "-", by="rita", given=table)
    assert done.stderr.endswith("2 of 2 rows done\n")
    assert [(one.reach, one.reason) for one in load_decisions(desk.store)] == [
        (Reach.SUBTREE, "shared"),
        (Reach.HOST, "own"),
    ]


def test_a_table_without_rows_says_so(run: Run) -> None:
    done = run("review", "propose", "--from-file", "-", by="rita", given="name,measure,reason\n")
    assert (done.exit_code, done.stderr) == (0, "0 of 0 rows done\n")


@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        (("review", "propose", "x.lab", "--from-file", "t.csv"), "rita", "not both"),
        (("review", "approve", "7", "--from-file", "t.csv"), "bob", "not both"),
        (("review", "approve", "9" * 20), "bob", "no number of a decision"),
        (("review", "list", "--state", "pending"), "", "'pending' is no state of a decision"),
        (("review", "propose", "x.lab", "--measure", "none", "--reason", "r"), "", "who are you?"),
        (("review", "propose", "x.lab", "--measure", "none", "--reason", "r"), "forged", "belongs to nobody"),
        (("review", "propose", "x.lab", "--measure", "none"), "rita", "needs a reason"),
        (("review", "propose"), "rita", "propose what?"),
        (("review", "approve"), "bob", "which ones?"),
        (("review", "approve", "7"), "bob", "no decision 7"),
        (("review", "approve", "--from-file", "nowhere.csv"), "bob", "nowhere.csv"),
        (("review", "assign", "nowhere.lab"), "rita", "no case 'nowhere.lab'"),
        (("review", "dismiss", "7", "--reason", "r"), "bob", "no appeal 7"),
        (("review", "list", "--name", "127.1"), "", "an address"),
        (("show", "http://x.lab/a"), "", "a case is of a host name, give that alone"),
        (("review", "list", "--appeals", "--state", "approved"), "", "--state approved is of decisions"),
        (
            ("review", "approve", "seven"),
            "bob",
            "Invalid value for 'ID...': 'seven': a whole number is asked for",
        ),
        (
            ("scan", "a.lab", "--rate", "fast"),
            "",
            "Invalid value for '--rate': 'fast': a number is asked for",
        ),
        (
            ("scan", "a.lab", "--rate", "-1"),
            "",
            "Invalid value for '--rate': '-1': at least 0.0 is asked for",
        ),
        (
            ("orders", "receipt", "1", "--status", "executed", "--at", "noon"),
            "",
            "--at 'noon': write 2026-11-23T14:00:00Z",
        ),
        (("queue", "--category", "H16"), "", "'H16' is no category"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(
    run: Run, words: tuple[str, ...], by: str, said: str
) -> None:
    done = run(*words, by=by)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert said in done.stderr


def test_a_lift_stands_although_there_is_no_primary_to_push_to(desk, run: Run, blocked: Decision) -> None:
    done = run("review", "lift", str(blocked.id), "--reason", "a mistake", "--push", by="rita")
    assert (done.exit_code, load_decision(desk.store, blocked.id).state) == (3, "lifted"), "3: partly done"
    assert "names no primary" in done.stderr
    assert done.stderr.endswith(
        "what was decided stands; only the push is left: `domainscan transfer push`\n"
    )


def test_a_measure_that_nobody_can_carry_out_is_told_to_both_people(desk, run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[[recipient]]\nid = "r"\nkind = "registrar"\nregistrars = ["R"]\n')
    desk.visit("x.lab", HIGH)
    said = "nobody can be asked to carry this out: a registrar suspends x.lab with all below it"
    words = ("review", "propose", "x.lab", "--measure", "suspend-name", "--reason", "offers it")
    assert said in run(*words, by="rita").stderr
    assert said in run("review", "approve", "1", by="bob").stderr


def test_an_appeal_against_what_is_over_is_told_so(desk, run: Run) -> None:
    desk.visit("x.lab", HIGH)
    for by, reason in (("rita", "mine"), ("bob", "no offer")):
        run("review", "propose", "x.lab", "--measure", "block", "--reason", "offers it", by="rita")
        number = "1" if by == "rita" else "2"
        run("review", "reject", number, "--reason", reason, by=by)
    appealed = run("review", "appeal", "1", "--text", "not us", "--by", "owner")
    assert (
        "decision 1 is rejected already, which answers the appeal: `domainscan show x.lab`" in appealed.stderr
    )
    shown = run("show", "x.lab").stdout
    assert "rita proposed" in shown
    assert "it was taken back 2" in shown
    assert "bob rejected it 2" in shown
    assert ": no offer; expires" in shown
    assert "nobody yet" not in shown


def test_an_appeal_on_a_name_that_nobody_knows_is_kept_and_questioned(desk, run: Run) -> None:
    desk.visit("x.lab", HIGH)
    words = ("--text", "not us", "--by", "owner")
    assert "unknown" not in run("review", "appeal", "x.lab", *words).stderr
    typo = run("review", "appeal", "xx.lab", *words)
    assert (typo.exit_code, typo.stdout) == (0, "appeal 2: on xx.lab\n")
    assert " 0 " not in run("review", "list", "--appeals").stdout, "no decision 0"
    assert typo.stderr.startswith("xx.lab is unknown here")


def test_appeals_are_listed_and_dismissed(desk, run: Run) -> None:
    desk.visit("x.lab", HIGH)
    made = run("review", "appeal", "x.lab", "--text", "no \x1b[2J", "--by", "owner")
    assert made.stdout == "appeal 1: on x.lab\n"
    assert "\x1b" not in run("review", "list", "--appeals").stdout
    assert run("review", "dismiss", "1", "--reason", "r", by="rita").exit_code == 2
    assert run("review", "dismiss", "1", "--reason", "r", by="bob").stdout == "appeal 1: dismissed\n"
    assert json.loads(run("review", "list", "--appeals", "--json").stdout) == []
    (decided,) = json.loads(run("review", "list", "--appeals", "--all", "--json").stdout)
    assert decided["state"] == "dismissed"
    assert "dismissed" in run("review", "list", "--appeals", "--all").stdout
    assert "--all goes with --appeals" in run("review", "list", "--all").stderr


# ---------------------------------------------------------------- the log against the tables

BEHIND = [
    (
        "UPDATE decisions SET state = 'approved', approver = 'ann', decided_at = 'now' WHERE id = 2",
        "decision 2 on y.lab: the log says another state",
    ),
    (
        "UPDATE decisions SET reach = 'subtree' WHERE id = 1",
        "decision 1 on x.lab: the log says another reach",
    ),
    (
        "UPDATE decisions SET approver = 'ann' WHERE id = 1",
        "decision 1 on x.lab: the log says another approver",
    ),
    ("UPDATE decisions SET name = 'z.lab' WHERE id = 1", "decision 1 on z.lab: the log says another name"),
    (
        "INSERT INTO decisions SELECT 9, name, measure, reach, category, reason, expires, proposer, proposed_at,"
        " state, approver, decided_at, ended_at, ended_by, ended_reason, assessment, content"
        " FROM decisions WHERE id = 1",
        "decision 9 on x.lab stands in no row of the log",
    ),
    ("DELETE FROM decisions WHERE id = 2", "decision 2 of the log is gone"),
    (
        "INSERT INTO receipts VALUES (1, 1, 'received', 'now', 'ann', '', '', '', '')",
        "order 1: the log and the receipts differ on the answer of now",
    ),
    ("UPDATE people SET role = 'approver' WHERE id = 'rita'", "rita is approver, and the log says reviewer"),
    ("UPDATE people SET token_digest = 'sha256:x' WHERE id = 'bob'", "the token of bob is not the one"),
    ("INSERT INTO people VALUES ('eve', 'approver', 'active', 'now', '')", "eve is active, and no row"),
    (
        "INSERT INTO published (recipient, serial, digest, path, at, by, names) VALUES ('c', 1, '', '', '', '', x'')",
        "release 1 for c stands in no row of the log",
    ),
    (
        "INSERT INTO orders VALUES (1, 'c', 'issued', 'now', 'ann', 'now', 'ann', '', '', 'sha256:x')",
        "order 1 is issued, and the log says draft",
    ),
]


@pytest.mark.parametrize(("statement", "said"), BEHIND)
def test_what_was_changed_behind_the_log_is_found_out(
    desk, ask, blocked: Decision, statement: str, said: str
) -> None:
    ask("y.lab", "none")
    assert verify_audit(desk.store) == []
    for (trigger,) in desk.store.db.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        desk.store.db.execute(f"DROP TRIGGER {trigger}")
    desk.store.db.execute("PRAGMA foreign_keys = OFF")
    desk.store.db.execute(statement)
    (found,) = verify_audit(desk.store)
    assert found.startswith(said)


# ---------------------------------------------------------------- what became of what was reported


def test_each_reported_name_has_one_outcome(desk, people, ask, blocked: Decision) -> None:
    """See it fail: let `_reaches` say yes to every decision above."""
    for name in (
        "flagged.lab",
        "asked.lab",
        "wide.lab",
        "settled.lab",
        "changed.lab",
        "freed.lab",
        "over.lab",
    ):
        desk.visit(name, HIGH)
    desk.visit("quiet.lab")
    desk.visit("guarded.lab", unseen="walled: a log-in")
    desk.visit("gone.lab", status="dead")
    desk.visit("short.lab", shows={"url": "https://offers.example/a"})
    desk.visit("moved.lab", shows={"url": "https://www.moved.lab/"})
    approver, terms = people["bob"], {"refusals": nothing_against, "now": NOW}
    ask("asked.lab")
    review.approve(desk.store, approver, ask("wide.lab", reach="subtree").id, **terms)
    for name in ("settled.lab", "changed.lab"):
        review.approve(desk.store, approver, ask(name, "none").id, **terms)
    freed = review.approve(desk.store, approver, ask("freed.lab").id, **terms)
    review.lift(desk.store, approver, freed.id, reason="an honest site", now=NOW)
    review.approve(desk.store, approver, ask("over.lab", expires="2026-12-01").id, **terms)
    after = "2026-12-02T10:00:00Z"
    for name in ("freed.lab", "over.lab"):
        desk.visit(name, at=after)
    desk.visit("changed.lab", HIGH, at=after, text="another offer")
    expected = {
        "x.lab": "block", "sub.x.lab": "not examined", "asked.lab": "proposed", "flagged.lab": "flagged",
        "wide.lab": "block", "deep.er.wide.lab": "block", "settled.lab": "no action", "changed.lab": "flagged",
        "freed.lab": "lifted", "over.lab": "expired", "quiet.lab": "not flagged", "gone.lab": "dead",
        "nobody.lab": "not examined", "short.lab": "leads elsewhere", "moved.lab": "not flagged",
        "guarded.lab": "not seen",
    }  # fmt: skip
    assert became(desk.store, map(Name, expected), after, load_suffixes(("lab",))) == expected
