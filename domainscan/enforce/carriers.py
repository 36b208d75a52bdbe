"""What a carrier's resolvers answer for the names of a measure, beside what our own resolvers answer.

Asked are the names a measure covers, names just outside it, a random sibling that shows how
the resolver says "no such name", and canaries that nobody listed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final

from blocklists.names import BadName, Name, parents, parse_name
from blocklists.suffixes import Suffixes
from domainscan.collateral import reached
from domainscan.config import Recipient
from domainscan.enforce.verdicts import Result, Seen, Verdict, combine, compare, judge
from domainscan.model import Answers, Failure, Reach, Record
from domainscan.net.dns import Resolver

RTYPES: Final = ("A", "AAAA")
_BELOW: Final = 3  # known names below or beside a measure that are asked about
_AT_ONCE: Final = 16  # measures under way


class Want(Record, frozen=True):
    """A measure at one recipient, and what should be seen of it."""

    name: Name
    reach: Reach
    measure: str
    decision: int
    wanted: str  # full | lifted
    addresses: tuple[str, ...] = ()  # of the order, where there is one


class Surroundings(Record, frozen=True):
    """What a probe may ask about besides the measure itself."""

    label: str  # random, fresh for every run
    known: dict[Name, tuple[Name, ...]]  # a measure's name -> names that the store knows below it
    canaries: tuple[Name, ...]  # names that nobody listed
    listed: Callable[[Name], bool]  # whether some measure at this recipient is meant to cover a name


class Asker:
    """Asks one resolver each question once in a run: `asker.ask(name)` is the answer per record type."""

    def __init__(self, resolver: Resolver, name: str) -> None:
        self.resolver, self.name = resolver, name
        self._asked: dict[str, asyncio.Task[tuple[Result, ...]]] = {}

    async def ask(self, name: str) -> tuple[Result, ...]:
        if name not in self._asked:
            self._asked[name] = asyncio.ensure_future(self._look(name))
        return await self._asked[name]

    async def _look(self, name: str) -> tuple[Result, ...]:
        return tuple(one.result for one in await self.resolver.lookups(name, RTYPES))


class Probe(Record, frozen=True):
    """One resolver of a recipient, asked beside ours."""

    recipient: Recipient
    theirs: Asker
    ours: Asker
    suffixes: Suffixes
    label: str  # that no site has, fresh for every run


def names_to_ask(want: Want, around: Surroundings, suffixes: Suffixes) -> tuple[tuple[Name, bool], ...]:
    """(name, whether the measure covers it): the names of a measure, and names just outside of it."""
    near = [want.name, *_named((f"www.{want.name}", f"{around.label}.{want.name}"))]
    below = [one for one in around.known.get(want.name, ()) if one not in near][:_BELOW]
    parent = next(parents(want.name), None)
    beside: list[Name] = []
    if parent and not suffixes.is_suffix(parent):
        beside = [parent, *_named((f"www.{parent}",))]
    found = [(one, reached(want.name, want.reach, one)) for one in dict.fromkeys((*near, *below, *beside))]
    outside = [(one, False) for one in around.canaries]
    return tuple((one, inside) for one, inside in (*found, *outside) if inside or not around.listed(one))


def _named(texts: Iterable[str]) -> list[Name]:
    """Those texts that are names: a label before a long name can make it too long."""
    found = []
    for text in texts:
        try:
            found.append(parse_name(text))
        except BadName:
            continue
    return found


def signs_of(recipient: Recipient, control: Sequence[Result], sibling: Sequence[Result]) -> frozenset[str]:
    """What stands for a block at this recipient: its configured fingerprints, its answer for no such name.

    A resolver that sends unknown names to a search page sends blocked names there too.
    """
    signs = set(recipient.fingerprints)
    if not any(isinstance(one, Answers) for one in control):
        signs |= {value for one in sibling if isinstance(one, Answers) for value in (*one.values, *one.chain)}
    return frozenset(signs)


async def check_carrier(
    recipient: Recipient, wants: Sequence[Want], control: Asker, around: Surroundings, suffixes: Suffixes
) -> list[Verdict]:
    """One verdict per measure, in order."""
    if not recipient.resolvers:
        return [Verdict("unknown", f"config.toml names no resolvers of {recipient.id}")] * len(wants)
    servers = [(Resolver([one]), one) for one in recipient.resolvers]
    probes = [
        Probe(recipient, Asker(resolver, name), control, suffixes, around.label) for resolver, name in servers
    ]
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(want: Want) -> Verdict:
        async with gate:
            seen = [each for probe in probes for each in await _look(probe, want, around)]
            return judge(want.wanted, seen)

    try:
        return await asyncio.gather(*(one(want) for want in wants))
    finally:
        for resolver, _ in servers:
            await resolver.close()


async def _look(probe: Probe, want: Want, around: Surroundings) -> list[Seen]:
    """What one resolver says of every name of a measure."""
    return await see_names(probe, want.name, names_to_ask(want, around, probe.suffixes))


async def see_names(probe: Probe, beside: Name, asked: Iterable[tuple[Name, bool]]) -> list[Seen]:
    """What one resolver says of these names; a sibling of `beside` shows how it says "no such name"."""
    above = next(parents(beside), Name(probe.suffixes.suffix(beside)))
    theirs, ours = await _both(probe, f"{probe.label}.{above}")
    signs = signs_of(probe.recipient, ours, theirs)
    refuses = all(isinstance(one, Failure) and one.status == "refused" for one in theirs)
    return list(await asyncio.gather(*(_see(probe, name, inside, signs, refuses) for name, inside in asked)))


async def _both(probe: Probe, name: str) -> tuple[tuple[Result, ...], tuple[Result, ...]]:
    return await asyncio.gather(probe.theirs.ask(name), probe.ours.ask(name))


async def _see(probe: Probe, name: Name, inside: bool, signs: Collection[str], refuses: bool) -> Seen:
    theirs, ours = await _both(probe, name)
    states = [compare(one, two, signs) for one, two in zip(ours, theirs, strict=True)]
    if refuses:  # it refuses a name nobody listed too: that is no block, it just does not serve us
        states = [
            "silent" if _status(one) == "refused" else state
            for one, state in zip(theirs, states, strict=True)
        ]
    return Seen(probe.theirs.name, name, inside, combine(states), "/".join(_status(one) for one in theirs))


def _status(result: Result) -> str:
    return result.status if isinstance(result, Failure) else ",".join(result.values[:2])
