"""What the lab's name servers say: authority and resolver in one, and every way of not answering."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rrset
from dns.rdatatype import ANY, CNAME, NS, SOA, A, RdataType
from dns.rdtypes.ANY.CNAME import CNAME as CanonicalName

from blocklists.names import Name, parents
from domainscan.lab.records import RecordSets, record, record_sets
from domainscan.lab.state import State
from domainscan.lab.world import BULK, BULK_ADDRESS, Site, World

RESOLVERS: Final = ("127.77.0.53", "127.77.0.54")
SERVICES: Final = "127.77.0.80"  # rdap.lab and webblock.lab
TTL_SECONDS: Final = 60

_FAILURES: Final = {"servfail": "servfail", "dns-timeout": "timeout", "dns-refused": "refused"}
_RCODES: Final = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED}
_MAX_ALIASES: Final = 16

Records = Iterable[dns.rdata.Rdata]
Answer = Callable[[dns.message.Message], dns.message.Message | None]


@dataclass(frozen=True, slots=True)
class Node:
    """What is known at one name: its records, or the way in which the answer fails."""

    records: RecordSets = field(default_factory=dict)
    failure: str = ""


class Zone:
    """Every name of the world, ready to be asked."""

    def __init__(self, world: World, state: State) -> None:
        self._world, self._state = world, state
        self._nodes = _infrastructure()
        self._wild: dict[str, Node] = {}
        for site in world.sites:
            self._add(site)
        self._between = {
            above for name in self._nodes for above in (*parents(Name(name)), name.rpartition(".")[2])
        }
        self._bulk = Node({A: (record("A", BULK_ADDRESS),)})

    def _add(self, site: Site) -> None:
        if site.behaviour == "dead":
            return
        node = _node(self._world, site)
        self._nodes[site.name] = node
        if self._world.is_domain(site) and Name(f"www.{site.name}") not in self._world.by_name:
            address = {
                kind: node.records[kind] for kind in (A, RdataType.AAAA, CNAME) if kind in node.records
            }
            self._nodes[f"www.{site.name}"] = Node(address, node.failure)
        if site.behaviour == "wildcard":
            self._wild[site.name] = Node({A: node.records[A]} if A in node.records else {})
        alias = site.records.CNAME.rstrip(".").lower()
        if alias and alias not in self._world.by_name:  # an edge name of the site's provider
            self._nodes.setdefault(alias, Node({A: (record("A", self._world.address(site)),)}))

    def find(self, name: str) -> Node | None:
        """The node of `name` (lower case, no final dot); None where nothing exists."""
        above = [str(one) for one in parents(Name(name))]
        if any(one in self._state.held for one in (name, *above)):
            return None
        if name in self._nodes:
            return self._nodes[name]
        if self._world.bulk_number(name):
            return self._bulk
        for one in above:
            if one in self._wild:
                return self._wild[one]
        if name in self._between or (name == BULK and self._world.bulk):
            return Node()
        return None

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """The response to a query; None for silence."""
        question = query.question[0]
        response = dns.message.make_response(query, recursion_available=True)
        if question.rdclass != dns.rdataclass.IN or question.rdtype == ANY:
            response.set_rcode(dns.rcode.REFUSED)
            return response
        owner, seen = question.name, set[str]()
        while True:
            name = owner.to_text(omit_final_dot=True).lower()
            node = self.find(name)
            if node is None:
                response.set_rcode(dns.rcode.NXDOMAIN)
                break
            if node.failure:
                return _failed(query, node.failure)
            alias = node.records.get(CNAME) if question.rdtype != CNAME else None
            if not alias:
                _append(response, owner, question.rdtype, node.records.get(question.rdtype, ()))
                break
            _append(response, owner, CNAME, alias)
            seen.add(name)
            owner = _target(alias[0])
            if owner.to_text(omit_final_dot=True).lower() in seen or len(seen) == _MAX_ALIASES:
                return response
        if not any(one.rdtype == question.rdtype for one in response.answer):
            response.authority.append(
                _rrset(dns.name.from_text("lab."), SOA, self._nodes["lab"].records[SOA])
            )
        return response


def _node(world: World, site: Site) -> Node:
    """What the zone says of one site that is not dead."""
    if site.behaviour in _FAILURES:
        return Node(failure=_FAILURES[site.behaviour])
    records = record_sets(site.records)
    if CNAME in records:
        return Node({CNAME: records[CNAME]})
    if site.behaviour == "no-data":
        records.pop(A, None)
        records.pop(RdataType.AAAA, None)
    else:
        records.setdefault(A, (record("A", world.address(site)),))
    if world.is_domain(site):
        records.setdefault(NS, (record("NS", "ns1.lab."), record("NS", "ns2.lab.")))
        records.setdefault(SOA, (record("SOA", f"ns1.lab. hostmaster.{site.name}. 1 3600 600 86400 60"),))
    return Node(records)


def _infrastructure() -> dict[str, Node]:
    soa = record("SOA", "ns1.lab. hostmaster.lab. 1 3600 600 86400 60")
    services = Node({A: (record("A", SERVICES),)})
    nodes = {
        "lab": Node({SOA: (soa,), NS: (record("NS", "ns1.lab."), record("NS", "ns2.lab."))}),
        "rdap.lab": services,
        "webblock.lab": services,
    }
    for number, address in enumerate(RESOLVERS, 1):
        nodes[f"ns{number}.lab"] = Node({A: (record("A", address),)})
    return nodes


def _append(response: dns.message.Message, owner: dns.name.Name, kind: RdataType, records: Records) -> None:
    rrset = _rrset(owner, kind, records)
    if rrset:
        response.answer.append(rrset)


def _rrset(owner: dns.name.Name, kind: RdataType, records: Records) -> dns.rrset.RRset:
    rrset = dns.rrset.RRset(owner, dns.rdataclass.IN, kind)
    for one in records:
        rrset.add(one, TTL_SECONDS)
    return rrset


def _target(alias: dns.rdata.Rdata) -> dns.name.Name:
    assert isinstance(alias, CanonicalName)
    return alias.target


def _failed(query: dns.message.Message, failure: str) -> dns.message.Message | None:
    if failure not in _RCODES:
        return None
    response = dns.message.make_response(query, recursion_available=True)
    response.set_rcode(_RCODES[failure])
    return response


def reply(data: bytes, answer: Answer, *, udp: bool) -> bytes | None:
    """The wire response to a wire query; None for silence, which is also what responses and noise get.

    Over UDP a response longer than the visitor's buffer is cut to a header with the TC flag.
    Source: RFC 2181 9, RFC 6891 6.2.3.
    """
    try:
        query = dns.message.from_wire(data)
    except dns.exception.DNSException:
        return None
    if query.flags & dns.flags.QR or query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
        return None
    response = answer(query)
    if response is None:
        return None
    limit = min(max(query.payload, 512), 4096) if udp else 65535
    try:
        return response.to_wire(max_size=limit)
    except dns.exception.TooBig:
        short = dns.message.make_response(query, recursion_available=True)
        short.flags |= dns.flags.TC
        return short.to_wire()
