"""Orders to recipients, line by line, and the receipts that came back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from domainscan.model import Order, OrderItem, Receipt
from domainscan.store.base import Store
from domainscan.store.errors import StoreError
from domainscan.store.packing import plain

_FIELDS: Final = (
    "recipient, state, drafted_at, drafted_by, issued_at, issued_by, receipt_due, execution_due, digest"
)
_FINAL: Final = ("executed", "rejected")


class UnknownOrder(StoreError):
    """No order has this number."""


class OrderRefused(StoreError):
    """An issued order stays as it is, and a draft has no receipts."""


def next_order_number(store: Store) -> int:
    return int(store.value("SELECT coalesce(max(number), 0) + 1 FROM orders"))


def record_order(store: Store, order: Order) -> None:
    """Writes a draft, replaces a draft, issues it or moves an issued order on. Raises OrderRefused."""
    head = tuple(getattr(order, field) for field in _FIELDS.split(", "))
    with store.writing() as db:
        before = store.value("SELECT state FROM orders WHERE number = ?", order.number)
        try:
            if before is None:
                start = (order.recipient, "draft", order.drafted_at, order.drafted_by, "", "", "", "", "")
                db.execute(
                    f"INSERT INTO orders (number, {_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                    (order.number, *start),
                )
            if before in (None, "draft"):
                _write_items(store, order)
            elif _known(store, order.number).items != order.items:
                raise OrderRefused(f"order {order.number} was issued: its lines cannot change")
            db.execute(
                "UPDATE orders SET recipient = ?, state = ?, drafted_at = ?, drafted_by = ?, issued_at = ?,"
                " issued_by = ?, receipt_due = ?, execution_due = ?, digest = ? WHERE number = ?",
                (*head, order.number),
            )
        except sqlite3.IntegrityError as error:
            raise OrderRefused(f"order {order.number}: {error}") from error


def _write_items(store: Store, order: Order) -> None:
    store.db.execute('DELETE FROM order_items WHERE "order" = ?', (order.number,))
    store.db.conn.executemany(
        'INSERT INTO order_items ("order", position, action, decision, name, reach, measure, category,'
        " expires, evidence, addresses) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(
                    order.number,
                    position,
                    item.action,
                    item.decision,
                    item.name,
                    str(item.reach),
                    item.measure,
                ),
                *(item.category, item.expires, item.evidence, " ".join(item.addresses)),
            )
            for position, item in enumerate(order.items, 1)
        ],
    )


def load_order(store: Store, number: int) -> Order | None:
    """The order with this number; None when there is none."""
    rows = store.rows("SELECT * FROM orders WHERE number = ?", number)
    return _order(store, rows[0]) if rows else None


def _known(store: Store, number: int) -> Order:
    order = load_order(store, number)
    if order is None:
        raise UnknownOrder(f"no order {number}")
    return order


def load_orders(store: Store, *, recipient: str = "", state: str = "") -> list[Order]:
    """Orders by recipient and state where they are given, in the order of their numbers."""
    rows = store.rows(
        "SELECT * FROM orders WHERE (? = '' OR recipient = ?) AND (? = '' OR state = ?) ORDER BY number",
        *(recipient, recipient, state, state),
    )
    return [_order(store, row) for row in rows]


def orders_about(store: Store, decisions: Iterable[int]) -> list[Order]:
    """Orders that were issued with items on these decisions, in the order of their numbers."""
    numbers = {
        row[0]
        for one in decisions
        for row in store.rows('SELECT "order" FROM order_items WHERE decision = ?', one)
    }
    found = (_known(store, number) for number in sorted(numbers))
    return [one for one in found if one.state != "draft"]


def _order(store: Store, row: sqlite3.Row) -> Order:
    items = store.rows(
        "SELECT action, decision, name, reach, measure, category, expires, evidence, addresses"
        ' FROM order_items WHERE "order" = ? ORDER BY position',
        row["number"],
    )
    told = store.rows(
        'SELECT status, items, until FROM receipts WHERE "order" = ? ORDER BY id', row["number"]
    )
    refused = {int(one) for status, which, _ in told if status == "rejected" for one in which.split()}
    return Order(
        **{key: row[key] for key in row.keys()},  # noqa: SIM118
        items=tuple(_item(item) for item in items),
        refused=tuple(sorted(refused)),
        until=next((until for *_, until in reversed(told) if until), ""),
    )


def _item(row: Sequence[str]) -> OrderItem:
    values = dict(zip(OrderItem.__struct_fields__, row, strict=True))
    return msgspec.convert(values | {"addresses": tuple(values["addresses"].split())}, OrderItem)


def record_receipt(store: Store, receipt: Receipt) -> None:
    """Keeps the answer and moves the order on; a late `received` does not undo an `executed`.

    Items that were sent back leave the others as they stand; with the last one the order is rejected.
    Raises UnknownOrder; OrderRefused when the order is a draft.
    """
    with store.writing() as db:
        order = _known(store, receipt.order)
        if order.state == "draft":
            raise OrderRefused(f"order {receipt.order} is a draft: issue it first")
        db.execute(
            'INSERT INTO receipts ("order", status, at, recorded_by, reference, note, items, until)'
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(receipt.order, receipt.status, receipt.at, receipt.recorded_by),
                *(plain(receipt.reference), plain(receipt.note)),
                *(" ".join(map(str, receipt.items)), receipt.until),
            ),
        )
        state = _state_after(order, receipt)
        db.execute("UPDATE orders SET state = ? WHERE number = ?", (state, receipt.order))


def _state_after(order: Order, receipt: Receipt) -> str:
    """Where an answer leaves its order."""
    if receipt.status == "received" and order.state in _FINAL:
        return order.state
    if not receipt.items or len({*order.refused, *receipt.items}) == len(order.items):
        return receipt.status
    return "received" if order.state == "issued" else order.state


def load_receipts(store: Store, order: int = 0) -> list[Receipt]:
    """The answers to one order, or to all, in the order they came in."""
    rows = store.rows(
        'SELECT "order", status, at, recorded_by, reference, note, items, until FROM receipts'
        ' WHERE ? = 0 OR "order" = ? ORDER BY id',
        *(order, order),
    )
    return [Receipt(**{**dict(row), "items": tuple(map(int, row["items"].split()))}) for row in rows]
