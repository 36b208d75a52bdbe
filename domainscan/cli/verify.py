"""verify: whether measures are in force where they were asked for, and gone where they were lifted."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Final

import typer

from blocklists.names import Name, unicode_form
from blocklists.protect import load_snapshot
from domainscan import enforce
from domainscan.cli import common
from domainscan.cli.canaries import watch_canaries
from domainscan.cli.press import recipients
from domainscan.config import Config, Recipient
from domainscan.enforce import Want, is_failed, wants_of
from domainscan.model import Check, Decision, Order
from domainscan.orders import order_of
from domainscan.store import Store
from domainscan.store.cases import known_names
from domainscan.store.checks import record_checks
from domainscan.store.decisions import load_decisions
from domainscan.store.orders import UnknownOrder, load_orders
from domainscan.store.published import ever_published

_CANARIES: Final = 3  # of each kind


def verify(
    context: typer.Context,
    recipient: Annotated[list[str] | None, typer.Option(help="Only this recipient. May be repeated.")] = None,
    order: Annotated[int, typer.Option(help="Only the measures of this order.")] = 0,
    canaries: Annotated[
        bool,
        typer.Option("--canaries", help="Only whether names that nobody listed are answered; for a timer."),
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Probe whether measures are in force at their recipients, hit nobody else, and are gone when lifted.

    Verdicts: full, partial, none, over (something else is hit too), lifted, unknown (nobody could tell).
    Exit 1 when a measure is not as it should be, 3 when that could not be told for some.

    With --canaries every resolver is asked for names that must stay open and for nothing else, a line for each
    recipient: exit 1 when one is kept back, 3 when nobody could tell.

    \b
    Examples:
      domainscan verify
      domainscan verify --recipient carrier-a --order 12
      domainscan verify --canaries
    """
    settings = common.whole_settings(context)
    if canaries:
        if order:
            common.fail("--canaries asks for no measure: leave out --order")
        watch_canaries(settings, recipients(settings, recipient or []), named=bool(recipient), json=json)
        return
    now = settings.now()
    with common.answered(), settings.store() as store:
        try:
            chosen = order_of(store, order) if order else None
        except UnknownOrder as error:
            common.fail(str(error))
        named = recipient or ([chosen.recipient] if chosen else [])
        wants = {one.id: _wants(store, one, chosen, now) for one in recipients(settings, named)}
        checks = _probe(store, settings, wants, now)
        record_checks(store, checks)
    if json:
        common.emit_json([common.spelled(one) for one in checks])
    else:
        _print(checks)
    _conclude(checks, chosen)


def _wants(store: Store, recipient: Recipient, order: Order | None, now: str) -> tuple[Want, ...]:
    """What is wanted of one recipient; with an order, only of the decisions in it."""
    released = ever_published(store, recipient.id)
    found = wants_of(recipient, load_decisions(store), load_orders(store), released, now)
    if order is None:
        return found
    decisions = {item.decision for item in order.items}
    return tuple(one for one in found if one.decision in decisions)


def _probe(
    store: Store, settings: common.Settings, wants: Mapping[str, Sequence[Want]], now: str
) -> list[Check]:
    """The checks, from the network. Ends the program with exit 4 for a resolver or network that is none."""
    folder = settings.config.packs.folder
    try:
        signs = enforce.load_signs(Path(folder) if folder else None)
    except enforce.BadSigns as error:
        common.fail(str(error), common.STORE)
    run = enforce.verify(
        wants,
        settings.config,
        known=partial(known_names, store),
        canaries=tuple(_canaries(settings.config, load_decisions(store))),
        signs=signs,
        suffixes=settings.suffixes(),
        label=f"probe-{secrets.token_hex(6)}",
        now=now,
    )
    try:
        return asyncio.run(run)
    except ValueError as error:
        common.fail(str(error), common.STORE)


def _canaries(config: Config, decisions: Sequence[Decision]) -> Iterator[Name]:
    """Names that must never be hit: our own, those on which people decided `none`, and popular ones."""
    yield from (Name(one) for one in config.protect.names[:_CANARIES])
    cleared = (one.name for one in reversed(decisions) if one.measure == "none" and one.state == "approved")
    yield from islice(cleared, _CANARIES)
    popular = (group.names for group in load_snapshot().groups if group.guard == "popular")
    yield from islice((name for names in popular for name in names), _CANARIES)


def _print(checks: Sequence[Check]) -> None:
    rows = [
        (
            one.recipient,
            one.name if one.name == unicode_form(one.name) else f"{one.name} ({unicode_form(one.name)})",
            one.wanted,
            one.verdict,
            one.detail,
        )
        for one in checks
    ]
    if rows:
        common.table("", ("recipient", "name", "wanted", "verdict", "seen"), rows)


def _conclude(checks: Sequence[Check], order: Order | None = None) -> None:
    """A word on the whole, and the exit code."""
    failed = sum(is_failed(one.wanted, one.verdict) for one in checks)
    unknown = sum(one.verdict == "unknown" for one in checks)
    if not checks:
        why = ": no list was exported and no order issued for a decision"
        common.note(
            f"nothing to verify{f' of order {order.number}, which is {order.state}' if order else why}"
        )
        return
    fine = len(checks) - failed - unknown
    common.note(f"{common.counted(len(checks), 'check')}: {fine} as wanted, {failed} not, {unknown} unknown")
    if failed:
        raise typer.Exit(common.FLAGGED)
    if unknown:
        raise typer.Exit(common.PARTLY)
