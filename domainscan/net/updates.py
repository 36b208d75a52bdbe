"""A zone at its primary, over TCP and signed: its serial, its records, and changes to them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdataset
import dns.rdatatype
import dns.tsig
import dns.update
import dns.zone

Records = dict[str, frozenset[str]]  # owner relative to the zone -> "300 CNAME ." and the like

ALGORITHM: Final = "hmac-sha256"
_SECONDS: Final = 30.0  # Knot took up to 3 s for one change of a zone of 2,000,000 records on a busy machine
_APEX: Final = ("SOA", "NS")


class PrimaryFailed(Exception):
    """Raised when the primary does not answer, or says no; the message names it, the zone and what it said."""


@dataclass(frozen=True, slots=True)
class Primary:
    """Where a primary listens, and the key it knows us by."""

    address: str
    port: int
    key: str
    secret: str = field(repr=False)  # base64

    def serial(self, zone: str) -> int:
        """The serial of the zone that the primary holds. Raises PrimaryFailed."""
        answer = self._ask(zone, dns.message.make_query(f"{zone}.", "SOA"))
        for rrset in answer.answer:
            if rrset.rdtype == dns.rdatatype.SOA:
                return int(rrset[0].serial)
        why = dns.rcode.to_text(answer.rcode())
        raise PrimaryFailed(
            f"{self} has no zone {zone} ({why}): `knotc zone-reload {zone}` after the first export"
        )

    def records(self, zone: str) -> Records:
        """All records of a small zone but those of its apex, by AXFR. Raises PrimaryFailed."""
        held = dns.zone.Zone(dns.name.from_text(zone), relativize=True)
        query = dns.message.make_query(f"{zone}.", "AXFR")
        self._sign(query)
        try:
            dns.query.inbound_xfr(
                self.address, held, query, port=self.port, timeout=_SECONDS, lifetime=_SECONDS
            )
        except (dns.exception.DNSException, OSError) as error:
            raise PrimaryFailed(f"{self} does not hand out {zone}: {_said(error)}") from error
        return records_of(held)

    def change(self, zone: str, owners: Iterable[str], wanted: Records, soa: str) -> None:
        """Makes these owners hold what `wanted` says of them, or nothing, and `soa` the zone's SOA, all at once.

        Raises PrimaryFailed. Source: RFC 2136 2.5; RFC 8945.
        """
        update = dns.update.UpdateMessage(f"{zone}.")
        for owner in owners:
            update.delete(owner)
            for record in sorted(wanted.get(owner, ())):
                ttl, kind, data = record.split(" ", 2)
                update.add(owner, int(ttl), kind, data)
        ttl, kind, data = soa.split(" ", 2)
        update.replace("@", int(ttl), kind, data)
        answer = self._ask(zone, update)
        if answer.rcode() != dns.rcode.NOERROR:
            raise PrimaryFailed(f"{self} does not change {zone}: {dns.rcode.to_text(answer.rcode())}")

    def __str__(self) -> str:
        return f"the primary at {self.address} port {self.port}"

    def _sign(self, message: dns.message.Message) -> None:
        message.use_tsig(dns.tsig.Key(self.key, self.secret, ALGORITHM))

    def _ask(self, zone: str, message: dns.message.Message) -> dns.message.Message:
        self._sign(message)
        try:
            return dns.query.tcp(message, self.address, timeout=_SECONDS, port=self.port)
        except (dns.exception.DNSException, OSError) as error:
            raise PrimaryFailed(f"{self} does not answer for {zone}: {_said(error)}") from error


def zone_of(text: str, zone: str) -> tuple[Records, str]:
    """The records in the text of a zone file but those of its apex, and its SOA."""
    read = dns.zone.from_text(text, origin=f"{zone}.", relativize=True)
    soa = read.get_rdataset("@", "SOA")
    if soa is None:
        raise ValueError(f"{zone}: a zone without SOA")
    return records_of(read), next(iter(_texts(soa)))


def records_of(zone: dns.zone.Zone) -> Records:
    """Owner -> its records; SOA and NS of the apex are not among them."""
    found: dict[str, frozenset[str]] = {}
    for owner, node in zone.nodes.items():
        texts = [
            text
            for rdataset in node.rdatasets
            if not (str(owner) == "@" and dns.rdatatype.to_text(rdataset.rdtype) in _APEX)
            for text in _texts(rdataset)
        ]
        if texts:
            found[str(owner)] = frozenset(texts)
    return found


def _texts(rdataset: dns.rdataset.Rdataset) -> Iterable[str]:
    kind = dns.rdatatype.to_text(rdataset.rdtype)
    return (f"{rdataset.ttl} {kind} {one.to_text()}" for one in rdataset)


def _said(error: Exception) -> str:
    return str(error) or type(error).__name__
