"""How an order is shown: as a row, as pages of a terminal, as JSON with all that is known about it."""

from __future__ import annotations

from typing import Any

import msgspec

from blocklists.names import unicode_form
from domainscan import orders as book
from domainscan.cli import common
from domainscan.model import Order
from domainscan.store import Store
from domainscan.store.checks import load_checks
from domainscan.store.orders import load_receipts


def order_document(store: Store, order: Order, now: str) -> dict[str, Any]:
    """An order with everything that is known about it, as JSON."""
    plain: dict[str, Any] = msgspec.to_builtins(order)
    plain["items"] = [common.spelled(item) for item in order.items]
    decisions = {item.decision for item in order.items}
    checks = [one for one in load_checks(store, recipient=order.recipient) if one.decision in decisions]
    return plain | {
        "overdue": book.overdue(order, now),
        "folder": str(book.folder_of(store.home, order.number)) if order.digest else "",
        "problems": list(book.file_problems(store.home, order)),
        "receipts": msgspec.to_builtins(load_receipts(store, order.number)),
        "checks": [common.spelled(one) for one in checks],
    }


def order_table(orders: tuple[Order, ...], now: str) -> None:
    rows = [
        (
            one.number,
            one.recipient,
            one.state
            + (f", {len(one.refused)} sent back" if one.refused and one.state != "rejected" else ""),
            sum(item.action == "apply" for item in one.items),
            sum(item.action == "lift" for item in one.items),
            one.issued_at or one.drafted_at,
            book.due_of(one),
            book.overdue(one, now),
        )
        for one in orders
    ]
    columns = ("order", "recipient", "state", "apply", "lift", "since (UTC)", "due (UTC)", "overdue")
    if rows:
        common.table("", columns, rows)


def print_order(order: Order, document: dict[str, Any], now: str) -> None:
    order_table((order,), now)
    lines = [
        (
            *(number, one.action, one.measure, one.name, unicode_form(one.name), one.reach, one.decision),
            *(one.expires, "sent back" if number in order.refused else ""),
        )
        for number, one in enumerate(order.items, 1)
    ]
    columns = ("item", "action", "measure", "name", "unicode", "reach", "decision", "expires", "answer")
    common.table("Items", columns, lines)
    for title in ("receipts", "checks"):
        if document[title]:
            first = document[title][0]
            common.table(title.capitalize(), tuple(first), [_cells(one) for one in document[title]])
    if document["folder"]:
        print(f"files: {document['folder']}\ndigest: {order.digest}")


def _cells(row: dict[str, Any]) -> list[object]:
    return [" ".join(map(str, one)) if isinstance(one, list | tuple) else one for one in row.values()]
