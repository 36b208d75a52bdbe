"""Probes: whether measures work at their recipients, hit nobody else, and are really gone when lifted."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack

from blocklists.names import Name, parents
from blocklists.suffixes import Suffixes
from domainscan.collateral import reached
from domainscan.config import Config, Recipient
from domainscan.enforce.canaries import Look, changes, look_at_canaries
from domainscan.enforce.carriers import Asker, Surroundings, Want, check_carrier
from domainscan.enforce.edges import BadSigns, Edge, check_edge, load_signs
from domainscan.enforce.registry import check_registry
from domainscan.enforce.verdicts import Verdict, is_failed
from domainscan.listing import in_force
from domainscan.model import Check, Decision, Order, OrderItem, Reach
from domainscan.net.dns import resolver_of
from domainscan.net.fetch import Fetcher
from domainscan.net.pace import Pace, steady
from domainscan.net.reach import Gate, local_addresses
from domainscan.providers import measures_of
from domainscan.signals.context import Fingerprint

__all__ = [
    "BadSigns",
    "Look",
    "Want",
    "changes",
    "is_failed",
    "load_signs",
    "look_at_canaries",
    "verify",
    "wants_of",
]


def wants_of(
    recipient: Recipient,
    decisions: Iterable[Decision],
    orders: Iterable[Order],
    published: Iterable[str],
    now: str,
) -> tuple[Want, ...]:
    """What should be seen at a recipient: measures it was asked for, in force (full) or ended (lifted).

    It was asked by an issued order that it did not reject, or by a published list with the name. An ended
    measure that another one in force still covers is not expected to be gone.
    """
    items = _ordered(orders, recipient.id)
    listed = frozenset(published)
    wants: dict[tuple[Name, Reach, str], Want] = {}
    for one in sorted(decisions, key=lambda each: (in_force(each, now), each.id)):
        asked = one.id in items or (one.measure == "block" and _is_listed(one.name, listed))
        if one.measure not in measures_of(recipient) or not asked or one.state in ("proposed", "rejected"):
            continue
        wanted = "full" if in_force(one, now) else "lifted"
        addresses = items[one.id].addresses if one.id in items else ()
        wants[one.name, one.reach, one.measure] = Want(
            one.name, one.reach, one.measure, one.id, wanted, addresses
        )
    full = [want for want in wants.values() if want.wanted == "full"]
    return tuple(
        want
        for want in wants.values()
        if want.wanted == "full" or not any(reached(one.name, one.reach, want.name) for one in full)
    )


def _ordered(orders: Iterable[Order], recipient: str) -> dict[int, OrderItem]:
    """Decision -> the last line that asked the recipient to apply it."""
    return {
        item.decision: item
        for order in orders
        if order.recipient == recipient
        for item in order.asked()
        if item.action == "apply"
    }


def _is_listed(name: Name, listed: frozenset[str]) -> bool:
    return name in listed or any(above in listed for above in parents(name))


async def verify(
    wants: Mapping[str, Sequence[Want]],
    config: Config,
    *,
    known: Callable[[Name], Iterable[Name]],
    canaries: Iterable[Name],
    signs: Sequence[Fingerprint],
    suffixes: Suffixes,
    label: str,
    now: str,
) -> list[Check]:
    """A Check for every measure: recipient id -> what is wanted of it.

    `known` gives the names below a name that the store knows, `canaries` names that nobody listed, `signs`
    those of a cut, `label` a random label that no site has.
    """
    found: list[Check] = []
    async with AsyncExitStack() as stack:
        resolver = resolver_of(config.net)
        stack.push_async_callback(resolver.close)
        control = Asker(resolver, "our resolvers")
        gate = Gate(config.net, local_addresses())
        fetcher = await stack.enter_async_context(Fetcher(config.net, gate, Pace(steady(config.net))))
        for recipient in config.recipient:
            asked = wants.get(recipient.id, ())
            if not asked:
                continue
            around = _surroundings(asked, label, known, canaries)
            lists = [want for want in asked if want.measure == "block"]
            names = [want for want in asked if want.measure == "suspend-name"]
            sites = [want for want in asked if want.measure not in ("block", "suspend-name")]
            verdicts = [
                *await check_carrier(recipient, lists, control, around, suffixes),
                *await check_registry(names, control, fetcher, config.net.rdap),
                *await check_edge(Edge(recipient, fetcher, label, signs), sites, control, around),
            ]
            pairs = zip((*lists, *names, *sites), verdicts, strict=True)
            found += [_check(recipient.id, want, verdict, now) for want, verdict in pairs]
    return found


def _surroundings(
    wants: Sequence[Want], label: str, known: Callable[[Name], Iterable[Name]], canaries: Iterable[Name]
) -> Surroundings:
    def listed(name: Name) -> bool:
        return any(reached(want.name, want.reach, name) for want in wants)

    below = {want.name: tuple(known(want.name)) for want in wants}
    return Surroundings(label, below, tuple(one for one in canaries if not listed(one)), listed)


def _check(recipient: str, want: Want, verdict: Verdict, now: str) -> Check:
    return Check(recipient, want.name, want.decision, now, verdict.verdict, want.wanted, verdict.detail)
