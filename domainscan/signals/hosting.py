"""Where a site lives, and whether it does: shared hosts, parked names, sites their provider has cut."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address

from domainscan.model import Answers, Failure, Hop, Observation, Page, Reading
from domainscan.signals.context import Context, Fingerprint


def presence(observation: Observation, context: Context) -> Reading | Failure:
    """1 when the name has something to visit, 0 when a second resolver agreed that it has not."""
    if observation.status == "failed":
        return Failure("not_run", observation.reason)
    return Reading(float(observation.status != "dead"), "yes or no", (observation.status,))


def shared_suffix(observation: Observation, context: Context) -> Reading | Failure:
    """1 when the name lies on a platform that lends out names: a measure belongs to the platform."""
    if not context.suffixes.is_shared(observation.name):
        return Reading(0.0, "yes or no")
    return Reading(1.0, "yes or no", (f"below {context.suffixes.suffix(observation.name)}",))


def parked(observation: Observation, context: Context) -> Reading | Failure:
    """How many signs say that the name is parked or for sale: its name servers, its addresses, its words."""
    servers = observation.lookup("NS")
    found = []
    if isinstance(servers, Answers):
        found += [
            f"name server {value}" for value in servers.values if _is_below(value, context.vocabulary.parking)
        ]
    found += [f"address {value}" for value in observation.addresses() if _parks(value, context)]
    read = context.read(observation)
    if not isinstance(read, Failure):
        terms = read.words.terms("parked")
        short = len(read.words.text) < 2500
        found += sorted(terms) if short else []
    elif isinstance(servers, Failure) and not found:
        return read
    return Reading(float(len(found)), "signs", tuple(found[:4]))


def _is_below(host: str, owners: frozenset[str]) -> bool:
    """Whether a host is one of the owners or below one; sudan.com is not below dan.com."""
    name = host.rstrip(".").lower()
    while name:
        if name in owners:
            return True
        name = name.partition(".")[2]
    return False


def _parks(address: str, context: Context) -> bool:
    try:
        seen = ip_address(address)
    except ValueError:
        return False
    number, version = int(seen), seen.version
    return any(
        first <= number <= last and version == kind for kind, first, last in context.vocabulary.parking_ranges
    )


def provider_cut(observation: Observation, context: Context) -> Reading | Failure:
    """1 when what answered is an access provider's page for a site it has cut."""
    if not observation.hops and isinstance(observation.page, Failure):
        return observation.page
    page = observation.page
    begins = f"{page.title}\n{page.text[:4000]}".lower() if isinstance(page, Page) else ""
    for one, texts in context.vocabulary.cut:
        shown = _redirected(one, observation.hops) if one.locations else ""
        if not shown and isinstance(page, Page) and one.http_status in (0, page.http_status):
            shown = _shown(texts, begins)
        if shown:
            return Reading(1.0, "yes or no", (one.id, shown))
    return Reading(0.0, "yes or no")


def _redirected(sign: Fingerprint, hops: Iterable[Hop]) -> str:
    """Where a visit was sent that the fingerprint names; "" when nowhere."""
    for hop in hops:
        for part in sign.locations:
            if part in hop.location or part in hop.url:
                return f"redirect to {part}"
    return ""


def _shown(texts: Iterable[tuple[str, str]], begins: str) -> str:
    """The first of the texts that a page which begins so shows; "" when it shows none."""
    for text, lowered in texts:
        if lowered in begins:
            return text
    return ""
