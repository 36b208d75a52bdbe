"""What an access provider's edge or a platform serves for a name now: its page, or the sign that it was cut.

Asked are the addresses in the provider's own networks, the order's included: a site that moved to another
provider is not cut at this one. A random sibling at the same address is the control for resets by name.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files as resources
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from blocklists.names import Name, covers, parents
from domainscan.config import Recipient
from domainscan.enforce.carriers import Asker, Surroundings, Want
from domainscan.enforce.verdicts import Seen, Verdict, judge
from domainscan.model import Answers, Failure, Reach, Record
from domainscan.net.fetch import Fetcher, Reply
from domainscan.providers import addresses_within, networks_of
from domainscan.signals.context import Fingerprint

FILE: Final = "fingerprints.toml"
GONE: Final = (404, 410, 451)  # what a platform answers for what it took down
_BROKEN: Final = ("refused", "unreachable", "tls_error", "bad_response")
_ADDRESSES: Final = 2  # of one name
_NEIGHBOURS: Final = 2  # unlisted names at the same addresses
_BYTES: Final = 256 * 1024
_READ: Final = 16 * 1024  # a cut-off page is short; a long page may quote one
_SECONDS: Final = 10.0
_AT_ONCE: Final = 8


class BadSigns(Exception):
    """Raised for a file of fingerprints that cannot be read; the message names it."""


class Target(Record, frozen=True):
    """A name to fetch at addresses of the recipient."""

    name: Name
    inside: bool
    addresses: tuple[str, ...]


def load_signs(folder: Path | None = None) -> tuple[Fingerprint, ...]:
    """How access providers answer for what they have cut: from the pack's `fingerprints.toml`.

    Raises BadSigns.
    """
    place = folder / FILE if folder and (folder / FILE).exists() else resources("domainscan") / "packs" / FILE
    try:
        table = tomllib.loads(place.read_text("utf-8"))
        found = msgspec.convert(table.get("fingerprint", []), tuple[Fingerprint, ...])
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadSigns(f"{place}: {error}") from error
    return tuple(one for one in found if one.kind == "cut")


class Edge:
    """Fetches from one recipient and reads what comes back."""

    def __init__(
        self, recipient: Recipient, fetcher: Fetcher, label: str, signs: Iterable[Fingerprint]
    ) -> None:
        self.recipient, self.fetcher, self.label = recipient, fetcher, label
        own = [
            Fingerprint(one, "cut", texts=(one,), locations=(one,)) for one in recipient.fingerprints if one
        ]
        self.signs = (*own, *signs)

    async def see(self, target: Target, scheme: str, address: str) -> Seen:
        """What one address serves for the name over one scheme."""
        place = f"{scheme}://{address}"
        found = await self.fetch(target.name, scheme, address)
        if isinstance(found, Reply):
            state, detail = self.read(found, target.name)
            return Seen(place, target.name, target.inside, state, detail)
        if found.status not in _BROKEN:
            return Seen(place, target.name, target.inside, "silent", found.status)
        above = next(parents(target.name), target.name)
        control = await self.fetch(Name(f"{self.label}.{above}"), scheme, address)
        if isinstance(control, Reply):
            return Seen(place, target.name, target.inside, "blocked", f"{found.status} for this name only")
        state = "dead" if control.status in _BROKEN else "silent"
        return Seen(place, target.name, target.inside, state, f"{found.status}, and for any other name too")

    async def fetch(self, name: Name, scheme: str, address: str) -> Reply | Failure:
        """The reply, or why there is none."""
        url = f"{scheme}://{name}/"
        reply = await self.fetcher.fetch(url, (address,), max_bytes=_BYTES, timeout_seconds=_SECONDS)
        if reply.hop.failure is not None and not reply.hop.http_status:
            return reply.hop.failure
        return reply

    def read(self, reply: Reply, name: Name) -> tuple[str, str]:
        """The state that a reply shows, and in words why."""
        status = reply.hop.http_status
        sign = next((one for one in self.signs if _shows(one, reply)), None)
        if sign:
            return "blocked", f"{status} with the sign {sign.id!r}"
        if self.recipient.kind == "platform" and status in GONE:
            return "blocked", f"{status}"
        if status >= 400:
            return "differs", f"{status} without a known sign"
        if 300 <= status < 400 and not _stays(reply.hop.location, name):
            return "differs", f"{status} to another site"
        return "same", f"{status}"


def _shows(sign: Fingerprint, reply: Reply) -> bool:
    """Whether a reply is the cut-off page that the fingerprint describes."""
    if any(one in reply.hop.location for one in sign.locations):
        return True
    if sign.http_status not in (0, reply.hop.http_status):
        return False
    text = reply.body[:_READ].decode("utf-8", "replace").casefold()
    return any(one.casefold() in text for one in sign.texts)


def _stays(location: str, name: Name) -> bool:
    """Whether a redirect leads to the name itself, its www or its apex."""
    host = urlsplit(location).hostname or ""
    return covers(Name(name.removeprefix("www.")), Name(host))


async def check_edge(
    edge: Edge, wants: Sequence[Want], control: Asker, around: Surroundings
) -> list[Verdict]:
    """One verdict per measure, in order."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(want: Want) -> Verdict:
        async with gate:
            targets = await _targets(edge.recipient, want, control, around)
            if not targets:
                reason = (
                    f"no address of {want.name} lies with {edge.recipient.id} now, and its order names none"
                )
                return Verdict("unknown", reason)
            probes = [
                edge.see(target, scheme, address)
                for target in targets
                for address in target.addresses
                for scheme in ("http", "https")
            ]
            return judge(want.wanted, [await probe for probe in probes])

    return await asyncio.gather(*(one(want) for want in wants))


async def _targets(
    recipient: Recipient, want: Want, control: Asker, around: Surroundings
) -> tuple[Target, ...]:
    """The names of the measure with their addresses at the recipient, and unlisted neighbours there."""
    inside = [want.name]
    if want.reach != Reach.HOST and len(want.name) <= 249:
        inside.append(Name(f"www.{want.name}"))
    if want.reach == Reach.SUBTREE:
        inside += [one for one in around.known.get(want.name, ()) if one not in inside][:_ADDRESSES]
    found = []
    for name in inside:
        ordered = want.addresses if name == want.name else ()
        here = _here(recipient, (*await _addresses(name, control), *ordered))
        if here:
            found.append(Target(name, True, here[:_ADDRESSES]))
    places = {address for target in found for address in target.addresses}
    neighbours: list[Target] = []
    for name in around.canaries:
        shared = tuple(sorted(places & set(await _addresses(name, control))))
        if shared and len(neighbours) < _NEIGHBOURS:
            neighbours.append(Target(name, False, shared))
    return (*found, *neighbours)


def _here(recipient: Recipient, addresses: Iterable[str]) -> tuple[str, ...]:
    """Those addresses that are the recipient's; all of them for a platform that names no networks."""
    if recipient.kind == "platform" and not recipient.networks:
        return tuple(sorted(set(addresses)))
    return addresses_within(addresses, networks_of(recipient))


async def _addresses(name: Name, control: Asker) -> tuple[str, ...]:
    found = await control.ask(name)
    return tuple(value for one in found if isinstance(one, Answers) for value in one.values)
