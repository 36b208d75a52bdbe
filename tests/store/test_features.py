"""What a visit shows that its people's other sites would show too, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from blocklists.suffixes import Suffixes, load_suffixes
from domainscan.model import Answers, Certificate, Failure, Hop, Icon, Link, Lookup, Observation
from domainscan.store.features import CERTIFICATE_DOMAINS, features_of

TEXT, SHAPE = "0123456789abcdef", "fedcba9876543210"
HASHED = {"text_hash": TEXT, "shape_hash": SHAPE}


@pytest.fixture(scope="module")
def suffixes() -> Suffixes:
    return load_suffixes(["lab", "pages.lab"])


@pytest.fixture
def seen(observation: Callable[..., Observation]) -> Callable[..., Observation]:
    """A visit of alpha.lab whose page shows these things; further facts by name."""

    def make(shows: dict[str, Any] | None = None, name: str = "alpha.lab", **facts: Any) -> Observation:
        one = observation(name)
        return replace(replace(one, page=replace(one.page, **(shows or {}))), **facts)

    return make


def issued(*names: str, total: int = 0) -> Certificate:
    return Certificate("CN=x", "CN=ca", "", "", names, total or len(names), fingerprint="sha256:f")


MANY = tuple(f"n{n}.lab" for n in range(CERTIFICATE_DOMAINS - 1))
ROWS: list[tuple[dict[str, Any], dict[str, Any], list[str], str]] = [
    # what the page shows, further facts, features, why
    ({"accounts": ("google:G-1A2B3C4D5E",)}, {}, ["analytics google:G-1A2B3C4D5E"], "an account"),
    ({"text": "京ICP备2023012345号-1"}, {}, ["number 京ICP备2023012345号"], "a registration number, for all its sites"),
    ({"links": (Link("https://t.me/quiet_harbour"),)}, {}, ["contact telegram:quiet_harbour"], "a handle"),
    ({"scripts": ("https://alpha.lab/app.3f2a1b9c.js",)}, {}, ["script app.3f2a1b9c.js"], "its own bundle"),
    ({"scripts": ("https://cdn.lab/app.3f2a1b9c.js",)}, {}, [], "a bundle from elsewhere"),
    ({"meta": (("msvalidate.01", "0123456789"),)}, {}, ["token msvalidate.01=0123456789"], "a token on the page"),
    ({}, {"resolution": (Lookup("TXT", Answers(("google-site-verification=abcdef",))),)},
     ["token google-site-verification=abcdef"], "a token in a record"),
    ({}, {"resolution": (Lookup("TXT", Answers(("google-site-verification=abcdef",), chain=("other.lab",))),)},
     [], "a record of another's, by alias"),
    ({}, {"icon": Icon("https://alpha.lab/i.png", "-7", "sha256:i", 9)}, ["favicon -7"], "an icon"),
    ({}, {"icon": Failure("not_run")}, [], "no icon"),
    ({"accounts": ("google:G-1A2B3C4D5E",), "url": "https://victim.lab/"}, {}, [], "a page where a redirect led"),
    ({"accounts": ("google:G-1A2B3C4D5E",), "url": "https://www.alpha.lab/"}, {},
     ["analytics google:G-1A2B3C4D5E"], "its www"),
    ({"accounts": ("google:G-1A2B3C4D5E",), "http_status": 403}, {}, [], "a provider's page of a cut site"),
    ({}, {"hops": (Hop("https://alpha.lab/", address="127.77.9.9"),)}, [], "an address"),
    ({}, {"certificate": issued("alpha.lab", "*.beta.lab")},
     ["certificate sha256:f", "san alpha.lab", "san beta.lab"], "a certificate with a neighbour"),
    ({}, {"certificate": issued("alpha.lab", "www.alpha.lab")}, [], "one of its own only can be nobody else's"),
    ({}, {"certificate": issued("server.hoster.lab", "hoster.lab", "x.lab")}, [], "a hoster's default"),
    ({}, {"certificate": issued("alpha.lab", *MANY)},
     sorted(["certificate sha256:f", *(f"san {one}" for one in ("alpha.lab", *MANY))]), "the bound: ten domains"),
    ({}, {"certificate": issued("alpha.lab", *MANY, "one-more.lab")}, [], "a hoster's for eleven customers"),
    ({}, {"certificate": issued("alpha.lab", "beta.lab", total=200)}, [], "only the first of its names are known"),
    ({}, {"name": "shop.pages.lab", "certificate": issued("*.pages.lab", "pages.lab")}, [], "a platform's for all"),
]  # fmt: skip


@pytest.mark.parametrize(("shows", "facts", "expected", "why"), ROWS, ids=[row[3] for row in ROWS])
def test_features(
    shows: Any, facts: Any, expected: list[str], why: str, seen: Any, suffixes: Suffixes
) -> None:
    assert [" ".join(one) for one in features_of(seen(shows, **facts), suffixes)] == expected


def test_of_a_page_that_is_known_its_features_are_not_gathered_anew(seen: Any, suffixes: Suffixes) -> None:
    visit = seen(HASHED, certificate=issued("alpha.lab", "beta.lab"))
    rest = features_of(visit, suffixes, page=False)
    assert [" ".join(one) for one in rest] == ["certificate sha256:f", "san alpha.lab", "san beta.lab"]
    assert {kind for kind, _ in features_of(visit, suffixes)} - {kind for kind, _ in rest} == {
        "shape64", "shape64.1", "shape64.2", "shape64.3", "text64", "text64.1", "text64.2", "text64.3"
    }  # fmt: skip


def test_a_page_on_which_something_fired_is_kept_under_all_bands(seen: Any, suffixes: Suffixes) -> None:
    assert features_of(seen(HASHED), suffixes, banded=False) == (("shape64", SHAPE), ("text64", TEXT))
    assert features_of(seen(HASHED), suffixes) == (
        ("shape64", "fedcba9876543210"),
        ("shape64.1", "ba9876543210fedc"),
        ("shape64.2", "76543210fedcba98"),
        ("shape64.3", "3210fedcba987654"),
        ("text64", "0123456789abcdef"),
        ("text64.1", "456789abcdef0123"),
        ("text64.2", "89abcdef01234567"),
        ("text64.3", "cdef0123456789ab"),
    )


def test_the_writer_keeps_bands_of_judged_pages_only(desk) -> None:
    desk.visit("quiet.lab", shows=HASHED)
    desk.visit("loud.lab", ("H01", "low"), shows=HASHED)
    rows = desk.store.rows("SELECT name, count(*) FROM features GROUP BY name ORDER BY name")
    assert [tuple(row) for row in rows] == [("loud.lab", 8), ("quiet.lab", 2)]
