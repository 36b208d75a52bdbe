"""What a re-scan need not read again, and what makes it look again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domainscan.model import Assessment, Failure, Hop, Observation
from domainscan.store import StoreFailed
from domainscan.store.earlier import Before, earlier_visits, read_earlier
from domainscan.store.packing import pack
from domainscan.tool import tool

MONDAY, TUESDAY = "2026-11-23T12:00:00Z", "2026-11-24T12:00:00Z"
URL = "https://alpha.lab/"
HEADERS = (("ETag", '"1"'), ("Last-Modified", "Mon, 23 Nov 2026 10:00:00 GMT"))


@pytest.fixture
def seen(observation: Callable[..., Observation]) -> Observation:
    one = observation("alpha.lab", at=MONDAY, text="Bread and cakes.")
    assert not isinstance(one.page, Failure)
    hop = Hop(URL, "192.0.2.1", 200, headers=HEADERS, record="<urn:uuid:1>")
    return replace(one, hops=(hop,), page=replace(one.page, url=URL))


@pytest.fixture
def judged(seen: Observation, assessment: Callable[..., Assessment]) -> Assessment:
    return replace(assessment(seen), quiet=True, tool=tool(), suffixes="sha256:s", pack_digest="sha256:p")


def test_the_page_comes_back_with_its_validators_and_where_its_bytes_lie(
    seen: Observation, judged: Assessment
) -> None:
    one = read_earlier(Before(pack(seen), pack(judged)), TUESDAY, "sha256:s")
    assert one is not None
    assert (one.page, one.record, one.received, one.fresh) == (seen.page, "<urn:uuid:1>", MONDAY, True)
    assert (one.etag, one.modified) == ('"1"', "Mon, 23 Nov 2026 10:00:00 GMT")
    late = read_earlier(Before(pack(seen), None), "2026-12-01T12:00:01Z", "sha256:s")
    assert late is not None
    assert (late.fresh, late.quiet) == (False, ""), "a server's word is believed for seven days"


QUIET = [
    ({}, "sha256:p", "the same in everything"),
    ({"quiet": False}, "", "it proved something"),
    ({"tool": "domainscan 0.0.1 code 0"}, "", "other code"),
    ({"suffixes": "sha256:other"}, "", "by other public suffixes the page may be another's"),
]


@pytest.mark.parametrize(("change", "expected", "why"), QUIET, ids=[row[2] for row in QUIET])
def test_a_page_is_quiet_to_the_same_code_and_suffixes_alone(
    change: dict[str, Any], expected: str, why: str, seen: Observation, judged: Assessment
) -> None:
    before = Before(pack(seen), pack(replace(judged, **change)))
    one = read_earlier(before, TUESDAY, "sha256:s")
    assert one is not None
    assert one.quiet == expected


@pytest.mark.parametrize("flag", ["truncated", "incomplete", "not_inspected"])
def test_a_page_that_was_not_read_to_its_end_is_read_again(flag: str, seen: Observation) -> None:
    cut = replace(seen, page=replace(seen.page, flags=(flag,)))
    assert read_earlier(Before(pack(cut), None), TUESDAY, "") is None


def test_damaged_bytes_are_named_for_what_they_were(seen: Observation) -> None:
    with pytest.raises(StoreFailed, match="a stored Observation is damaged"):
        read_earlier(Before(pack(seen)[:-20], None), TUESDAY, "")
    with pytest.raises(StoreFailed, match="a stored Assessment is damaged"):
        read_earlier(Before(pack(seen), pack({"quiet": 1})), TUESDAY, "")


def test_the_newest_visit_before_a_moment_counts_where_it_saw_a_page(desk: Any) -> None:
    desk.visit("alpha.lab", at=MONDAY)
    desk.visit("beta.lab", at=MONDAY)
    desk.visit("beta.lab", at=TUESDAY, status="failed")
    names = ["alpha.lab", "beta.lab", "new.lab"]
    assert list(earlier_visits(desk.store, names, TUESDAY)) == [("alpha.lab", "")]
    assert earlier_visits(desk.store, names, MONDAY) == {}
