"""Who else would be hit: an interval that never claims to know what nobody saw."""

from __future__ import annotations

from typing import Any

import pytest

from domainscan.collateral import estimate
from domainscan.model import Certificate, Link, Name, Page, Reach

KNOWN = (Name("alpha.example"), Name("www.alpha.example"), Name("shop.alpha.example"), Name("other.example"))


def certificate(*names: str, total: int = 0) -> Certificate:
    return Certificate("CN=x", "CN=y", "", "", names=names, names_total=total or len(names))


@pytest.mark.parametrize(
    ("reach", "names", "interval", "why"),
    [
        (Reach.HOST, ("alpha.example", "*.alpha.example"), "0", "a host is one name"),
        (Reach.WWW, ("alpha.example",), "1", "its www was seen"),
        (Reach.SUBTREE, ("alpha.example",), "2", "www and shop were seen"),
        (Reach.SUBTREE, ("alpha.example", "pay.alpha.example"), "2-3", "the certificate mentions one more"),
        (Reach.SUBTREE, ("*.alpha.example",), "2-?", "a wildcard: nobody can say"),
    ],
)
def test_interval(
    reach: Reach, names: tuple[str, ...], interval: str, why: str, observation: Any, suffixes: Any
) -> None:
    seen = observation("alpha.example", certificate=certificate(*names))
    found = estimate(Name("alpha.example"), reach, seen, known=KNOWN, cohosted=(), suffixes=suffixes)
    assert found.interval == interval, why


def test_a_certificate_read_in_part_leaves_the_upper_bound_open(observation: Any, suffixes: Any) -> None:
    seen = observation("alpha.example", certificate=certificate("alpha.example", total=400))
    found = estimate(Name("alpha.example"), Reach.SUBTREE, seen, known=(), cohosted=(), suffixes=suffixes)
    assert found.high is None
    assert found.notes == ("the certificate has 400 names, 1 were read",)


def test_links_and_hostile_urls_are_mentions_at_most(observation: Any, suffixes: Any) -> None:
    links = tuple(
        Link(url) for url in ("https://pay.alpha.example/", "https://[::bad/", "https://else.example/")
    )
    page = Page(url="https://alpha.example/", http_status=200, links=links)
    found = estimate(
        Name("alpha.example"), Reach.SUBTREE, observation("alpha.example", page=page), known=(), cohosted=(),
        suffixes=suffixes,
    )  # fmt: skip
    assert (found.interval, found.mentioned) == ("0-1", ("pay.alpha.example",))


def test_strangers_at_the_same_place_are_counted_apart(observation: Any, suffixes: Any) -> None:
    seen = observation("alpha.example", certificate=certificate("alpha.example", "stranger.example"))
    found = estimate(
        Name("alpha.example"), Reach.SUBTREE, seen, known=(), suffixes=suffixes,
        cohosted=(Name("neighbour.example"), Name("www.alpha.example")),
    )  # fmt: skip
    assert (found.interval, found.cohosted) == ("0", ("neighbour.example", "stranger.example"))


def test_a_tenant_of_a_platform_names_the_platform(suffixes: Any) -> None:
    found = estimate(Name("bad.pages.lab"), Reach.HOST, None, known=(), cohosted=(), suffixes=suffixes)
    assert (found.platform, found.interval) == ("pages.lab", "0")


def test_a_public_suffix_has_no_upper_bound(suffixes: Any) -> None:
    found = estimate(Name("pages.lab"), Reach.SUBTREE, None, known=(), cohosted=(), suffixes=suffixes)
    assert found.interval == "0-?"
