"""The registry: what RDAP says of the lab's domains."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domainscan.lab.internet import Lab
from domainscan.lab.rdap import Registry
from domainscan.lab.sites import load_sites
from domainscan.lab.state import State

Get = Callable[..., Awaitable[Any]]

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.fixture
def registry(folder: Path) -> Registry:
    return Registry(load_sites([folder], bulk=3), State(), NOW)


def test_a_domain_has_dates_registrar_and_name_servers(registry: Registry) -> None:
    status, body = registry.respond("/domain/plain.lab")
    answer = json.loads(body)
    events = {one["eventAction"]: one["eventDate"] for one in answer["events"]}
    assert (status, answer["objectClassName"], answer["ldhName"]) == (200, "domain", "plain.lab")
    assert events["registration"] == "2026-10-24T12:00:00Z"
    assert events["expiration"] == "2027-10-24T12:00:00Z"
    assert answer["status"] == ["active"]
    registrar = next(one for one in answer["entities"] if "registrar" in one["roles"])
    assert ["fn", {}, "text", "Lab Registrar One"] in registrar["vcardArray"][1]
    assert [one["ldhName"] for one in answer["nameservers"]] == ["ns1.lab", "ns2.lab"]


@pytest.mark.parametrize(
    ("path", "status", "why"),
    [
        ("/domain/PLAIN.LAB.", 200, "spelling does not matter"),
        ("/domain/xn--fiq228c.lab", 200, "A-labels"),
        ("/domain/nobody.lab", 404, "nobody registered it"),
        ("/domain/user.pages.lab", 404, "the registry knows nothing of it"),
        ("/domain/n000003.bulk.lab", 200, "bulk names are registered"),
        ("/domain/n000004.bulk.lab", 404, "as many as there are"),
        ("/domain/..", 400, "no name at all"),
        ("/ip/127.0.0.1", 404, "a registry of names only"),
        ("/help", 200, "every service has one"),
        ("/", 404, "no question"),
    ],
)
def test_the_registry_answers_by_status(registry: Registry, path: str, status: int, why: str) -> None:
    got, body = registry.respond(path)
    answer = json.loads(body)
    assert got == status, why
    assert answer["rdapConformance"] == ["rdap_level_0"]
    assert answer.get("errorCode", status) == status


async def test_it_is_served_at_rdap_lab_and_shows_holds(lab: Lab, get: Get) -> None:
    for scheme in ("http", "https"):
        reply = await get(f"{scheme}://rdap.lab/domain/plain.lab")
        assert (reply.status, reply.headers["content-type"]) == (200, "application/rdap+json")
    lab.hold("plain.lab")
    assert json.loads((await get("http://rdap.lab/domain/plain.lab")).body)["status"] == ["client hold"]
