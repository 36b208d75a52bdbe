"""Whether resolvers of recipients keep names back that nobody listed: canaries alone, made for each minute."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.config import Config, Recipient
from domainscan.enforce.carriers import Asker, Probe, see_names
from domainscan.enforce.verdicts import KEPT_BACK, Seen, words_of
from domainscan.model import Check, Record
from domainscan.net.dns import Resolver, resolver_of


class Look(Record, frozen=True):
    """What one recipient's resolvers said of the canaries."""

    recipient: str
    state: str  # open | over | unknown
    canaries: int
    resolvers: int
    seen: tuple[Seen, ...]

    @property
    def kept(self) -> tuple[Seen, ...]:
        """The canaries that are kept back somewhere."""
        return tuple(one for one in self.seen if one.state in KEPT_BACK)

    @property
    def line(self) -> str:
        """The look in a few words."""
        if self.kept:
            return f"{self.recipient}: over: kept back: {words_of(self.kept)}"
        counts = f"{self.canaries} {'canary' if self.canaries == 1 else 'canaries'} at "
        counts += f"{self.resolvers} {'resolver' if self.resolvers == 1 else 'resolvers'}"
        if self.state == "open":
            return f"{self.recipient}: open: {counts}"
        return f"{self.recipient}: unknown: {counts}, and at some of them nobody could tell"


async def look_at_canaries(
    recipients: Iterable[Recipient],
    config: Config,
    canaries: Mapping[str, Sequence[Name]],
    suffixes: Suffixes,
    label: str,
) -> list[Look]:
    """A look for each recipient: recipient id -> its canaries. `label` is a random label that no site has.

    All are asked at once: one that is silent, which takes seconds for each name, must not outlast the minute.
    """
    resolver = resolver_of(config.net)
    control = Asker(resolver, "our resolvers")
    try:
        return await asyncio.gather(
            *(_look(one, canaries.get(one.id, ()), control, suffixes, label) for one in recipients)
        )
    finally:
        await resolver.close()


async def _look(
    recipient: Recipient, names: Sequence[Name], control: Asker, suffixes: Suffixes, label: str
) -> Look:
    servers = [Resolver([one]) for one in recipient.resolvers]
    probes = [
        Probe(recipient, Asker(one, name), control, suffixes, label)
        for one, name in zip(servers, recipient.resolvers, strict=True)
    ]
    try:
        found = await asyncio.gather(
            *(see_names(probe, name, [(name, False)]) for probe in probes for name in names)
        )
    finally:
        for one in servers:
            await one.close()
    seen = tuple(one for some in found for one in some)
    return Look(recipient.id, state_of(recipient.resolvers, seen), len(names), len(probes), seen)


def state_of(resolvers: Iterable[str], seen: Sequence[Seen]) -> str:
    """`over` when a canary is kept back; `open` when every resolver answers one at least like the control. Pure."""
    if any(one.state in KEPT_BACK for one in seen):
        return "over"
    told = {one.resolver for one in seen if one.state == "same"}
    return "open" if told and told >= set(resolvers) else "unknown"


def changes(look: Look, standing: Iterable[Name], listed: Collection[Name], now: str) -> list[Check]:
    """What is to be recorded of a look: each canary that is kept back now, and each that is not any more. Pure.

    `standing` are those that are known to be kept back; of them `listed` are on lists by now, and no canaries any more.
    A look that finds all as it was changes nothing, so a year of minutes fills no store.
    """
    known, kept = set(standing), {one.name for one in look.kept}
    states: dict[Name, set[str]] = {}
    for one in look.seen:
        states.setdefault(one.name, set()).add(one.state)
    told = {one.resolver for one in look.seen if one.state == "same"}
    all_told = look.resolvers > 0 and len(told) == look.resolvers
    found = [
        Check(look.recipient, name, 0, now, "over", "lifted", "kept back: " + words_of(_of(look, name)))
        for name in sorted(kept - known)
    ]
    for name in sorted(known - kept):
        if name in listed:
            words = "listed by now: no canary any more"
        elif all_told and name in states and "silent" not in states[name]:
            words = "not kept back any more"
        else:
            continue
        found.append(Check(look.recipient, name, 0, now, "lifted", "lifted", words))
    return found


def _of(look: Look, name: Name) -> tuple[Seen, ...]:
    return tuple(one for one in look.kept if one.name == name)
