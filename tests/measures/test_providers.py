"""Who is asked: by address, registrar and suffix; nobody is asked for more than was decided."""

from __future__ import annotations

from typing import Any

import pytest

from domainscan.config import Recipient
from domainscan.model import Hop, Name, Reach
from domainscan.providers import BadNetwork, addressees, addresses_within, networks_of

CARRIER = Recipient("carrier-a")
EAST = Recipient("idc-east", "provider", networks=("192.0.2.0/24", "2001:db8::/32"))
REGISTRAR = Recipient("registrar-one", "registrar", registrars=("lab registrar one ",))
PLATFORM = Recipient("pages", "platform", suffixes=("pages.lab",))
ALL = (CARRIER, EAST, REGISTRAR, PLATFORM)


@pytest.mark.parametrize(
    ("measure", "name", "reach", "asked", "why"),
    [
        ("block", "alpha.example", Reach.HOST, [("carrier-a", "list", "high")], "carriers take lists"),
        (
            "cancel-access",
            "alpha.example",
            Reach.HOST,
            [("idc-east", "networks", "high")],
            "it serves the name",
        ),
        (
            "suspend-name",
            "alpha.example",
            Reach.SUBTREE,
            [("registrar-one", "registrar", "high")],
            "case and space",
        ),
        ("takedown", "bad.pages.lab", Reach.HOST, [("pages", "suffix", "high")], "its tenant"),
        ("suspend-name", "alpha.example", Reach.HOST, [], "a suspension would hit all below"),
        ("suspend-name", "shop.alpha.example", Reach.SUBTREE, [], "a suspension would hit the domain above"),
        ("takedown", "alpha.example", Reach.HOST, [], "no platform's tenant"),
        ("takedown", "evilpages.lab", Reach.HOST, [], "ends like the suffix, lies not below it"),
    ],
)
def test_who_is_asked(
    measure: str,
    name: str,
    reach: Reach,
    asked: list[Any],
    why: str,
    decision: Any,
    observation: Any,
    suffixes: Any,
) -> None:
    wanted = decision(measure=measure, name=Name(name), reach=reach)
    found, reason = addressees(wanted, observation(name, "192.0.2.10"), ALL, suffixes)
    assert [(one.recipient, one.by, one.confidence) for one in found] == asked, why
    assert bool(reason) != bool(found)


@pytest.mark.parametrize(
    ("addresses", "answered", "confidence", "why"),
    [
        (("192.0.2.10",), "192.0.2.10", "high", "all its own, and it answered"),
        (("192.0.2.10",), "", "medium", "all its own, and nobody answered"),
        (("192.0.2.10", "198.51.100.9"), "192.0.2.10", "low", "another provider serves it too"),
        (("2001:db8::5",), "2001:db8::5", "high", "IPv6"),
        (("::ffff:192.0.2.10",), "", "medium", "an IPv4 address in IPv6 clothes"),
        (("198.51.100.9",), "198.51.100.9", None, "somebody else's"),
    ],
)
def test_confidence_in_a_provider(
    addresses: tuple[str, ...], answered: str, confidence: str | None, why: str,
    decision: Any, observation: Any, suffixes: Any,
) -> None:  # fmt: skip
    hops = (Hop("https://alpha.example/", answered, 200),) if answered else ()
    seen = observation("alpha.example", *addresses, hops=hops)
    found, reason = addressees(decision(measure="cancel-access"), seen, ALL, suffixes)
    assert [one.confidence for one in found] == ([confidence] if confidence else []), why
    assert reason == ("" if confidence else "its addresses (198.51.100.9) lie in no recipient's networks")


def test_an_answer_after_a_redirect_to_another_host_makes_no_provider(
    decision: Any, observation: Any, suffixes: Any
) -> None:
    hops = (Hop("https://victim.example/", "192.0.2.10", 200),)
    found, _ = addressees(
        decision(measure="cancel-access"),
        observation("alpha.example", "192.0.2.10", hops=hops),
        ALL,
        suffixes,
    )
    assert [one.confidence for one in found] == ["medium"]


def test_a_name_that_was_never_visited_has_no_provider(decision: Any, suffixes: Any) -> None:
    _, reason = addressees(decision(measure="cancel-access"), None, ALL, suffixes)
    assert reason == "no visit of this name is stored: scan it first"


def test_a_measure_that_nobody_takes_is_said(decision: Any, suffixes: Any) -> None:
    _, reason = addressees(decision(), None, (EAST,), suffixes)
    assert reason == "no recipient in config.toml carries out block"


def test_a_network_that_is_none_is_refused_by_name() -> None:
    with pytest.raises(BadNetwork, match=r"recipient idc-x: .*192\.0\.2\.0/99"):
        networks_of(Recipient("idc-x", "provider", networks=("192.0.2.0/99",)))
    assert addresses_within(("192.0.2.1",), networks_of(EAST)) == ("192.0.2.1",)
