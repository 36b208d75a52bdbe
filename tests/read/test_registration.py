"""RDAP answers: the shapes that registries send, and those that only an attacker sends."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from blocklists.names import parse_name
from domainscan.model import Failure, Registration
from domainscan.read.rdap import iso_date, read_registration

DOMAIN = parse_name("site.lab")


def card(name: str) -> list[Any]:
    return ["vcard", [["version", {}, "text", "4.0"], ["fn", {}, "text", name]]]


FULL: dict[str, Any] = {
    "objectClassName": "domain",
    "ldhName": "SITE.LAB.",
    "status": ["Client Transfer Prohibited", "active"],
    "events": [
        {"eventAction": "registration", "eventDate": "2026-10-01T08:00:00+08:00"},
        {"eventAction": "last changed", "eventDate": "2026-10-02T00:00:00.123456789Z"},
        {"eventAction": "expiration", "eventDate": "2027-10-01"},
        {"eventAction": "last update of RDAP database", "eventDate": "2026-11-01T00:00:00Z"},
    ],
    "entities": [
        {
            "roles": ["registrar"],
            "handle": "R-1",
            "publicIds": [{"type": "IANA Registrar ID", "identifier": "9990"}],
            "vcardArray": card("Lab Registrar One"),
            "entities": [{"roles": ["abuse"], "vcardArray": card("Abuse Desk")}],
        }
    ],
    "nameservers": [{"ldhName": "NS2.LAB"}, {"ldhName": "ns1.lab"}, {}],
}


def read(answer: Any, **changes: Any) -> Registration | Failure:
    data = answer if isinstance(answer, bytes) else json.dumps({**answer, **changes}).encode()
    return read_registration(data, domain=DOMAIN, source="http://rdap.lab/domain/site.lab")


def test_a_byte_order_mark_before_the_answer_is_no_part_of_it() -> None:
    """RFC 8259 8.1: none should be sent, and a reader may ignore it."""
    assert read(b"\xef\xbb\xbf" + json.dumps(FULL).encode()) == read(FULL)


def test_a_full_answer_is_read_in_full() -> None:
    assert read(FULL) == Registration(
        domain=DOMAIN,
        registered="2026-10-01T00:00:00Z",
        changed="2026-10-02T00:00:00Z",
        expires="2027-10-01T00:00:00Z",
        registrar="Lab Registrar One",
        registrar_id="9990",
        statuses=("client transfer prohibited", "active"),
        nameservers=("ns1.lab", "ns2.lab"),
        redacted=False,
        source="http://rdap.lab/domain/site.lab",
    )


def test_every_optional_part_may_be_missing() -> None:
    found = read({"objectClassName": "domain", "ldhName": "site.lab"})
    assert found == Registration(domain=DOMAIN, source="http://rdap.lab/domain/site.lab")


SHAPES = [
    # changes, field, value, reason
    (
        {"entities": [{"roles": ["registrar"], "handle": "REG-X"}]},
        "registrar",
        "REG-X",
        "a handle when there is no card",
    ),
    (
        {"entities": [{"roles": ["registrar"], "jscard": {"name": {"full": "J"}}}]},
        "registrar",
        "J",
        "a JSContact card",
    ),
    (
        {"entities": [{"roles": "registrar", "vcardArray": card("S")}]},
        "registrar",
        "S",
        "a role that is no list",
    ),
    (
        {
            "entities": [
                {"roles": ["registrant"], "entities": [{"roles": ["Registrar"], "vcardArray": card("In")}]}
            ]
        },
        "registrar",
        "In",
        "a registrar below the registrant",
    ),
    (
        {
            "entities": [
                {"roles": ["registrar"], "vcardArray": ["vcard", [["org", {}, "text", ["Org", "Unit"]]]]}
            ]
        },
        "registrar",
        "Org",
        "an organisation in parts",
    ),
    (
        {"entities": [{"roles": ["registrar"], "vcardArray": card("A\x00\nB")}]},
        "registrar",
        "A B",
        "controls are cleaned",
    ),
    ({"status": "active"}, "statuses", ("active",), "a status that is no list"),
    ({"redacted": [{"name": {"description": "Registrant Name"}}]}, "redacted", True, "RFC 9537"),
    (
        {"entities": [{"roles": ["registrant"], "remarks": [{"title": "REDACTED FOR PRIVACY"}]}]},
        "redacted",
        True,
        "a remark says so",
    ),
    (
        {"entities": [{"roles": ["registrant"], "vcardArray": card("Redacted")}]},
        "redacted",
        True,
        "the name says so",
    ),
    (
        {"events": [{"eventAction": "Registration", "eventDate": "2026-10-01"}]},
        "registered",
        "2026-10-01T00:00:00Z",
        "case",
    ),
    (
        {"events": [{"eventAction": "registration", "eventDate": "soon"}]},
        "registered",
        "",
        "an unreadable date is none",
    ),
    ({"events": {"eventAction": "registration"}}, "registered", "", "events that are no list"),
    ({"ldhName": None, "unicodeName": "site.lab"}, "domain", DOMAIN, "only a Unicode name"),
]


@pytest.mark.parametrize(("changes", "field", "value", "reason"), SHAPES, ids=[row[3] for row in SHAPES])
def test_registries_differ(changes: dict[str, Any], field: str, value: object, reason: str) -> None:
    found = read(FULL, **changes)
    assert isinstance(found, Registration), found
    assert getattr(found, field) == value, reason


def test_a_name_in_unicode_is_recognised() -> None:
    name = parse_name("例子.lab")
    data = json.dumps({"objectClassName": "domain", "ldhName": "例子.lab"}).encode()
    assert isinstance(read_registration(data, domain=name, source=""), Registration)


FAILURES = [
    ({"errorCode": 404, "title": "Not found"}, "not_found", "no such domain"),
    ({"errorCode": 429}, "rate_limited", "come back later"),
    ({"errorCode": 403}, "refused", "not for you"),
    ({"errorCode": 500}, "malformed", "the registry's own trouble"),
    (
        {**FULL, "ldhName": "other.lab"},
        "malformed",
        "an answer about another domain proves nothing about this one",
    ),
    ({**FULL, "objectClassName": "nameserver"}, "malformed", "a name server is no domain"),
    ({}, "malformed", "nothing"),
    (b"", "malformed", "no bytes"),
    (b"[]", "malformed", "a list"),
    (b"<html>", "malformed", "a page"),
    (b"[" * 100_000, "malformed", "a nest"),
    (b'{"a":' * 100_000, "malformed", "another nest"),
    (b" " * 2_000_000, "too_large", "two megabytes"),
]


@pytest.mark.parametrize(("answer", "status", "reason"), FAILURES, ids=[row[2] for row in FAILURES])
def test_what_is_no_registration_is_a_failure(answer: Any, status: str, reason: str) -> None:
    found = read(answer)
    assert isinstance(found, Failure) and found.status == status, reason


DATES = [
    ("2026-10-01T00:00:00Z", "2026-10-01T00:00:00Z"),
    ("2026-10-01T00:00:00.5Z", "2026-10-01T00:00:00Z"),
    ("2026-10-01T08:00:00+08:00", "2026-10-01T00:00:00Z"),
    ("2026-10-01 00:00:00", "2026-10-01T00:00:00Z"),
    ("2026/10/01", "2026-10-01T00:00:00Z"),
    ("20261001", "2026-10-01T00:00:00Z"),
    ("2026-13-01", ""),
    ("0001-01-01T00:00:00Z", ""),
    ("9999-12-31T23:59:59-12:00", ""),
    ("x" * 1000, ""),
    ("", ""),
]


@pytest.mark.parametrize(("written", "moment"), DATES)
def test_a_moment_is_read_however_it_is_written(written: str, moment: str) -> None:
    assert iso_date(written) == moment


def test_no_part_of_the_wrong_type_raises() -> None:
    chance = random.Random(2026)
    junk: list[Any] = [None, 1, -1.5, True, "x", [], {}, [[]], [1], [None], {"x": []}, "\u202e\n"]

    def spoil(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: chance.choice(junk) if chance.random() < 0.15 else spoil(one)
                for key, one in value.items()
            }
        if isinstance(value, list):
            return [chance.choice(junk) if chance.random() < 0.15 else spoil(one) for one in value]
        return value

    for _ in range(3_000):
        assert isinstance(read(spoil(FULL)), Registration | Failure)
