"""Where a site lives, and whether it does: shared hosts, parked names, sites their provider has cut."""

from __future__ import annotations

from domainscan.model import Answers, Failure, Observation, Page, Reading
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
    for one in context.vocabulary.cut:
        shown = _matches(one, observation, begins)
        if shown:
            return Reading(1.0, "yes or no", (one.id, shown))
    return Reading(0.0, "yes or no")


def _matches(sign: Fingerprint, observation: Observation, begins: str) -> str:
    """What of a fingerprint was seen in the visit, whose page begins so; "" when it does not fit."""
    for hop in observation.hops:
        for part in sign.locations:
            if part in hop.location or part in hop.url:
                return f"redirect to {part}"
    page = observation.page
    if isinstance(page, Page) and (not sign.http_status or page.http_status == sign.http_status):
        return next((text for text in sign.texts if text.lower() in begins), "")
    return ""
