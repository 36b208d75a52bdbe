"""DNS messages: the query we send, and what an answer says. `parse_answer` is the one place that reads."""

from __future__ import annotations

import os
import re
import struct
from functools import lru_cache
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.rdata
import dns.rdatatype
import dns.rrset

from domainscan.model import Failure, Name
from domainscan.net.wire import HOPS, TTL_SECONDS, VALUE_CHARACTERS, VALUES, Parsed, read_plain

EDNS_BYTES: Final = 1232  # dnsflagday.net 2020: what crosses the internet unfragmented
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, BADVERS = 0, 1, 2, 3, 4, 5, 16

RECORDS: Final = (
    512  # of a message that is not plain: dnspython took 187 ms for 4,000, while all visits waited
)
_PLAIN: Final = re.compile(rb"[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*")
_COUNTS: Final = struct.Struct("!HHH")  # of answers, authorities, additional records
_LENGTH: Final = tuple(bytes((length,)) for length in range(64))
POOL_OCTETS: Final = 8192
_QUERY: Final = struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0)  # recursion desired, one question
_QUERY_EDNS: Final = struct.pack("!HHHHH", 0x0100, 1, 0, 0, 1)
_OPT: Final = struct.pack("!BHHIH", 0, 41, EDNS_BYTES, 0, 0)
_LETTERS: Final = bytes(0x20 if chr(octet).isalpha() else 0 for octet in range(128)) + bytes(128)
_TYPES: Final = {
    "A": b"\0\1\0\1", "NS": b"\0\2\0\1", "CNAME": b"\0\5\0\1", "MX": b"\0\x0f\0\1", "TXT": b"\0\x10\0\1",
    "AAAA": b"\0\x1c\0\1",
}  # fmt: skip
# The types whose data are names: compression may point into the question, and so into its 0x20 spelling.
_NAMED: Final = frozenset(("NS", "CNAME", "DNAME", "PTR", "MX", "SOA", "SRV"))


class BadQuestion(ValueError):
    """Raised for a name that no DNS message can carry, or an unknown record type."""


class Dice:
    """Random octets for ids, sockets and spellings: the system's, drawn by the pool (a call each is 0.5 us)."""

    __slots__ = ("_at", "_pool")

    def __init__(self) -> None:
        self._pool, self._at = b"", 0

    def octets(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._pool):
            self._pool, self._at, end = os.urandom(POOL_OCTETS), 0, count
        drawn = self._pool[self._at : end]
        self._at = end
        return drawn

    def number(self) -> int:
        """0 to 65535."""
        return int.from_bytes(self.octets(2), "big")


class Question:
    """One question as it goes over the wire, in a spelling of its own (draft-vixie-dnsext-dns0x20)."""

    __slots__ = ("end", "section")

    def __init__(self, name: str, rtype: str, dice: Dice) -> None:
        """Raises BadQuestion."""
        try:
            wire = _wire_name(name)
            kind = _TYPES.get(rtype) or struct.pack("!HH", dns.rdatatype.from_text(rtype), 1)
        except (dns.exception.DNSException, ValueError, UnicodeError) as error:
            raise BadQuestion(f"{rtype} of {name[:80]!r}: {error}") from error
        self.section = _random_case(wire, dice) + kind
        self.end = 12 + len(self.section)

    def echoed(self, data: bytes) -> bool:
        """Whether `data` answers exactly this question, in exactly this spelling."""
        return data[12 : self.end] == self.section and data[4:6] == b"\0\1"

    def spelled_otherwise(self, data: bytes) -> bool:
        """Whether `data` answers this question in any spelling; one server in many folds case."""
        return data[4:6] == b"\0\1" and data[12 : self.end].lower() == self.section.lower()


def ask(question: Question, number: int, *, edns: bool = True) -> bytes:
    """The query message: recursion desired, one question, EDNS unless the server dislikes it."""
    if edns:
        return number.to_bytes(2, "big") + _QUERY_EDNS + question.section + _OPT
    return number.to_bytes(2, "big") + _QUERY + question.section


def truncated(data: bytes) -> bool:
    return bool(data[2] & 0x02)


def parse_answer(data: bytes, rtype: str, start: int = 0) -> Parsed | Failure:
    """What a whole answer says about the records of type `rtype`; `malformed` or `cname_loop` when nothing.

    Follows the aliases of the answer section from the question's name and nothing else, so records that
    nobody asked for have no effect. `start` is where the question ends, when it is known to be the asked one.
    """
    plain = read_plain(data, rtype, start) if start else None
    if plain is not None:
        return plain
    count = sum(_COUNTS.unpack_from(data, 6)) if start else 0
    if count > RECORDS:
        return Failure("malformed", f"{count} records, and not plain ones")
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


@lru_cache(maxsize=512)  # five questions are asked of each name
def _wire_name(name: str) -> bytes:
    text = name.encode()
    if len(text) <= 253 and _PLAIN.fullmatch(text):
        return b"".join([_LENGTH[len(label)] + label for label in text.split(b".")]) + b"\0"
    wire = dns.name.from_text(name).to_wire() if name else None
    if wire is None:
        raise ValueError("an empty name")
    return wire


def _random_case(wire: bytes, dice: Dice) -> bytes:
    """The same name with the case of each letter drawn: one bit more per letter for a forger to guess.

    As one number: the random octets are masked to the case bit of letters. Octets of length are no letters.
    """
    length = len(wire)
    letters = int.from_bytes(wire.translate(_LETTERS), "big")
    drawn = int.from_bytes(dice.octets(length), "big")
    return (int.from_bytes(wire, "big") ^ (drawn & letters)).to_bytes(length, "big")
