"""DNS messages: the query we send, and what an answer says. `parse_answer` is the one place that reads."""

from __future__ import annotations

import re
import secrets
import struct
from typing import Final, NamedTuple

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
import dns.rrset

from domainscan.model import Failure, Name

HOPS: Final = 8  # aliases in a row
VALUES: Final = 64  # kept of one answer; `total` counts them all
VALUE_CHARACTERS: Final = 4096
TTL_SECONDS: Final = 7 * 86400
EDNS_BYTES: Final = 1232  # dnsflagday.net 2020: what crosses the internet unfragmented
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16

_PLAIN: Final = re.compile(r"(?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63}")
_OPT: Final = struct.pack("!BHHIH", 0, 41, EDNS_BYTES, 0, 0)
# The types whose data are names: compression may point into the question, and so into its 0x20 spelling.
_NAMED: Final = frozenset(("NS", "CNAME", "DNAME", "PTR", "MX", "SOA", "SRV"))


class BadQuestion(ValueError):
    """Raised for a name that no DNS message can carry, or an unknown record type."""


class Question:
    """One question as it goes over the wire, in a spelling of its own (draft-vixie-dnsext-dns0x20)."""

    __slots__ = ("name", "rtype", "section")

    def __init__(self, name: str, rtype: str) -> None:
        """Raises BadQuestion."""
        try:
            wire = _wire_name(name)
            kind = dns.rdatatype.from_text(rtype)
        except (dns.exception.DNSException, ValueError, UnicodeError) as error:
            raise BadQuestion(f"{rtype} of {name[:80]!r}: {error}") from error
        self.name, self.rtype = name, rtype
        self.section = _random_case(wire) + struct.pack("!HH", kind, 1)

    def echoed(self, data: bytes) -> bool:
        """Whether `data` answers exactly this question, in exactly this spelling."""
        return data[4:6] == b"\0\1" and data[12 : 12 + len(self.section)] == self.section

    def spelled_otherwise(self, data: bytes) -> bool:
        """Whether `data` answers this question in any spelling; one server in many folds case."""
        return data[4:6] == b"\0\1" and data[12 : 12 + len(self.section)].lower() == self.section.lower()


class Parsed(NamedTuple):
    """What one message says. `values` are in presentation form, sorted and at most VALUES of `total`."""

    rcode: int
    values: tuple[str, ...] = ()
    total: int = 0
    ttl_seconds: int = 0
    chain: tuple[Name, ...] = ()
    final: bool = True  # False: an alias without its target; ask for that


def ask(question: Question, number: int, *, edns: bool = True) -> bytes:
    """The query message: recursion desired, one question, EDNS unless the server dislikes it."""
    header = struct.pack("!HHHHHH", number, 0x0100, 1, 0, 0, 1 if edns else 0)
    return header + question.section + (_OPT if edns else b"")


def truncated(data: bytes) -> bool:
    return bool(data[2] & 0x02)


def parse_answer(data: bytes, rtype: str) -> Parsed | Failure:
    """What a whole answer says about the records of type `rtype`; `malformed` or `cname_loop` when nothing.

    Follows the aliases of the answer section from the question's name and nothing else, so records that
    nobody asked for have no effect.
    """
    try:
        message = dns.message.from_wire(data)
        rcode = int(message.rcode())
        if rcode not in (NOERROR, NXDOMAIN):
            return Parsed(rcode)
        kind = dns.rdatatype.from_text(rtype)
        records = {(one.name, one.rdtype): one for one in message.answer}
        owner = message.question[0].name
        chain: list[Name] = []
        ttl = TTL_SECONDS
        while (owner, kind) not in records and (owner, dns.rdatatype.CNAME) in records:
            alias = records[owner, dns.rdatatype.CNAME]
            ttl = min(ttl, _ttl(alias))
            owner = alias[0].target
            chain.append(Name(owner.to_text(omit_final_dot=True).lower()))
            if len(chain) > HOPS or len(set(chain)) < len(chain) or owner == message.question[0].name:
                return Failure("cname_loop", " -> ".join(chain)[:400])
        found = records.get((owner, kind))
        values, total = _presentation(found, rtype) if found else ((), 0)
        ended = rcode == NXDOMAIN or any(one.rdtype == dns.rdatatype.SOA for one in message.authority)
        ttl = min(ttl, _ttl(found)) if found else ttl
        return Parsed(rcode, values, total, ttl, tuple(chain), bool(values) or not chain or ended)
    except (dns.exception.DNSException, ValueError, IndexError, AttributeError) as error:
        return Failure("malformed", f"{type(error).__name__}: {error}"[:200])


def _presentation(found: dns.rrset.RRset, rtype: str) -> tuple[tuple[str, ...], int]:
    texts = (rdata.to_text() for rdata in found)
    values = sorted({text.lower() if rtype in _NAMED else text for text in texts})
    return tuple(value[:VALUE_CHARACTERS] for value in values[:VALUES]), len(values)


def _ttl(records: dns.rrset.RRset) -> int:
    """Seconds, between 0 and a week; a value with the top bit set means 0 (RFC 2181 8)."""
    return min(records.ttl, TTL_SECONDS) if records.ttl < 2**31 else 0


def _wire_name(name: str) -> bytes:
    if name != "." and len(name) <= 253 and _PLAIN.fullmatch(name):
        return b"".join(bytes((len(label),)) + label.encode() for label in name.split(".")) + b"\0"
    wire = dns.name.from_text(name).to_wire() if name else None
    if wire is None:
        raise ValueError("an empty name")
    return wire


def _random_case(wire: bytes) -> bytes:
    """The same name with the case of each letter drawn: one bit more per letter for a forger to guess."""
    bits = secrets.randbits(len(wire))
    spelled = bytearray(wire)
    at = 0
    while wire[at]:
        for index in range(at + 1, at + 1 + wire[at]):
            letter = wire[index] | 0x20
            if 0x61 <= letter <= 0x7A and bits >> index & 1:
                spelled[index] ^= 0x20
        at += wire[at] + 1
    return bytes(spelled)
