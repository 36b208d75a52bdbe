"""What a visit shows that another name of the same people would show too: (kind, value), for the table of features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from blocklists.names import Name
from blocklists.suffixes import Suffixes
from domainscan.model import Answers, Certificate, Icon, Observation, Page
from domainscan.read.accounts import own_bundles, tokens_in, tokens_of
from domainscan.read.contacts import contacts_in
from domainscan.read.identifiers import identifiers_of
from domainscan.read.kinds import SITE_BOUND, WELL_FORMED
from domainscan.read.likeness import BANDS, turned
from domainscan.store.packing import plain

Features = tuple[tuple[str, str], ...]
CERTIFICATE_DOMAINS: Final = 10  # on a certificate of more domains strangers stand side by side
HASHES: Final = ("text64", "shape64")
_LONGEST: Final = 200


def features_of(
    observation: Observation,
    suffixes: Suffixes | None = None,
    *,
    banded: bool = True,
    page: bool = True,
) -> Features:
    """The features of one visit, sorted.

    Never an address, an alias or a redirect target: who points his name at another's server makes no kin. The page
    counts where the candidate's own host served it, the TXT records where they are its own.
    `banded`: simhashes under each of their bands, to be found when a few bits differ, or under the first only. Ten
    rows a name took a scan's writer 290 us at 200,000 names and two take 54, so only pages on which something fired
    are worth them. Without `page` those of a page that an earlier visit read, and whose features are recorded, are left
    out.
    """
    found = [*_of_certificate(observation, suffixes), *_of_records(observation)]
    if isinstance(observation.icon, Icon):
        found.append(("favicon", observation.icon.hash))
    if page:
        found += _of_own_page(observation, BANDS if banded else 1)
    return tuple(sorted({(kind, plain(value)[:_LONGEST]) for kind, value in found if value}))


def _of_own_page(observation: Observation, bands: int) -> Iterator[tuple[str, str]]:
    """What the page shows, where the candidate's own host served it."""
    page = observation.page
    if isinstance(page, Page) and page.http_status < 400 and (host := _own_host(observation, page)):
        yield from _of_page(page, host)
        for kind, simhash in zip(HASHES, (page.text_hash, page.shape_hash), strict=True):
            for band in range(bands) if simhash else ():
                yield banded_kind(kind, band), turned(simhash, band)


def banded_kind(kind: str, band: int) -> str:
    """Under what a simhash is kept that begins with its n-th band: `text64`, `text64.1` ..."""
    return f"{kind}.{band}" if band else kind


def _of_page(page: Page, host: str) -> Iterator[tuple[str, str]]:
    for one in identifiers_of(page):
        if one.kind in SITE_BOUND and one.state == WELL_FORMED:
            yield "number", one.base  # which all sites of one operator share
    yield from (("analytics", one) for one in page.accounts)
    yield from (("script", one) for one in own_bundles(page.scripts, host))
    yield from (("contact", one) for one in contacts_in(page.text, page.links))
    yield from (("token", one) for one in tokens_of(page.meta))


def _of_records(observation: Observation) -> Iterator[tuple[str, str]]:
    texts = observation.lookup("TXT")
    if isinstance(texts, Answers) and not texts.chain:
        yield from (("token", one) for one in tokens_in(texts.values))


def _of_certificate(observation: Observation, suffixes: Suffixes | None) -> Iterator[tuple[str, str]]:
    """The certificate and the domains on it, where it is the name's own and holds a second domain, but no crowd.

    A hoster's default certificate does not cover the name; one for all of a platform's customers (`*.github.io`)
    names no domain that anybody registered.
    """
    certificate = observation.certificate
    if not isinstance(certificate, Certificate) or certificate.names_total > len(certificate.names):
        return
    domains = {domain_of(one.lower().removeprefix("*."), suffixes) for one in certificate.names} - {""}
    if 2 <= len(domains) <= CERTIFICATE_DOMAINS and domain_of(observation.name, suffixes) in domains:
        yield "certificate", certificate.fingerprint
        yield from (("san", one) for one in domains)


def domain_of(name: str, suffixes: Suffixes | None) -> str:
    """The registrable domain, "" for a public suffix; without `suffixes` the name itself without its www."""
    if suffixes is None:
        return name.removeprefix("www.")
    return suffixes.registrable(name) or Name("")


def _own_host(observation: Observation, page: Page) -> str:
    """The page's host when it is the candidate's own, not one where a redirect led."""
    host = page.url.partition("://")[2].partition("/")[0].partition(":")[0].lower()
    return host if host in (observation.name, f"www.{observation.name}") else ""
