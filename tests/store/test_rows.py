"""People, decisions, orders, checks, releases, tips and runs as rows."""

from __future__ import annotations

import subprocess
import sys

import pytest

from blocklists.names import Name
from domainscan.model import Check, Decision, Order, OrderItem, Person, Reach, Receipt
from domainscan.store import Store, runs
from domainscan.store.audit import load_events
from domainscan.store.checks import load_checks, record_checks
from domainscan.store.decisions import (
    DecisionRefused,
    UnknownDecision,
    decide,
    decisions_in_force,
    end_decision,
    expired_decisions,
    insert_decision,
    load_decision,
    load_decisions,
    withdraw_decision,
)
from domainscan.store.orders import (
    OrderRefused,
    load_order,
    load_orders,
    load_receipts,
    next_order_number,
    record_order,
    record_receipt,
)
from domainscan.store.people import (
    BadPerson,
    Change,
    NotAllowed,
    PersonExists,
    UnknownChange,
    UnknownPerson,
    add_person,
    confirm_change,
    load_changes,
    load_people,
    person_for_token,
    revoke_person,
    withdraw_change,
)
from domainscan.store.published import (
    Published,
    SerialUsed,
    last_published,
    last_serial,
    load_published,
    record_published,
    reserve_serial,
)
from domainscan.store.reports import Report, load_reports, mark_reports, record_reports
from domainscan.store.times import is_over

NOW = "2026-11-23T15:00:00Z"


@pytest.fixture
def tokens(store: Store) -> dict[str, str]:
    """ann and bob, both approvers, and their tokens."""
    made = {name: add_person(store, name, "approver", None, NOW) for name in ("ann", "bob")}
    return {name: token for name, token in made.items() if isinstance(token, str)}


@pytest.fixture
def ann(store: Store, tokens: dict[str, str]) -> Person:
    found = person_for_token(store, tokens["ann"])
    assert found is not None
    return found


@pytest.fixture
def bob(store: Store, tokens: dict[str, str]) -> Person:
    found = person_for_token(store, tokens["bob"])
    assert found is not None
    return found


def add_third(store: Store, ann: Person, bob: Person, role: str = "reviewer") -> str:
    change = add_person(store, "eve", role, ann, NOW)
    assert isinstance(change, Change)
    return confirm_change(store, change.id, bob, NOW)


# ---------------------------------------------------------------- people


def test_a_token_belongs_to_one_person_and_is_stored_nowhere(store: Store, tokens: dict[str, str]) -> None:
    for name, token in tokens.items():
        person = person_for_token(store, token)
        assert person is not None
        assert (person.id, person.role, person.state) == (name, "approver", "active")
        store.db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for file in store.home.iterdir():
            assert token.encode() not in file.read_bytes(), file
    assert len(tokens["ann"]) >= 43


@pytest.mark.parametrize("token", ["", "x", "sha256:", "\udcff", "' OR 1=1 --"])
def test_what_is_no_token_belongs_to_nobody(store: Store, tokens: dict[str, str], token: str) -> None:
    assert person_for_token(store, token) is None
    digest = store.value("SELECT token_digest FROM people")
    assert person_for_token(store, digest) is None


@pytest.mark.parametrize("state", ["pending", "revoked"])
def test_a_token_of_somebody_who_is_not_active_belongs_to_nobody(
    store: Store, tokens: dict[str, str], state: str
) -> None:
    """Also where somebody wrote the row by hand: who leaves the desk loses the token with the state."""
    store.db.execute("UPDATE people SET state = ? WHERE id = 'ann'", (state,))
    assert person_for_token(store, tokens["ann"]) is None
    assert person_for_token(store, tokens["bob"]) is not None


def test_the_third_person_takes_two_people(store: Store, ann: Person, bob: Person) -> None:
    with pytest.raises(NotAllowed, match="takes two people"):
        add_person(store, "eve", "reviewer", None, NOW)
    change = add_person(store, "eve", "reviewer", ann, NOW)
    assert isinstance(change, Change)
    with pytest.raises(NotAllowed, match="a second person"):
        confirm_change(store, change.id, ann, NOW)
    assert [one.state for one in load_people(store)] == ["active", "active", "pending"]
    token = confirm_change(store, change.id, bob, NOW)
    eve = person_for_token(store, token)
    assert eve is not None
    assert (eve.id, eve.role) == ("eve", "reviewer")
    with pytest.raises(UnknownChange, match="confirmed already"):
        confirm_change(store, change.id, bob, NOW)


def test_a_change_of_role_takes_two_people_and_keeps_the_token(
    store: Store, ann: Person, bob: Person
) -> None:
    token = add_third(store, ann, bob)
    change = add_person(store, "eve", "approver", ann, NOW)
    assert isinstance(change, Change)
    eve = person_for_token(store, token)
    assert eve is not None and eve.role == "reviewer"
    with pytest.raises(NotAllowed):
        confirm_change(store, change.id, eve, NOW)
    assert confirm_change(store, change.id, bob, NOW) == ""
    raised = person_for_token(store, token)
    assert raised is not None and raised.role == "approver"


def test_revoking_everybody_else_does_not_reopen_the_door_for_founders(
    store: Store, ann: Person, bob: Person
) -> None:
    revoke_person(store, "bob", ann, NOW)
    with pytest.raises(NotAllowed):
        add_person(store, "puppet", "approver", None, NOW)
    change = add_person(store, "puppet", "approver", ann, NOW)
    assert isinstance(change, Change)
    for actor in (ann, bob, Person("puppet", "approver", "active", "")):
        with pytest.raises(NotAllowed):
            confirm_change(store, change.id, actor, NOW)


def test_a_revoked_token_is_void_and_the_person_can_do_nothing_more(
    store: Store, tokens, ann: Person, bob: Person
) -> None:
    eve = person_for_token(store, add_third(store, ann, bob))
    assert eve is not None
    with pytest.raises(NotAllowed, match="an approver, or ann, can revoke ann"):
        revoke_person(store, "ann", eve, NOW)
    revoke_person(store, "bob", ann, NOW)
    assert person_for_token(store, tokens["bob"]) is None
    with pytest.raises(NotAllowed, match="bob is not an active person"):
        revoke_person(store, "ann", bob, NOW)
    revoke_person(store, "eve", eve, NOW)
    with pytest.raises(UnknownPerson, match="revoked already"):
        revoke_person(store, "eve", ann, NOW)


def test_who_comes_back_takes_two_people_again_and_gets_a_new_token(
    store: Store, ann: Person, bob: Person
) -> None:
    old = add_third(store, ann, bob)
    revoke_person(store, "eve", ann, NOW)
    new = add_third(store, ann, bob, "approver")
    assert person_for_token(store, old) is None
    assert person_for_token(store, new) == Person("eve", "approver", "active", NOW)


def test_a_change_that_waits_can_be_stopped_and_asked_for_again(
    store: Store, ann: Person, bob: Person
) -> None:
    change = add_person(store, "eve", "reviewer", ann, NOW)
    assert isinstance(change, Change)
    with pytest.raises(PersonExists, match="waits for confirmation already"):
        add_person(store, "eve", "approver", bob, NOW)
    withdraw_change(store, change.id, bob, NOW)
    assert load_changes(store, "proposed") == []
    with pytest.raises(UnknownChange, match="withdrawn already"):
        confirm_change(store, change.id, bob, NOW)
    assert add_third(store, bob, ann)


@pytest.mark.parametrize("name", ["", " ", "a b", "a\n", "x" * 65, "\u202eann", "setup", "expiry"])
def test_what_cannot_be_a_persons_name(store: Store, name: str) -> None:
    with pytest.raises(BadPerson):
        add_person(store, name, "reviewer", None, NOW)


def test_a_role_is_reviewer_or_approver_and_one_is_enough(store: Store, ann: Person) -> None:
    with pytest.raises(BadPerson, match="'admin' is no role"):
        add_person(store, "eve", "admin", ann, NOW)
    with pytest.raises(PersonExists):
        add_person(store, "ann", "approver", ann, NOW)


def test_everything_about_people_is_in_the_log(store: Store, ann: Person, bob: Person) -> None:
    add_third(store, ann, bob)
    revoke_person(store, "eve", ann, NOW)
    found = [(event.actor, event.action, event.subject) for event in reversed(load_events(store))]
    assert found == [
        ("setup", "people.add", "ann"),
        ("setup", "people.add", "bob"),
        ("ann", "people.propose", "eve"),
        ("bob", "people.confirm", "eve"),
        ("ann", "people.revoke", "eve"),
    ]


# ---------------------------------------------------------------- decisions


def proposal(desk, name: str = "x.lab", measure: str = "block", expires: str = "2027-01-01") -> Decision:
    _, judged = desk.visit(name, ("H01", "high"))
    return insert_decision(
        desk.store,
        Decision(
            0,
            Name(name),
            measure,
            Reach.HOST,
            "H01",
            "r",
            expires,
            "ann",
            NOW,
            "proposed",
            assessment=judged.id,
        ),
    )


def test_a_decision_comes_back_as_it_was_written(desk, ann: Person) -> None:
    made = proposal(desk)
    assert load_decision(desk.store, made.id) == made
    assert (made.id, made.reach, made.state, made.approver) == (1, Reach.HOST, "proposed", "")
    with pytest.raises(UnknownDecision, match="no decision 7"):
        load_decision(desk.store, 7)


def test_decisions_are_found_by_name_state_and_measure(desk, ann: Person) -> None:
    first, second = proposal(desk), proposal(desk, "y.lab", "none", "")
    decide(desk.store, second.id, "approved", "bob", NOW)
    store = desk.store
    assert [one.id for one in load_decisions(store)] == [1, 2]
    assert [one.id for one in load_decisions(store, name="y.lab")] == [2]
    assert [one.id for one in load_decisions(store, state="proposed", measure="block")] == [first.id]
    assert [one.id for one in decisions_in_force(store, NOW)] == [2]


def test_only_the_first_answer_to_a_proposal_counts(desk, ann: Person) -> None:
    made = proposal(desk)
    assert decide(desk.store, made.id, "approved", "bob", NOW)
    assert not decide(desk.store, made.id, "rejected", "bob", NOW)
    assert not withdraw_decision(desk.store, made.id, "ann", "r", NOW)
    assert end_decision(desk.store, made.id, "lifted", "ann", "r", NOW)
    assert not end_decision(desk.store, made.id, "expired", "expiry", "r", NOW)
    assert load_decision(desk.store, made.id).state == "lifted"


def test_the_proposer_cannot_decide_even_by_the_row(desk, ann: Person) -> None:
    made = proposal(desk)
    with pytest.raises(DecisionRefused, match="the approver is the proposer"):
        decide(desk.store, made.id, "approved", "ann", NOW)


@pytest.mark.parametrize(
    ("expires", "now", "over"),
    [
        ("2026-11-24", "2026-11-23T23:59:59Z", False),
        ("2026-11-24", "2026-11-24T00:00:00Z", True),
        ("2026-11-24", "2027-01-01T00:00:00Z", True),
        ("", "2099-01-01T00:00:00Z", False),
    ],
)
def test_a_measure_is_over_when_its_day_begins(desk, ann: Person, expires: str, now: str, over: bool) -> None:
    made = proposal(desk, measure="notify-owner", expires=expires)
    decide(desk.store, made.id, "approved", "bob", NOW)
    assert is_over(expires, now) is over
    assert [one.id for one in decisions_in_force(desk.store, now)] == ([] if over else [made.id])
    assert [one.id for one in expired_decisions(desk.store, now)] == ([made.id] if over else [])


# ---------------------------------------------------------------- orders and receipts


def order(*items: OrderItem, state: str = "draft", number: int = 1) -> Order:
    issued = {"issued_at": NOW, "issued_by": "bob", "digest": "sha256:d"} if state != "draft" else {}
    return Order(number, "idc-east", state, NOW, "ann", items, **issued)


@pytest.fixture
def item(desk, ann: Person) -> OrderItem:
    made = proposal(desk)
    return OrderItem(
        "apply", made.id, made.name, made.reach, "block", "H01", "2027-01-01", "sha256:e", ("127.77.1.10",)
    )


def test_an_order_is_drafted_redrafted_issued_and_answered(store: Store, item: OrderItem) -> None:
    assert (next_order_number(store), load_order(store, 1)) == (1, None)
    record_order(store, order())
    record_order(store, order(item))
    assert load_order(store, 1) == order(item)
    record_order(store, order(item, state="issued"))
    assert load_orders(store, recipient="idc-east", state="issued") == [order(item, state="issued")]
    for status in ("executed", "received"):
        record_receipt(store, Receipt(1, status, NOW, "ann", "ref", "note"))
    assert load_receipts(store, 1)[0] == Receipt(1, "executed", NOW, "ann", "ref", "note")
    found = load_order(store, 1)
    assert found is not None and found.state == "executed", "a late receipt does not undo the execution"
    assert next_order_number(store) == 2


def test_an_issued_order_keeps_its_lines_and_a_draft_has_no_receipts(store: Store, item: OrderItem) -> None:
    record_order(store, order(item))
    with pytest.raises(OrderRefused, match="is a draft"):
        record_receipt(store, Receipt(1, "received", NOW, "ann"))
    record_order(store, order(item, state="issued"))
    with pytest.raises(OrderRefused, match="its lines cannot change"):
        record_order(store, order(state="issued"))
    with pytest.raises(OrderRefused):
        record_order(store, order(item))


# ---------------------------------------------------------------- checks, releases, tips, runs


def test_checks_are_found_by_recipient_and_by_name(store: Store) -> None:
    first = Check("c1", Name("x.lab"), 1, NOW, "none", "full", "still answers")
    later = Check("c1", Name("x.lab"), 1, "2026-11-24T00:00:00Z", "full", "full")
    other = Check("c2", Name("x.lab"), 1, NOW, "partial", "full")
    record_checks(store, [first, later, other])
    assert load_checks(store, recipient="c1") == [first, later]
    assert load_checks(store, name="x.lab") == [first, later, other]
    assert load_checks(store, name="y.lab") == []


def test_a_serial_is_given_once_published_or_not(store: Store) -> None:
    assert (last_serial(store, "c1"), last_published(store, "c1")) == (0, None)
    reserve_serial(store, "c1", 5)
    assert last_serial(store, "c1") == 5
    release = Published("c1", 6, "sha256:m", "out/c1", ("x.lab",), NOW, "ann")
    record_published(store, release)
    with pytest.raises(SerialUsed, match="serial 6"):
        record_published(store, release)
    assert (last_serial(store, "c1"), last_serial(store, "c2")) == (6, 0)
    assert last_published(store, "c1") == release
    assert load_published(store) == [release]


def test_tips_are_numbered_found_and_marked(store: Store) -> None:
    tip = Report(0, Name("x.lab"), "", "H02", "text\ud800", "public", "", NOW)
    assert record_reports(store, [tip, tip]) == [1, 2]
    mark_reports(store, [1], "scanned")
    assert [(one.id, one.state, one.text) for one in load_reports(store)] == [
        (2, "new", "text\\ud800"),
        (1, "scanned", "text\\ud800"),
    ]
    assert [one.id for one in load_reports(store, state="new")] == [2]
    assert load_reports(store, state="closed") == []


def test_a_slot_runs_once_and_not_beside_another_run(store: Store) -> None:
    run = runs.start_run(store, "tips", slot=NOW, missed=2, now=NOW)
    assert run == 1
    assert runs.start_run(store, "tips", slot="2026-11-24T15:00:00Z", now=NOW) is None
    assert runs.start_run(store, "other", slot=NOW, now=NOW) == 2
    runs.end_run(store, run, "done", "", NOW)
    assert runs.start_run(store, "tips", slot=NOW, now=NOW) is None
    assert runs.start_run(store, "tips", slot="2026-11-24T15:00:00Z", now="2026-11-24T15:00:01Z") == 3
    rows = store.rows("SELECT id, missed, state FROM runs WHERE schedule = 'tips' ORDER BY id")
    assert [tuple(one) for one in rows] == [(1, 2, "done"), (3, 0, "running")]


def test_a_run_whose_process_died_has_failed(store: Store) -> None:
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    runs.start_run(store, "tips", slot=NOW, now=NOW)
    store.db.execute("UPDATE runs SET runner = ?", (f"{dead.stdout.strip()}:1",))
    assert runs.start_run(store, "tips", slot="2026-11-24T15:00:00Z", now=NOW) == 2
    rows = store.rows("SELECT state, detail FROM runs ORDER BY id")
    assert [tuple(one) for one in rows] == [("failed", "its process ended"), ("running", "")]
