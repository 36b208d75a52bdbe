"""Who can carry out a measure: addresses, registration and suffix of a name, matched to the recipients.

An addressee is whom one asks, never whom one blames: a name's owner chooses its addresses, so a name can
point at somebody who has nothing to do with it, and the measure names the name alone.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from blocklists.names import Name, covers
from blocklists.suffixes import Suffixes
from domainscan.config import Recipient
from domainscan.model import Decision, Observation, Reach, Record, Registration

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

CARRIES_OUT: Final[dict[str, tuple[str, ...]]] = {
    # kind of recipient: the measures it carries out unless its table in config.toml says otherwise
    "carrier": ("block",),
    "provider": ("cancel-access",),
    "registrar": ("suspend-name",),
    "platform": ("takedown",),
}


class BadNetwork(ValueError):
    """Raised for a recipient's network that is none; the message names both."""


class Addressee(Record, frozen=True):
    """A recipient who can carry out a measure on a name, and how we know."""

    recipient: str
    by: str  # list | networks | registrar | suffix
    confidence: str  # low | medium | high
    addresses: tuple[str, ...] = ()  # those of the name that lie in the provider's networks


def measures_of(recipient: Recipient) -> tuple[str, ...]:
    """The measures that a recipient carries out."""
    return recipient.measures or CARRIES_OUT[recipient.kind]


def networks_of(recipient: Recipient) -> tuple[Network, ...]:
    """A provider's networks. Raises BadNetwork."""
    try:
        return tuple(ipaddress.ip_network(one, strict=False) for one in recipient.networks)
    except ValueError as error:
        raise BadNetwork(f"recipient {recipient.id}: {error}") from error


def addresses_within(addresses: Iterable[str], networks: Sequence[Network]) -> tuple[str, ...]:
    """Those addresses that lie in one of the networks, sorted."""
    return tuple(sorted(one for one in set(addresses) if any(_plain(one) in network for network in networks)))


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    parsed = ipaddress.ip_address(address)
    return parsed.ipv4_mapped or parsed if isinstance(parsed, ipaddress.IPv6Address) else parsed


def addressees(
    decision: Decision, observation: Observation | None, recipients: Iterable[Recipient], suffixes: Suffixes
) -> tuple[tuple[Addressee, ...], str]:
    """Who can carry out the decision as it was made, or why nobody can: exactly one of the two is empty."""
    able = [one for one in recipients if decision.measure in measures_of(one)]
    if not able:
        return (), f"no recipient in config.toml carries out {decision.measure}"
    if decision.measure == "suspend-name" and (reason := _widens(decision.name, decision.reach, suffixes)):
        return (), reason
    found = tuple(one for recipient in able if (one := _match(decision, observation, recipient)))
    return found, "" if found else _nobody(decision, observation)


def _widens(name: Name, reach: Reach, suffixes: Suffixes) -> str:
    """Why suspending would hit more than was decided; "" when it would not."""
    domain = suffixes.registrable(name)
    if domain != name:
        return f"a registrar suspends all of {domain or 'a registered domain'}: that is wider than {name}"
    if reach != Reach.SUBTREE:
        return f"a registrar suspends {name} with all below it: that is wider than the reach '{reach}'"
    return ""


def _match(decision: Decision, observation: Observation | None, recipient: Recipient) -> Addressee | None:
    """The recipient, when it is the one to ask: whoever takes lists, else by what the measure acts on."""
    if decision.measure == "block":
        return Addressee(recipient.id, "list", "high")
    if decision.measure == "suspend-name":
        return _by_registrar(observation, recipient)
    if any(covers(Name(suffix.lower()), decision.name) for suffix in recipient.suffixes):
        return Addressee(recipient.id, "suffix", "high")
    return _by_networks(decision.name, observation, recipient)


def _by_networks(name: Name, observation: Observation | None, recipient: Recipient) -> Addressee | None:
    """The provider, when addresses of the name are its own.

    Confidence: high when all of them are and one answered the visit, medium when none answered, low when
    only some are the provider's.
    """
    every = observation.addresses() if observation else ()
    inside = addresses_within(every, networks_of(recipient))
    if not inside or observation is None:
        return None
    answered = {
        hop.address for hop in observation.hops if hop.http_status and urlsplit(hop.url).hostname == name
    }
    whole = len(inside) == len(set(every))
    confidence = ("high" if answered & set(inside) else "medium") if whole else "low"
    return Addressee(recipient.id, "networks", confidence, inside)


def _by_registrar(observation: Observation | None, recipient: Recipient) -> Addressee | None:
    found = observation.registration if observation else None
    if not isinstance(found, Registration):
        return None
    known = {one.strip().casefold() for one in recipient.registrars}
    named = {one.strip().casefold() for one in (found.registrar, found.registrar_id) if one.strip()}
    return Addressee(recipient.id, "registrar", "high") if known & named else None


def _nobody(decision: Decision, observation: Observation | None) -> str:
    """Why none of those who carry out the measure is the one to ask."""
    if observation is None:
        return "no visit of this name is stored: scan it first"
    if decision.measure == "suspend-name":
        return "its registrar is not among the recipients, or is not known"
    places = ", ".join(observation.addresses()) or "none"
    return f"its addresses ({places}) lie in no recipient's networks"
