"""Decisions in force -> one open draft per recipient, and what nobody can be asked to carry out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from blocklists.names import Name
from blocklists.protect import Protected
from blocklists.suffixes import Suffixes
from domainscan.config import Config, Recipient
from domainscan.listing import in_force, refusals
from domainscan.model import Decision, Order, OrderItem, Record
from domainscan.orders.difference import Key, difference, key, standing
from domainscan.orders.grounds import evidence_digest, visits
from domainscan.providers import addressees
from domainscan.store import Store
from domainscan.store import orders as rows
from domainscan.store.audit import record_event
from domainscan.store.decisions import load_decisions

ORDERED: Final = ("takedown", "cancel-access", "suspend-name", "block")  # what somebody else carries out


class Undeliverable(Record, frozen=True):
    """A decision in force that nobody can be asked to carry out, and why."""

    decision: int
    name: Name
    measure: str
    reason: str


class Returned(Record, frozen=True):
    """An item of a draft that its recipient has sent back before, and what it said."""

    recipient: str
    order: int
    item: int
    action: str
    name: Name
    decision: int
    note: str


class Drafting(Record, frozen=True):
    """The drafts that a drafting made or renewed, what nobody can carry out, and what the desk does itself."""

    orders: tuple[Order, ...]
    undeliverable: tuple[Undeliverable, ...]
    own: tuple[
        Decision, ...
    ] = ()  # in force, and no recipient's: whoever runs the site is written to by the desk
    returned: tuple[Returned, ...] = ()  # what a draft asks again of somebody who sent it back


def draft(
    store: Store, config: Config, *, suffixes: Suffixes, protected: Protected, by: str, now: str
) -> Drafting:
    """One draft per recipient that has a difference; an open draft of a recipient is brought up to date."""
    known = load_decisions(store)
    decisions = [one for one in known if one.measure in ORDERED]
    own = [one for one in known if one.measure not in (*ORDERED, "none") and in_force(one, now)]
    live = [one for one in decisions if in_force(one, now)]
    safe = [one for one in live if not refusals(one.name, one.reach, protected)]
    wanted, left = _wanted(store, safe, config.recipient, suffixes)
    left += [
        Undeliverable(one.id, one.name, one.measure, f"protected ({refusal.guard}: {refusal.detail})")
        for one in live
        for refusal in refusals(one.name, one.reach, protected)[:1]
    ]
    with store.writing():
        orders = rows.load_orders(store)
        made = [
            order
            for recipient in config.recipient
            if (order := _draft_for(store, recipient.id, orders, wanted, decisions, by=by, now=now))
        ]
    named = {one.id for one in config.recipient}
    for gone in sorted({order.recipient for order in orders} - named):
        for item in difference((), standing(orders, gone), decisions, now):
            reason = f"to be lifted at {gone}, which config.toml no longer names"
            left.append(Undeliverable(item.decision, item.name, item.measure, reason))
    back = [one for order in made for one in _returned(store, order, orders)]
    return Drafting(tuple(made), tuple(left), tuple(own), tuple(back))


def _returned(store: Store, draft: Order, orders: Sequence[Order]) -> list[Returned]:
    """Those items of a draft that the last order with them had sent back."""
    last: dict[tuple[str, Key], tuple[Order, int]] = {}
    for order in orders:
        if order.recipient == draft.recipient and order.state != "draft":
            last |= {(one.action, key(one)): (order, at) for at, one in enumerate(order.items, 1)}
    found = []
    for item in draft.items:
        order, number = last.get((item.action, key(item)), (draft, 0))
        if number and (order.state == "rejected" or number in order.refused):
            note = next(
                (
                    one.note
                    for one in reversed(rows.load_receipts(store, order.number))
                    if one.status == "rejected" and number in (one.items or (number,))
                ),
                "",
            )
            found.append(
                Returned(draft.recipient, order.number, number, item.action, item.name, item.decision, note)
            )
    return found


def _draft_for(
    store: Store,
    recipient: str,
    orders: Sequence[Order],
    wanted: Mapping[str, Sequence[OrderItem]],
    decisions: Sequence[Decision],
    *,
    by: str,
    now: str,
) -> Order | None:
    """The recorded draft for one recipient; None when there is nothing to do (an open draft is emptied)."""
    items = difference(wanted.get(recipient, ()), standing(orders, recipient), decisions, now)
    open_draft = next((one for one in orders if one.recipient == recipient and one.state == "draft"), None)
    if not items and (open_draft is None or not open_draft.items):
        return None
    number = open_draft.number if open_draft else rows.next_order_number(store)
    order = Order(number, recipient, "draft", now, by, items)
    rows.record_order(store, order)
    record_event(
        store, by, "order.draft", f"order {number}", {"recipient": recipient, "items": len(items)}, now
    )
    return order if items else None


def _wanted(
    store: Store, decisions: Sequence[Decision], recipients: Sequence[Recipient], suffixes: Suffixes
) -> tuple[dict[str, list[OrderItem]], list[Undeliverable]]:
    """Recipient -> the items that decisions in force ask of it; and the decisions nobody can carry out."""
    wanted: dict[str, list[OrderItem]] = {}
    left: list[Undeliverable] = []
    orders = rows.load_orders(store)
    stands = {at for one in recipients for at in standing(orders, one.id)}
    for decision in decisions:
        basis, place = visits(store, decision)
        found, reason = addressees(decision, place, recipients, suffixes)
        for one in found:
            item = OrderItem(
                action="apply",
                decision=decision.id,
                name=decision.name,
                reach=decision.reach,
                measure=decision.measure,
                category=decision.category,
                expires=decision.expires,
                evidence=evidence_digest(basis),
                addresses=one.addresses or (place.addresses() if place else ()),
            )
            wanted.setdefault(one.recipient, []).append(item)
        if reason and (decision.name, decision.reach, decision.measure) not in stands:
            left.append(Undeliverable(decision.id, decision.name, decision.measure, reason))
    return wanted, left
