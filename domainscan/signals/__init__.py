"""Signals: pure measurements of an observation, by name."""

from __future__ import annotations

from collections.abc import Callable, Container
from typing import Final

from domainscan.model import Failure, Observation, Reading
from domainscan.signals import (
    brands,
    certificates,
    commerce,
    hosting,
    kin,
    labels,
    letters,
    links,
    names,
    pages,
    policies,
    registration,
    services,
    short,
    wording,
)
from domainscan.signals.context import Context

Signal = Callable[[Observation, Context], Reading | Failure]

SIGNALS: Final[dict[str, Signal]] = {
    # names
    "abuse_tokens": names.abuse_tokens,
    "brand_lookalike": names.brand_lookalike,
    "name_letters": letters.name_letters,
    "mixed_script": names.mixed_script,
    # registration and certificates
    "registration_age": registration.registration_age,
    "certificate_age": certificates.certificate_age,
    "certificate_problems": certificates.certificate_problems,
    # hosting
    "presence": hosting.presence,
    "shared_suffix": hosting.shared_suffix,
    "parked": hosting.parked,
    "provider_cut": hosting.provider_cut,
    # pages
    "offers": pages.offers,
    "offer_setting": pages.offer_setting,
    "manner": pages.manner,
    "assurances": pages.assurances,
    "minors": pages.minors,
    "age_gate": pages.age_gate,
    "hidden_offers": pages.hidden_offers,
    "own_rules": policies.own_rules,
    "short_page": short.short_page,
    "wording": wording.wording,
    # brands
    "brand_imitation": brands.brand_imitation,
    "lures": brands.lures,
    # commerce and links
    "trade": commerce.trade,
    "downloads": links.downloads,
    "affiliate": links.affiliate,
    "doorway": links.doorway,
    # services and kin
    "generative_service": services.generative_service,
    "labels": labels.labels,
    "filing": services.filing,
    "number_owner": services.number_owner,
    "decided_kin": kin.decided_kin,
}

# Those whose reading follows from the name, its own page and the vocabulary alone: neither time nor history is in it.
OF_THE_PAGE: Final = frozenset(
    (
        "offers", "offer_setting", "manner", "assurances", "minors", "age_gate", "hidden_offers", "short_page",
        "brand_imitation", "lures", "trade", "downloads", "affiliate", "doorway", "generative_service", "filing",
        "labels", "wording", "own_rules",
    )
)  # fmt: skip


def measure(
    observation: Observation, context: Context, without: Container[str] = ()
) -> dict[str, Reading | Failure]:
    """Every signal's reading of an observation, or the failure that prevented it; but for those `without`."""
    return {name: signal(observation, context) for name, signal in SIGNALS.items() if name not in without}
