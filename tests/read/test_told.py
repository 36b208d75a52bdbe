"""What a page that scripts draw says of itself to machines."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domainscan.read.html import read_page
from domainscan.read.told import ROOM, told

OFFER = "Fly a kite in seconds"
ANSWER = {"@type": "Question", "name": "Is it free?", "acceptedAnswer": {"text": "Yes &amp; no."}}
THING = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebApplication", "name": "Kite Planner", "url": "https://x.example/", "image": "name.png"},
        {"@type": "FAQPage", "mainEntity": [ANSWER]},
    ],
    "keywords": ["kites", "wind"],
}
DRAWN = '<script src="/app.js"></script>'
TAGS = {
    'name="description"': "Plans for kites",
    'property="og:title"': "Kites",
    'property="og:description"': "Plans for kites",
    'name="twitter:description"': OFFER,
    'name="keywords"': "kites, wind",
    'name="viewport"': "width=device-width",
}


def page(head: str, body: str = '<div id="root"></div>', script: str = DRAWN) -> Any:
    document = f"<!doctype html><title>Kites</title>{head}{script}<body>{body}".encode()
    about: dict[str, Any] = {"http_status": 200, "content_type": "text/html", "body_digest": ""}
    return read_page(document, url="https://x.example/", **about)


def structured(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def test_structured_data_is_read_in_its_order_and_for_people_only() -> None:
    found = page(structured(THING)).told
    assert found.split("\n") == ["Kite Planner", "Is it free?", "Yes & no.", "kites", "wind"]


def test_tags_say_what_title_and_description_do_not() -> None:
    found = page("".join(f'<meta {key} content="{said}">' for key, said in TAGS.items()))
    assert (found.description, found.told.split("\n")) == ("Plans for kites", [OFFER, "kites, wind"])


@pytest.mark.parametrize(
    ("body", "script", "why"),
    [
        ("<p>" + "A page of words that everybody can read. " * 4, DRAWN, "text"),
        ("", "", "no script draws it"),
    ],
)
def test_a_page_with_words_of_its_own_is_judged_by_those(body: str, script: str, why: str) -> None:
    assert page(structured(THING), body, script).told == "", why


NO_DOCUMENTS = (
    *("", "{", "[1, 2", '{"name": 5, "description": null, "text": {"a": 1}}'),
    *("[" * 100_000, '{"a":' * 50_000, "9" * 5000),
)


@pytest.mark.parametrize("document", NO_DOCUMENTS)
def test_what_is_no_document_says_nothing(document: str) -> None:
    assert told((), [document]) == ""


def test_there_is_an_end_to_what_is_read() -> None:
    many = json.dumps([{"name": f"item number {number} of very many"} for number in range(50_000)])
    assert len(told((), [many])) <= ROOM
    wide = json.dumps([[[]] * 5000] * 5 + [{"name": "behind them"}])
    assert told((), [wide]) == "", "so many nodes are looked at"
