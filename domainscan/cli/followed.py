"""What became of the decisions on a name: appeals, lists, orders and their answers, and what probes saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

from domainscan.cli import common
from domainscan.model import MEASURES, Check, Decision, Name, Order, Receipt, Record
from domainscan.store import Store
from domainscan.store.decisions import Appeal
from domainscan.store.orders import load_receipts, orders_about
from domainscan.store.past import appeals_then
from domainscan.store.published import Listed, listed_at


class Asked(Record, frozen=True):
    """An item of an order, and the last answer that was about it."""

    decision: int
    order: int
    item: int
    recipient: str
    action: str  # apply | lift
    issued_at: str
    status: str = ""  # received | executed | rejected; "": no answer
    answered_at: str = ""
    reference: str = ""
    note: str = ""


class Followed(Record, frozen=True):
    """What is on record of the decisions on a name beside themselves."""

    appeals: tuple[Appeal, ...]
    orders: tuple[Asked, ...]
    lists: tuple[tuple[int, tuple[Listed, ...]], ...]  # of each block: its decision, and the lists with it


def followed(store: Store, name: Name, decisions: Sequence[Decision], moment: str) -> Followed:
    """What became of the decisions on a name; of what came after a moment, nothing."""
    lists = (
        (one.id, tuple(listed_at(store, name, one.decided_at, one.ended_at, moment)))
        for one in decisions
        if one.measure == "block" and one.state in ("approved", "lifted", "expired")
    )
    return Followed(
        tuple(appeals_then(store, name, moment)),
        tuple(_asked(store, [one.id for one in decisions], moment)),
        tuple(lists),
    )


def _asked(store: Store, decisions: Sequence[int], moment: str) -> Iterator[Asked]:
    for order in orders_about(store, decisions):
        if moment and order.issued_at > moment:
            continue
        answers = [one for one in load_receipts(store, order.number) if not moment or one.at <= moment]
        for number, item in enumerate(order.items, 1):
            if item.decision in decisions:
                yield _item(order, number, answers)


def _item(order: Order, number: int, answers: Sequence[Receipt]) -> Asked:
    item = order.items[number - 1]
    own = [one for one in answers if not one.items or number in one.items]
    own = [one for one in own if one.items and one.status == "rejected"] or own  # what was sent back stays so
    told = (own[-1].status, own[-1].at, own[-1].reference, own[-1].note) if own else ()
    return Asked(item.decision, order.number, number, order.recipient, item.action, order.issued_at, *told)


def as_json(found: Followed) -> dict[str, Any]:
    """The keys of the case's document."""
    return {
        "appeals": found.appeals,
        "orders": found.orders,
        "lists": [{"decision": id, "releases": lists} for id, lists in found.lists],
    }


def print_decisions(decisions: Iterable[Decision], found: Followed, checks: Sequence[Check]) -> None:
    """Each decision, and below it what became of it."""
    lists = dict(found.lists)
    for decision in decisions:
        common.say(decided(decision))
        lines = (
            *(_appeal(one) for one in found.appeals if one.decision == decision.id),
            *(_listed(one) for one in lists.get(decision.id, ())),
            *(_order(one) for one in found.orders if one.decision == decision.id),
            *_seen([one for one in checks if one.decision == decision.id]),
        )
        for line in lines:
            common.say(f"  {line}", 4)
    for appeal in found.appeals:
        if not appeal.decision:
            common.say(_appeal(appeal))
    for line in _seen([one for one in checks if not one.decision]):
        common.say(f"as a name that must stay open: {line}")


def decided(decision: Decision) -> str:
    """A decision in a line: who, when, until when, on which judgement, and why it ended."""
    expires = f"expires {decision.expires or 'never'}"
    rests = f"rests on assessment {decision.assessment}" if decision.assessment else ""
    proposed = f"{decision.proposer} proposed {decision.proposed_at}, {_word(decision)}"
    said = "; ".join(part for part in (proposed, expires, rests, _ended(decision)) if part)
    return (
        f"decision {decision.id}: {decision.measure} ({MEASURES[decision.measure]}), reach {decision.reach}, "
        f"{decision.state}: {decision.reason} [{said}]"
    )


def _word(decision: Decision) -> str:
    """The second person's word, or that there is none."""
    if decision.state == "rejected":
        by = f"{decision.approver} rejected it" if decision.approver else "it was taken back"
        return f"{by} {decision.decided_at or decision.ended_at}: {decision.ended_reason}"
    return f"{decision.approver} decided {decision.decided_at}" if decision.approver else "nobody yet decided"


def _ended(decision: Decision) -> str:
    if not decision.ended_at or decision.state == "rejected":
        return ""
    return f"{decision.state} {decision.ended_at} by {decision.ended_by}: {decision.ended_reason}"


def _appeal(one: Appeal) -> str:
    end = (
        f"{one.state} {one.closed_at} by {one.closed_by}: {one.closed_reason}" if one.closed_at else one.state
    )
    return f"appeal {one.id}, {one.at}, by {one.by}: {one.text} [{end}]"


def _listed(one: Listed) -> str:
    off = f", off it with {one.off_serial} of {one.off_at}" if one.off_serial else ""
    return f"{one.recipient}: on its list with release {one.serial} of {one.at}{off}"


def _order(one: Asked) -> str:
    answer = f"{one.status} {one.answered_at}" if one.status else "no answer yet"
    said = ", ".join(text for text in (one.reference, one.note) if text)
    return (
        f"{one.recipient}: asked to {one.action} by order {one.order}, item {one.item}, {one.issued_at}: {answer}"
        f"{f' ({said})' if said else ''}"
    )


def _seen(checks: Sequence[Check]) -> Iterator[str]:
    """A line for each recipient: since when probes saw what, and who else was hit where somebody was."""
    by_recipient = sorted(checks, key=lambda one: one.recipient)
    for recipient, own in groupby(by_recipient, key=lambda one: one.recipient):
        runs = [list(run) for _, run in groupby(own, key=lambda one: one.verdict)]
        told = "; ".join(_run(run) for run in runs)
        yield f"{recipient}: seen {told}"


def _run(run: Sequence[Check]) -> str:
    first, last = run[0], run[-1]
    span = first.at if len(run) == 1 else f"{first.at} to {last.at} ({len(run)} looks)"
    why = f" ({last.detail})" if last.verdict in ("over", "partial") else ""
    return f"{last.verdict} {span}{why}"
