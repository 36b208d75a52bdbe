"""A draft -> an issued order with its letters on disk; and the answers of its recipient.

draft -> issued -> received -> executed | rejected. A recipient may answer with the execution at once, say more than
once that it has the order (to ask for time), and send single items back, also after the others were executed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from blocklists.protect import Protected
from blocklists.suffixes import Suffixes
from domainscan.config import Config, Desk
from domainscan.listing import in_force, refusals
from domainscan.model import Decision, Order, Receipt
from domainscan.orders.difference import appliers, due, due_of, key
from domainscan.orders.files import folder_of, write_files
from domainscan.orders.grounds import grounds_of
from domainscan.orders.letters import digest_of, order_files
from domainscan.store import Store
from domainscan.store import orders as rows
from domainscan.store.audit import record_event
from domainscan.store.decisions import load_decisions

NEXT_STATES: Final[dict[str, tuple[str, ...]]] = {
    "draft": ("issued",),
    "issued": ("received", "executed", "rejected"),
    "received": ("received", "executed", "rejected"),
    "executed": (),
    "rejected": (),
}


class WrongState(ValueError):
    """Raised when an order's state does not allow the step; the message names both."""


class BadAnswer(ValueError):
    """Raised for an answer that says what an answer cannot say of this order; the message names it."""


class NotIssuable(ValueError):
    """Raised when a draft must not leave the house as it is; the message says why, item by item."""


def issue(
    store: Store, config: Config, number: int, *, suffixes: Suffixes, protected: Protected, by: str, now: str
) -> Order:
    """The order, frozen: its letters are on disk before its row says `issued`.

    Raises UnknownOrder, WrongState, and NotIssuable: a decision ended since the draft, a name is protected,
    or the draft is empty.
    """
    with store.writing():
        order = order_of(store, number)
        _step(order, "issued")
        problems = hindrances(order, load_decisions(store), protected, now)
        if problems:
            raise NotIssuable(f"order {number} stays a draft: {'; '.join(problems)}")
        issued = _frozen(order, config.desk, by, now)
        files = render(store, config, issued, suffixes, now)
        write_files(folder_of(store.home, number), files)
        issued = msgspec.structs.replace(issued, digest=digest_of(files))
        rows.record_order(store, issued)
        record_event(store, by, "order.issue", f"order {number}", {"digest": issued.digest}, now)
    return issued


def render(store: Store, config: Config, order: Order, suffixes: Suffixes, now: str) -> dict[str, bytes]:
    """The files of an order as they are, or would be, issued. Raises NotIssuable for an unknown recipient."""
    recipient = next((one for one in config.recipient if one.id == order.recipient), None)
    if recipient is None:
        raise NotIssuable(f"order {order.number}: config.toml names no recipient {order.recipient!r}")
    known = {one.id: one for one in load_decisions(store)}
    lifts = any(item.action == "lift" for item in order.items)
    applied = appliers(rows.load_orders(store), order) if lifts else {}
    grounds = [
        grounds_of(
            store,
            item,
            known[item.decision],
            recipient,
            suffixes,
            now,
            applied=applied.get(key(item)) if item.action == "lift" else None,
        )
        for item in order.items
    ]
    return order_files(order, grounds, recipient, config.desk)


def hindrances(
    order: Order, decisions: Iterable[Decision], protected: Protected, now: str
) -> tuple[str, ...]:
    """Why the draft must not be issued now; empty when it may."""
    if not order.items:
        return ("it has no items left: nothing is to be asked of this recipient",)
    live = [one for one in decisions if in_force(one, now)]
    ids = {one.id for one in live}
    measures = {(one.name, one.reach, one.measure) for one in live}
    found = []
    for item in order.items:
        if item.action == "lift" and key(item) in measures:
            found.append(f"{item.name} was decided anew: draft again")
        elif item.action == "apply" and item.decision not in ids:
            found.append(f"decision {item.decision} on {item.name} is no longer in force: draft again")
        elif item.action == "apply":
            guards = refusals(item.name, item.reach, protected)
            found += [f"{item.name} is protected ({one.guard}: {one.detail})" for one in guards]
    return tuple(found)


def _frozen(order: Order, desk: Desk, by: str, now: str) -> Order:
    return msgspec.structs.replace(
        order,
        state="issued",
        issued_at=now,
        issued_by=by,
        receipt_due=due(now, desk.receipt_hours),
        execution_due=due(now, desk.execution_hours),
    )


def answer(store: Store, receipt: Receipt, now: str) -> Order:
    """The order after the recipient's answer. Raises UnknownOrder and WrongState; BadAnswer.

    Its `at` may name no more than the day the order was issued on: recipients often say no hour.
    """
    with store.writing():
        order = order_of(store, receipt.order)
        _check_answer(order, receipt)
        if receipt.at[:10] < order.issued_at[:10]:
            raise WrongState(
                f"order {order.number} was issued {order.issued_at}: no answer is from {receipt.at}"
            )
        rows.record_receipt(store, receipt)
        answered = order_of(store, order.number)
        detail = {
            key: getattr(receipt, key) for key in ("status", "at", "reference", "note", "items", "until")
        }
        record_event(
            store,
            receipt.recorded_by,
            "order.receipt",
            f"order {order.number}",
            detail | {"state": answered.state},
            now,
        )
        return answered


def _check_answer(order: Order, receipt: Receipt) -> None:
    """Raises WrongState, or BadAnswer, for an answer that this order cannot have had."""
    if receipt.until and receipt.status != "received":
        raise BadAnswer(f"order {order.number}: time is given with `received`, not with {receipt.status}")
    if receipt.until and receipt.until <= due_of(order):
        raise BadAnswer(f"order {order.number}: it has time until {due_of(order)} already")
    if not receipt.items:
        return _step(order, receipt.status)
    if receipt.status != "rejected":
        raise BadAnswer(
            f"order {order.number}: items are answered one by one where they are rejected; the others go with"
            f" `--status {receipt.status}` for the order"
        )
    for item in receipt.items:
        if not 0 < item <= len(order.items):
            raise BadAnswer(f"order {order.number} has no item {item}: its last one is {len(order.items)}")
        if item in order.refused:
            raise BadAnswer(f"order {order.number}: item {item} was sent back already")
    if order.state != "executed":
        _step(order, "rejected")
    return None


def order_of(store: Store, number: int) -> Order:
    """The order with this number. Raises UnknownOrder."""
    order = rows.load_order(store, number)
    if order is None:
        raise rows.UnknownOrder(f"no order {number}: `orders list` shows those that exist")
    return order


def _step(order: Order, state: str) -> None:
    allowed = NEXT_STATES[order.state]
    if state not in allowed:
        way = f"it can become {' or '.join(allowed)}" if allowed else "that is its end"
        raise WrongState(f"order {order.number} is {order.state} and cannot become {state}: {way}")
