"""Orders: what differs becomes a draft, a draft is frozen when issued, and its files stay as issued."""

from __future__ import annotations

import csv
import io
import json
import tomllib
from importlib.resources import files as resources
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from blocklists.protect import load_protected
from domainscan import orders
from domainscan.config import Config, Desk, Recipient
from domainscan.model import CATEGORIES, Name, Order, OrderItem, Reach, Receipt
from domainscan.orders.files import write_files
from domainscan.orders.grounds import Grounds
from domainscan.orders.letters import cell, digest_of, order_files, plain
from domainscan.review import expire
from domainscan.store import orders as rows
from domainscan.store.audit import load_events, verify_audit

NOW = "2026-11-23T15:00:00Z"
CONFIG = Config(
    recipient=(
        Recipient("carrier-a"),
        Recipient("idc-east", "provider", networks=("192.0.2.0/24",), name="东海数据中心"),
        Recipient("registrar-one", "registrar", registrars=("Lab Registrar One",), language="en"),
    )
)


class Clerk:
    """Drafts and issues with this module's configuration."""

    def __init__(self, store: Any, suffixes: Any) -> None:
        self.store, self.suffixes = store, suffixes
        self.protected = load_protected(("desk.example",), suffixes, NOW, 400)

    def draft(self, config: Config = CONFIG, now: str = NOW) -> orders.Drafting:
        return orders.draft(
            self.store, config, suffixes=self.suffixes, protected=self.protected, by="lin", now=now
        )

    def issue(self, number: int, config: Config = CONFIG, now: str = NOW) -> Order:
        return orders.issue(
            self.store, config, number, suffixes=self.suffixes, protected=self.protected, by="lin", now=now
        )

    def answer(self, number: int, status: str, *items: int, note: str = "", until: str = "") -> Order:
        return orders.answer(self.store, Receipt(number, status, NOW, "lin", "R-1", note, items, until), NOW)

    def folder(self, number: int) -> Path:
        return orders.folder_of(self.store.home, number)


@pytest.fixture
def clerk(store: Any, suffixes: Any) -> Clerk:
    return Clerk(store, suffixes)


def lines(order: Order) -> list[tuple[str, str, str]]:
    return [(one.action, one.measure, one.name) for one in order.items]


def item(action: str = "apply", name: str = "alpha.example", **fields: Any) -> OrderItem:
    about = {
        "decision": 1,
        "reach": Reach.HOST,
        "measure": "block",
        "category": "H01",
        "expires": "2027-02-21",
    }
    return OrderItem(action=action, name=Name(name), **about | fields)


# ---------------------------------------------------------------- drafting


def test_each_recipient_that_has_a_difference_gets_one_draft(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    office.decide("beta.example")
    office.decide("gamma.example", "cancel-access", visit=("192.0.2.10",))
    office.decide("delta.example", "suspend-name", Reach.SUBTREE)
    made = clerk.draft()
    assert [(one.number, one.recipient, lines(one)) for one in made.orders] == [
        (1, "carrier-a", [("apply", "block", "alpha.example"), ("apply", "block", "beta.example")]),
        (2, "idc-east", [("apply", "cancel-access", "gamma.example")]),
        (3, "registrar-one", [("apply", "suspend-name", "delta.example")]),
    ]
    assert made.undeliverable == ()


def test_what_nobody_can_carry_out_is_said(office: Any, clerk: Clerk) -> None:
    office.decide("far.example", "cancel-access", visit=("198.51.100.7",))
    office.decide("page.example", "takedown")
    office.decide("shop.delta.example", "suspend-name", Reach.HOST)
    made = clerk.draft()
    assert made.orders == ()
    assert [(one.name, one.reason) for one in made.undeliverable] == [
        ("far.example", "its addresses (198.51.100.7) lie in no recipient's networks"),
        ("page.example", "no recipient in config.toml carries out takedown"),
        (
            "shop.delta.example",
            "a registrar suspends all of delta.example: that is wider than shop.delta.example",
        ),
    ]


def test_a_proposal_of_one_person_makes_no_order(
    office: Any, clerk: Clerk, store: Any, decision: Any
) -> None:
    from domainscan.store.decisions import insert_decision

    judged = office.visit("alpha.example")
    insert_decision(store, decision(state="proposed", assessment=judged.id))
    assert clerk.draft().orders == ()


def test_mild_measures_are_the_desks_own_work_and_make_no_order(office: Any, clerk: Clerk) -> None:
    """They are told all the same: who reads that every recipient was asked would wait for an answer."""
    office.decide("alpha.example", "notify-owner")
    office.decide("beta.example", "none")
    made = clerk.draft()
    assert (made.orders, made.undeliverable) == ((), ())
    assert [(one.name, one.measure) for one in made.own] == [("alpha.example", "notify-owner")]


def test_drafting_again_keeps_the_number_and_takes_in_what_is_new(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    assert clerk.draft().orders[0].number == 1
    office.decide("beta.example")
    (order,) = clerk.draft().orders
    assert (order.number, len(order.items)) == (1, 2)


def test_a_draft_with_nothing_left_keeps_its_number_and_cannot_be_issued(office: Any, clerk: Clerk) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    office.lift(decided)
    assert clerk.draft().orders == ()
    with pytest.raises(orders.NotIssuable, match="no items left"):
        clerk.issue(1)
    office.decide("beta.example")
    assert [one.number for one in clerk.draft().orders] == [1]


def test_numbers_have_no_gaps(office: Any, clerk: Clerk, store: Any) -> None:
    for name in ("alpha.example", "beta.example", "gamma.example"):
        office.decide(name)
        clerk.issue(clerk.draft().orders[0].number)
    assert [one.number for one in rows.load_orders(store)] == [1, 2, 3]


def test_what_was_issued_is_not_ordered_twice_and_is_lifted_when_its_decision_ends(
    office: Any, clerk: Clerk
) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    assert clerk.draft().orders == ()
    office.lift(decided)
    (order,) = clerk.draft().orders
    assert (order.number, lines(order)) == (2, [("lift", "block", "alpha.example")])
    clerk.issue(2)
    assert clerk.draft().orders == ()
    assert "the operator removed the offer" in (clerk.folder(2) / "letter.en.txt").read_text("utf-8")


def test_an_expired_measure_gets_its_release_order(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example", expires="2026-12-01")
    clerk.draft()
    clerk.issue(1)
    assert clerk.draft(now="2026-11-30T23:59:59Z").orders == ()
    (order,) = clerk.draft(now="2026-12-01T00:00:00Z").orders
    assert lines(order) == [("lift", "block", "alpha.example")]


@pytest.mark.parametrize(
    ("language", "action", "facts", "never"),
    [
        ("en", "LIFT - block: resolve the name again", "the measure expired on 2026-12-01", "stop resolving"),
        ("zh-CN", "解除——恢复在贵方解析器上解析该域名", "该措施已于 2026-12-01 到期", "停止解析"),
    ],
)
def test_a_lift_says_what_is_to_be_done_now_and_why_in_the_letters_language(
    language: str, action: str, facts: str, never: str, office: Any, clerk: Clerk, store: Any
) -> None:
    office.decide("alpha.example", expires="2026-12-01")
    clerk.draft()
    clerk.issue(1)
    later = "2026-12-02T00:00:00Z"
    expire(store, later)
    clerk.draft(now=later)
    clerk.issue(2, now=later)
    letter = (clerk.folder(2) / f"letter.{language}.txt").read_text("utf-8")
    assert action in letter
    assert facts in letter
    assert never not in letter
    (row,) = csv.DictReader(io.StringIO((clerk.folder(2) / "annex.csv").read_text("utf-8-sig")))
    assert (row["action"], row["expires"]) == ("lift", ""), "a lift has no day on which it ends"


def test_a_rejected_order_is_drafted_again(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    clerk.answer(1, "rejected")
    (order,) = clerk.draft().orders
    assert (order.number, lines(order)) == (2, [("apply", "block", "alpha.example")])


def test_a_renewed_decision_is_applied_anew_without_a_lift_between(office: Any, clerk: Clerk) -> None:
    first = office.decide("alpha.example", expires="2026-12-01")
    clerk.draft()
    clerk.issue(1)
    second = office.decide("alpha.example", expires="2027-03-01")
    (order,) = clerk.draft().orders
    assert [(one.action, one.decision, one.expires) for one in order.items] == [
        ("apply", second.id, "2027-03-01")
    ]
    assert first.id != second.id


def test_a_site_that_moved_is_ordered_at_the_new_provider_and_stays_cut_at_the_old_one(
    office: Any, clerk: Clerk
) -> None:
    two = replace(
        CONFIG,
        recipient=(*CONFIG.recipient, Recipient("idc-west", "provider", networks=("198.51.100.0/24",))),
    )
    office.decide("gamma.example", "cancel-access", visit=("192.0.2.10",))
    clerk.draft(two)
    clerk.issue(1, two)
    office.visit("gamma.example", "198.51.100.7")
    assert [(one.recipient, lines(one)) for one in clerk.draft(two).orders] == [
        ("idc-west", [("apply", "cancel-access", "gamma.example")])
    ]


def test_a_measure_at_a_recipient_nobody_names_any_more_is_reported_for_lifting(
    office: Any, clerk: Clerk
) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    office.lift(decided)
    made = clerk.draft(replace(CONFIG, recipient=CONFIG.recipient[1:]))
    assert [one.reason for one in made.undeliverable] == [
        "to be lifted at carrier-a, which config.toml no longer names"
    ]


# ---------------------------------------------------------------- issuing


def test_issuing_writes_the_letters_and_stores_their_digest(office: Any, clerk: Clerk, store: Any) -> None:
    office.decide("xn--fiqs8s.example", "cancel-access", visit=("192.0.2.10",))
    clerk.draft()
    issued = clerk.issue(1)
    assert sorted(one.name for one in clerk.folder(1).iterdir()) == [
        "annex.csv", "letter.en.txt", "letter.zh-CN.txt", "order.json",
    ]  # fmt: skip
    assert (issued.state, issued.receipt_due, issued.execution_due) == (
        "issued", "2026-11-24T15:00:00Z", "2026-11-26T15:00:00Z",
    )  # fmt: skip
    assert rows.load_order(store, 1) == issued
    assert orders.file_problems(store.home, issued) == ()
    assert [one.action for one in load_events(store, "order 1")] == ["order.issue", "order.draft"]
    assert verify_audit(store) == []


MINIMUM = [  # FIELD.md 4.3, as far as the store knows it
    "0001", "cancel-access", "xn--fiqs8s.example", "中国.example", "H01", "192.0.2.10", "sha256:",
    "2027-02-21", "2026-11-23T15:00:00Z", "2026-11-24T15:00:00Z", "2026-11-26T15:00:00Z", "desk@desk.example",
    "appeal@desk.example", "offers the harm at /", "annex.csv",
]  # fmt: skip


@pytest.mark.parametrize(
    ("language", "own"),
    [
        (
            "en",
            ["Test Act, article 7", "non-consensual sexual imagery", "exactly the host xn--fiqs8s.example",
             "names below xn--fiqs8s.example", "evidence only", "confidence high"],
        ),
        (
            "zh-CN",
            ["《测试办法》第七条", "未经同意的性化影像", "仅限主机名 xn--fiqs8s.example 本身",
             "xn--fiqs8s.example 之下的任何子域名", "仅作证据", "可信度：高", "东海数据中心"],
        ),
    ],
)  # fmt: skip
def test_a_letter_has_every_field_that_an_order_needs(
    language: str, own: list[str], office: Any, clerk: Clerk
) -> None:
    desk = Desk(
        contact="desk@desk.example", appeal="appeal@desk.example", legal_basis="Test Act, article 7",
        legal_basis_zh="《测试办法》第七条",
    )  # fmt: skip
    config = replace(CONFIG, desk=desk)
    office.decide("xn--fiqs8s.example", "cancel-access", visit=("192.0.2.10",))
    clerk.draft(config)
    clerk.issue(1, config)
    text = (clerk.folder(1) / f"letter.{language}.txt").read_text("utf-8")
    assert [one for one in [*MINIMUM, *own] if one not in text] == []


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ["Item 1: APPLY - cancel-access: stop", "2027-02-21T00:00:00Z (UTC: the first moment",
                "To:         c (carrier)"]),
        ("zh-CN", ["第 1 项：执行——停止为该网站提供接入（取消接入）\n", "措施代码：cancel-access",
                   "致：      c（电信运营企业）",
                   "签发时间：2026-11-23 23:00:00（北京时间；UTC 2026-11-23T15:00:00Z）\n",
                   "确认收到：2026-11-25 00:00:00（北京时间；UTC 2026-11-24T16:00:00Z）前",
                   "到期：2027-02-21 08:00:00（北京时间；UTC 2027-02-21T00:00:00Z），自该时刻起"]),
    ],
)  # fmt: skip
def test_a_letter_says_when_and_what_in_its_readers_words(language: str, said: list[str]) -> None:
    """A deadline in UTC alone is read as eight hours earlier in China; a day without an hour ends at either side."""
    order = Order(
        1, "c", "issued", NOW, "lin", (item(measure="cancel-access"),), issued_at=NOW,
        receipt_due="2026-11-24T16:00:00Z", execution_due="2026-11-26T16:00:00Z",
    )  # fmt: skip
    text = order_files(order, (Grounds("x"),), Recipient("c"), Desk())[f"letter.{language}.txt"].decode()
    assert [one for one in said if one not in text] == []


@pytest.mark.parametrize(
    ("language", "harm"), [("zh-CN", "未经同意的性化影像"), ("en", "non-consensual sexual imagery")]
)
def test_the_annex_names_the_harm_in_the_recipients_language(language: str, harm: str) -> None:
    order = Order(1, "c", "draft", NOW, "lin", (item(),))
    annex = order_files(order, (Grounds("x"),), Recipient("c", language=language), Desk())["annex.csv"]
    assert harm in annex.decode()


def test_a_draft_must_not_leave_when_its_decision_ended_meanwhile(
    office: Any, clerk: Clerk, store: Any
) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    office.lift(decided)
    with pytest.raises(orders.NotIssuable, match=r"decision 1 on alpha\.example is no longer in force"):
        clerk.issue(1)
    assert not clerk.folder(1).exists()
    assert rows.load_order(store, 1).state == "draft"


def test_a_lift_must_not_leave_when_the_measure_was_decided_anew(office: Any, clerk: Clerk) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    office.lift(decided)
    clerk.draft()
    office.decide("alpha.example")
    with pytest.raises(orders.NotIssuable, match=r"alpha\.example .* decided anew"):
        clerk.issue(2)


def test_a_protected_name_reaches_no_draft_and_the_others_are_not_held_up(
    office: Any, clerk: Clerk, suffixes: Any
) -> None:
    office.decide("alpha.example")
    office.decide("www.desk.example")
    made = clerk.draft()
    assert [lines(one) for one in made.orders] == [[("apply", "block", "alpha.example")]]
    (left,) = made.undeliverable
    assert left.reason.startswith("protected (own: www.desk.example lies below desk.example")
    clerk.protected = load_protected((), suffixes, NOW, 400)  # without the guard it would be ordered
    assert len(clerk.draft().orders[0].items) == 2


def test_a_name_that_was_protected_since_the_draft_is_refused_when_it_is_issued(
    office: Any, clerk: Clerk, suffixes: Any
) -> None:
    office.decide("www.desk.example")
    guard, clerk.protected = clerk.protected, load_protected((), suffixes, NOW, 400)
    clerk.draft()
    clerk.protected = guard
    with pytest.raises(orders.NotIssuable, match=r"www\.desk\.example is protected \(own"):
        clerk.issue(1)


def test_files_that_were_changed_afterwards_are_noticed(office: Any, clerk: Clerk, store: Any) -> None:
    office.decide("alpha.example")
    clerk.draft()
    issued = clerk.issue(1)
    for change in (
        lambda: (clerk.folder(1) / "annex.csv").write_bytes(b"x"),
        (clerk.folder(1) / "extra.txt").touch,
    ):
        change()
        (problem,) = orders.file_problems(store.home, issued)
        assert "not the ones that were issued" in problem
    for one in clerk.folder(1).iterdir():
        one.unlink()
    clerk.folder(1).rmdir()
    assert "cannot be read" in orders.file_problems(store.home, issued)[0]


def test_what_a_killed_issue_left_behind_is_replaced(office: Any, clerk: Clerk, store: Any) -> None:
    office.decide("alpha.example")
    clerk.draft()
    for name in ("0001", ".0001.new"):
        (store.home / "orders" / name).mkdir(parents=True)
        (store.home / "orders" / name / "half.txt").write_text("half", "utf-8")
    issued = clerk.issue(1)
    assert orders.file_problems(store.home, issued) == ()
    assert [one.name for one in (store.home / "orders").iterdir()] == ["0001"]


def test_a_full_disk_leaves_the_draft_a_draft(office: Any, clerk: Clerk, store: Any) -> None:
    office.decide("alpha.example")
    clerk.draft()
    (store.home / "orders").write_text("a file where the folder should be", "utf-8")
    with pytest.raises(OSError, match="orders"):
        clerk.issue(1)
    assert rows.load_order(store, 1).state == "draft"


def test_files_are_written_whole_or_the_folder_stays_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        write_files(tmp_path / "0001", {"a.txt": b"whole", "b.txt": "no bytes"})  # type: ignore[dict-item]
    assert not (tmp_path / "0001").exists()
    write_files(tmp_path / "0001", {"a.txt": b"whole"})
    assert (tmp_path / "0001" / "a.txt").read_bytes() == b"whole"


# ---------------------------------------------------------------- answers


@pytest.mark.parametrize(
    ("answers", "refused"),
    [
        (["received", "executed"], ""),
        (["received", "rejected"], ""),
        (["executed"], ""),
        (["rejected"], ""),
        (["received", "received", "executed"], ""),
        (["executed", "rejected"], "order 1 is executed and cannot become rejected: that is its end"),
        (["rejected", "executed"], "order 1 is rejected and cannot become executed: that is its end"),
    ],
)
def test_answers_move_an_order_forward_only(
    answers: list[str], refused: str, office: Any, clerk: Clerk
) -> None:
    office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    for one in answers[:-1] if refused else answers:
        assert clerk.answer(1, one).state == one
    if refused:
        with pytest.raises(orders.WrongState, match=refused):
            clerk.answer(1, answers[-1])


def test_an_item_that_is_sent_back_counts_as_never_ordered_and_the_others_go_on(
    office: Any, clerk: Clerk, store: Any
) -> None:
    first = office.decide("alpha.example")
    office.decide("beta.example")
    clerk.draft()
    clerk.issue(1)
    assert clerk.answer(1, "rejected", 2, note="moved away").state == "received"
    order = clerk.answer(1, "executed")
    assert (order.state, order.refused) == ("executed", (2,))
    assert [one.name for one in order.asked()] == ["alpha.example"]
    (told,) = clerk.draft().returned
    assert (told.order, told.item, told.name, told.note) == (1, 2, "beta.example", "moved away")
    office.lift(first)
    (draft,) = clerk.draft().orders
    assert lines(draft) == [("lift", "block", "alpha.example"), ("apply", "block", "beta.example")]
    assert verify_audit(store) == []


def test_an_order_whose_items_are_all_sent_back_is_rejected(office: Any, clerk: Clerk, store: Any) -> None:
    office.decide("alpha.example")
    office.decide("beta.example")
    clerk.draft()
    clerk.issue(1)
    assert clerk.answer(1, "executed").state == "executed"
    assert clerk.answer(1, "rejected", 1).state == "executed"
    with pytest.raises(orders.BadAnswer, match="item 1 was sent back already"):
        clerk.answer(1, "rejected", 1)
    for item in (3, 0, -1):
        with pytest.raises(orders.BadAnswer, match=f"order 1 has no item {item}: its last one is 2"):
            clerk.answer(1, "rejected", item)
    with pytest.raises(orders.BadAnswer, match="one by one where they are rejected"):
        clerk.answer(1, "executed", 2)
    assert clerk.answer(1, "rejected", 2).state == "rejected"
    assert verify_audit(store) == []
    with store.writing() as db:
        db.execute("DROP TRIGGER receipts_no_update")
        db.execute("UPDATE receipts SET items = '1' WHERE items = '2'")
    assert f"order 1: the log and the receipts differ on the answer of {NOW}" in verify_audit(store)


def test_a_recipient_may_be_given_time(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    clerk.answer(1, "received")
    order = clerk.answer(1, "received", note="asks for a week", until="2026-12-05T23:59:59Z")
    assert (order.state, orders.due_of(order)) == ("received", "2026-12-05T23:59:59Z")
    assert [orders.overdue(order, f"2026-12-{day}T00:00:00Z") for day in ("05", "06")] == ["", "execution"]
    with pytest.raises(orders.BadAnswer, match="it has time until 2026-12-05T23:59:59Z already"):
        clerk.answer(1, "received", until="2026-12-01T00:00:00Z")
    with pytest.raises(orders.BadAnswer, match="already"):
        clerk.answer(1, "received", until="2026-12-05T23:59:59Z")
    with pytest.raises(orders.BadAnswer, match="time is given with `received`, not with executed"):
        clerk.answer(1, "executed", until="2026-12-24T00:00:00Z")


def test_no_answer_is_older_than_its_order(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    with pytest.raises(orders.WrongState, match="no answer is from 2026-11-22T23:59:59Z"):
        orders.answer(clerk.store, Receipt(1, "received", "2026-11-22T23:59:59Z", "lin"), NOW)
    answer = Receipt(1, "received", "2026-11-23T00:00:00Z", "lin")
    assert orders.answer(clerk.store, answer, NOW).state == "received"


def test_a_draft_has_no_answers_and_an_issued_order_is_issued_once(office: Any, clerk: Clerk) -> None:
    office.decide("alpha.example")
    clerk.draft()
    with pytest.raises(orders.WrongState, match="order 1 is draft and cannot become executed"):
        clerk.answer(1, "executed")
    clerk.issue(1)
    with pytest.raises(orders.WrongState, match="order 1 is issued and cannot become issued"):
        clerk.issue(1)
    with pytest.raises(rows.UnknownOrder, match="no order 7"):
        clerk.answer(7, "received")


@pytest.mark.parametrize(
    ("state", "now", "late"),
    [
        ("issued", "2026-11-24T14:59:59Z", ""),
        ("issued", "2026-11-24T15:00:01Z", "receipt"),
        ("received", "2026-11-26T15:00:00Z", ""),
        ("received", "2026-11-26T15:00:01Z", "execution"),
        ("executed", "2027-11-26T15:00:01Z", ""),
        ("draft", "2027-11-26T15:00:01Z", ""),
    ],
)
def test_overdue(state: str, now: str, late: str) -> None:
    order = Order(
        1,
        "c",
        state,
        NOW,
        "lin",
        (),
        receipt_due="2026-11-24T15:00:00Z",
        execution_due="2026-11-26T15:00:00Z",
    )
    assert orders.overdue(order, now) == late


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Applied by:       order No. 0001, issued 2026-11-23T15:00:00Z, under decision No. 1\n"),
        (
            "zh-CN",
            "原工单：第 0001 号，2026-11-23 23:00:00（北京时间；UTC 2026-11-23T15:00:00Z）签发，依据第 1 号决定\n",
        ),
    ],
)
def test_a_lift_names_the_order_that_applied_the_measure(
    office: Any, clerk: Clerk, language: str, said: str
) -> None:
    decided = office.decide("alpha.example")
    clerk.draft()
    clerk.issue(1)
    applied = (clerk.folder(1) / f"letter.{language}.txt").read_text("utf-8")
    assert said not in applied
    office.lift(decided)
    clerk.draft()
    clerk.issue(2)
    assert said in (clerk.folder(2) / f"letter.{language}.txt").read_text("utf-8")
    whole = json.loads((clerk.folder(2) / "order.json").read_bytes())
    assert (whole["grounds"][0]["applied_by"], whole["grounds"][0]["applied_at"]) == (
        1,
        "2026-11-23T15:00:00Z",
    )


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "  Applied by:       no order on record; decision No. 1\n  Effective:        at once."),
        ("zh-CN", "  原工单：无记录；第 1 号决定\n"),
        (
            "zh-CN",
            "第 1 项：解除——恢复在贵方解析器上解析该域名",
        ),  # "解除——停止解析" would be read as stop
        ("zh-CN", "  解除理由：x\n"),
        (
            "zh-CN",
            "每一项所依据的决定均由一人提出、另一人批准；解除由一人即可决定。",
        ),  # the lift itself takes one person
    ],
)
def test_a_lift_of_what_no_order_applied_says_so(language: str, said: str) -> None:
    """Releases and rows of an older program know of none; "order No. " with nothing after it would be worse."""
    order = Order(2, "c", "draft", NOW, "lin", (item("lift"),))
    made = order_files(order, (Grounds("x"),), Recipient("c"), Desk())[f"letter.{language}.txt"].decode()
    assert said in made


# ---------------------------------------------------------------- hostile values in letters


HOSTILE = "=cmd()\r\nItem 2: APPLY - block {{ 7 * 7 }} {% raw %} \u202eevil\u2066 \x1b[2J \x00 \ud800"


@pytest.mark.parametrize("name", ["letter.en.txt", "letter.zh-CN.txt", "annex.csv", "order.json"])
def test_hostile_values_are_literal_and_stay_on_their_line(name: str) -> None:
    desk = Desk(name=HOSTILE, name_zh=HOSTILE, legal_basis=HOSTILE, legal_basis_zh=HOSTILE, contact=HOSTILE)
    recipient = Recipient("c", name=HOSTILE)
    order = Order(1, "c", "draft", NOW, "lin", (item(),))
    evil = order_files(order, (Grounds(HOSTILE),), recipient, desk)[name].decode()
    tame = order_files(order, (Grounds("x"),), Recipient("c", name="x"), Desk(name="x", name_zh="x"))[
        name
    ].decode()
    assert evil.count("\n") == tame.count("\n")
    assert {c for c in evil.removeprefix("\ufeff") if not c.isprintable()} <= {"\n", "\r"}
    assert "{{ 7 * 7 }}" in evil
    assert "49" not in evil.replace("sha256", "").split("annex.csv")[0]
    assert "\nItem 2" not in evil


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\t=1", "'=1"), ("\r=1", "'=1"),
        ("＝1", "'＝1"), ("＠x", "'＠x"), ("'=1", "''=1"), (" =1", "'=1"), ("\x00=1", "'\\u0000=1"),
        ("plain", "plain"), ("a=b", "a=b"),
    ],
)  # fmt: skip
def test_free_text_in_a_table_is_never_a_formula(text: str, shown: str) -> None:
    assert cell(text) == shown


def test_the_annex_is_rfc_4180_and_reads_back() -> None:
    order = Order(
        12,
        "c",
        "issued",
        NOW,
        "lin",
        (item(addresses=("192.0.2.1", "2001:db8::1")), item("lift", "b.example")),
    )
    data = order_files(order, (Grounds('says "buy, now"'), Grounds("gone")), Recipient("c"), Desk())[
        "annex.csv"
    ]
    assert data.count(b"\r\n") == data.count(b"\n") == 3
    assert data.startswith(b"\xef\xbb\xbforder,"), "Excel takes it for the system's old encoding otherwise"
    assert data.count(b"\xef\xbb\xbf") == 1
    read = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [(one["order"], one["item"], one["action"], one["name"], one["facts"]) for one in read] == [
        ("0012", "1", "apply", "alpha.example", 'says "buy, now"'),
        ("0012", "2", "lift", "b.example", "gone"),
    ]
    assert read[0]["addresses"] == "192.0.2.1 2001:db8::1"


@pytest.mark.parametrize(
    ("language", "harm", "covers"),
    [
        ("zh-CN", "未经同意的性化影像", "仅限主机名 alpha.example 与 www.alpha.example"),
        ("en", "non-consensual sexual imagery", "the hosts alpha.example and www.alpha.example"),
    ],
)
def test_the_annex_spells_reach_and_harm_in_the_recipients_language(
    language: str, harm: str, covers: str
) -> None:
    order = Order(12, "c", "issued", NOW, "lin", (item(reach=Reach.WWW),))
    files = order_files(order, (Grounds("x"),), Recipient("c", language=language), Desk())
    (row,) = csv.DictReader(io.StringIO(files["annex.csv"].decode("utf-8-sig")))
    assert (row["harm"], row["covers"]) == (harm, covers)


@pytest.mark.parametrize(
    ("reach", "covers", "excluded"),
    [
        (Reach.HOST, "exactly the host shop.alpha.example", ["names below shop.alpha.example (www."]),
        (Reach.WWW, "the hosts shop.alpha.example and www.", ["names below shop.alpha.example other"]),
        (Reach.SUBTREE, "shop.alpha.example and every name below it", []),
    ],
)
def test_reach_is_spelled_out_with_its_exclusions(reach: Reach, covers: str, excluded: list[str]) -> None:
    order = Order(1, "c", "issued", NOW, "lin", (item(name="shop.alpha.example", reach=reach),))
    text = order_files(order, (Grounds("x"),), Recipient("c"), Desk())["letter.en.txt"].decode()
    assert covers in text
    below = text.split("Does NOT cover:")[1].split("Category:")[0]
    always = ["alpha.example and every other name below it", "all addresses and networks"]
    assert [one for one in [*excluded, *always] if one not in below] == []


def test_letters_have_words_for_every_id_in_both_languages() -> None:
    text = (resources("domainscan") / "templates" / "letters" / "terms.toml").read_text("utf-8")
    terms = tomllib.loads(text)
    assert set(terms) == {"en", "zh-CN"}
    for language, words in terms.items():
        assert set(words["harm"]) == set(CATEGORIES), language
        assert set(words["measure"]) == set(words["lifted"]) == set(orders.ORDERED), language
        assert set(words["reach"]) == {str(one) for one in Reach}, language
        assert set(words["severity"]) == {"low", "medium", "high", "critical"}, language


def test_the_digest_covers_names_and_contents() -> None:
    base = {"a": b"1", "b": b"2"}
    assert len({digest_of(base), digest_of({"a": b"2", "b": b"1"}), digest_of({"a": b"1", "c": b"2"})}) == 3
    assert digest_of(dict(reversed(base.items()))) == digest_of(base)


def test_the_order_as_json_reads_back() -> None:
    order = Order(1, "c", "issued", NOW, "lin", (item(),))
    read = json.loads(order_files(order, (Grounds("x"),), Recipient("c"), Desk())["order.json"])
    assert read["order"]["items"][0]["name"] == "alpha.example"
    assert plain(" a \n b ") == "a b"


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_program_reads_of_an_order_what_its_letter_says(language: str) -> None:
    """Who orders on what basis, whom to ask, what each item covers and what it does not."""
    order, desk = Order(1, "c", "issued", NOW, "lin", (item(), item("lift"))), Desk()
    files = order_files(order, (Grounds("x"), Grounds("y")), Recipient("c", language=language), desk)
    read, letter = json.loads(files["order.json"]), files[f"letter.{language}.txt"].decode()
    assert set(read["desk"]) == {"name", "legal_basis", "contact", "appeal"}
    assert all(one in letter for one in read["desk"].values())
    assert len(read["scope"]) == 2
    for scope in read["scope"]:
        assert scope["covers"] in letter
        assert scope["excluded"]
        assert all(f"    - {one}\n" in letter for one in scope["excluded"])
