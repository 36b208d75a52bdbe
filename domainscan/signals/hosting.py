"""Where a site lives, and whether it does: shared hosts, parked names, sites their provider has cut."""

from __future__ import annotations

from collections.abc import Iterable

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
    """How many signs say that the name is parked or for sale: its name servers, its words."""
    servers = observation.lookup("NS")
    found = []
    if isinstance(servers, Answers):
        found += [
            f"name server {value}"
            for value in servers.values
            if value.rstrip(".").endswith(context.vocabulary.parking)
        ]
    read = context.read(observation)
    if not isinstance(read, Failure):
        terms = read.words.terms("parked")
        short = len(read.words.text) < 2500
        found += sorted(terms) if short else []
    elif isinstance(servers, Failure):
        return read
    return Reading(float(len(found)), "signs", tuple(found[:4]))


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
