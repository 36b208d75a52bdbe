"""What a recipient was asked x what people decided -> the items of its next order. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from blocklists.names import Name
from domainscan.listing import in_force
from domainscan.model import Decision, Order, OrderItem, Reach

Key = tuple[Name, Reach, str]


def key(item: OrderItem) -> Key:
    """What makes two items the same measure."""
    return (item.name, item.reach, item.measure)


def appliers(orders: Iterable[Order], order: Order) -> dict[Key, Order]:
    """The last order before `order` that put each measure in force at its recipient."""
    before = [one for one in orders if one.recipient == order.recipient and one.number < order.number]
    before.sort(key=lambda one: one.number)
    return {key(item): one for one in before for item in one.asked() if item.action == "apply"}


def standing(orders: Iterable[Order], recipient: str) -> dict[Key, OrderItem]:
    """What the recipient was asked to have in force: its orders replayed, less drafts and what it sent back."""
    found: dict[Key, OrderItem] = {}
    for order in sorted(orders, key=lambda one: one.number):
        if order.recipient != recipient:
            continue
        for item in order.asked():
            if item.action == "apply":
                found[key(item)] = item
            else:
                found.pop(key(item), None)
    return found


def difference(
    wanted: Iterable[OrderItem], stands: Mapping[Key, OrderItem], decisions: Iterable[Decision], now: str
) -> tuple[OrderItem, ...]:
    """Lifts, then what to apply: from what stands at a recipient to what is wanted of it.

    A measure is lifted when no decision in force asks for it any more, not when its site moved elsewhere.
    A newer decision on the same measure is applied again, for it carries a new expiry.
    """
    asked = {(one.name, one.reach, one.measure) for one in decisions if in_force(one, now)}
    lifts = [msgspec.structs.replace(item, action="lift") for at, item in stands.items() if at not in asked]
    newest: dict[Key, OrderItem] = {}
    for item in sorted(wanted, key=lambda one: (one.expires, one.decision)):
        newest[key(item)] = item
    applies = [
        item for at, item in newest.items() if at not in stands or stands[at].decision != item.decision
    ]
    return (*sorted(lifts, key=key), *sorted(applies, key=key))


def due(moment: str, hours: int) -> str:
    """`moment` plus so many hours, UTC, ISO 8601."""
    return (datetime.fromisoformat(moment) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def overdue(order: Order, now: str) -> str:
    """`receipt` or `execution` when that answer is late; "" when nothing is."""
    if order.state == "issued" and order.receipt_due < now:
        return "receipt"
    return "execution" if order.state in ("issued", "received") and due_of(order) < now else ""


def due_of(order: Order) -> str:
    """When its execution is to be reported: as the letter says, or until when the recipient was given time."""
    return max(order.execution_due, order.until)
