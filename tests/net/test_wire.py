"""The quick reader of plain answers says what dnspython says, or nothing."""

from __future__ import annotations

import random
from typing import Any, Final

import dns.flags
import dns.message
import dns.rrset
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from domainscan.model import Failure
from domainscan.net import wire
from domainscan.net.message import Dice, Question, ask, parse_answer
from domainscan.net.wire import Parsed, read_plain

NAME = "www.name.example"
LABELS = st.sampled_from(
    ("a", "b9", "x-y", "_srv", "WWW", "name", "l" * 63, "odd\\.dot", "\\000nul", "\\255")
)
NAMES = st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join(labels) + ".example.")
DATA = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
    "NS": NAMES,
    "MX": st.tuples(st.integers(0, 65535), NAMES).map(lambda both: f"{both[0]} {both[1]}"),
    "TXT": st.lists(
        st.sampled_from(('"v=spf1 -all"', '"a;b"', '"say \\"x\\""', '"\\200"', '""')), min_size=1
    ).map(" ".join),
}


TTLS = st.integers(0, 2**31 - 1)
ANSWERS = st.sampled_from(sorted(DATA)).flatmap(
    lambda rtype: st.fixed_dictionaries(
        {
            "rtype": st.just(rtype),
            "rcode": st.sampled_from((0, 0, 0, 3)),
            "aliases": st.lists(st.tuples(TTLS, NAMES), max_size=3)
            | st.lists(st.tuples(TTLS, NAMES), max_size=10),
            "values": st.lists(DATA[rtype], max_size=4),
            "ttl": TTLS,
            "soa": st.booleans(),
            "glue": st.booleans(),
        }
    )
)


def built(answer: dict[str, Any]) -> tuple[str, bytes, int]:
    """A record type, an answer about NAME as a server would write it, and where its question ends."""
    rtype = answer["rtype"]
    question = Question(NAME, rtype, Dice())
    made = dns.message.make_response(dns.message.from_wire(ask(question, 7)), recursion_available=True)
    made.set_rcode(answer["rcode"])
    owner = f"{NAME}."
    for ttl, target in answer["aliases"]:
        made.answer.append(dns.rrset.from_text(owner, ttl, "IN", "CNAME", target))
        owner = target
    if answer["values"]:
        made.answer.append(dns.rrset.from_text(owner, answer["ttl"], "IN", rtype, *answer["values"]))
    if answer["soa"]:
        made.authority.append(
            dns.rrset.from_text("example.", 60, "IN", "SOA", "ns.example. h.example. 1 1 1 1 1")
        )
    if answer["glue"]:
        made.additional.append(dns.rrset.from_text("ns.example.", 60, "IN", "A", "192.0.2.1"))
    return rtype, made.to_wire(), question.end


def both(rtype: str, data: bytes, start: int) -> tuple[Parsed | None, Parsed | Failure]:
    return read_plain(data, rtype, start), parse_answer(data, rtype)


@settings(max_examples=400, deadline=None)
@given(ANSWERS)
def test_what_is_read_quickly_is_what_dnspython_reads(answer: dict[str, Any]) -> None:
    quick, slow = both(*built(answer))
    assert quick is None or quick == slow


BARE: Final = {"rtype": "A", "rcode": 0, "aliases": [], "values": [], "ttl": 0, "soa": False, "glue": False}


@settings(max_examples=600, deadline=None)
@given(ANSWERS, st.integers(0), st.binary(min_size=1, max_size=4))
@example(BARE, 0, b"\xc1").via("an OPT record whose owner points forward")
@example(BARE, 0, b"\xc0\x0c").via("an OPT record of the name that was asked")
def test_damage_is_never_read_as_something_else(answer: dict[str, Any], at: int, junk: bytes) -> None:
    """Whatever bytes behind the question are changed, added or cut off.

    Only inside records that nobody asked for may quick reading be content where dnspython refuses the message.
    """
    extras = answer["soa"] or answer["glue"]
    rtype, data, start = built(answer)
    at = start + at % (len(data) - start + 1)
    for damaged in (data[:at] + junk + data[at + len(junk) :], data[:at] + junk + data[at:], data[:at]):
        quick, slow = both(rtype, damaged, start)
        assert quick is None or quick == slow or (extras and slow == Failure("malformed", slow.detail))


def test_most_answers_are_plain() -> None:
    """Otherwise the quick reader would be of no use, and the two tests above would hold for nothing."""
    dice = random.Random(5)
    plain = 0
    for number in range(100):
        question = Question(f"n{number}.example", "A", Dice())
        made = dns.message.make_response(dns.message.from_wire(ask(question, number)))
        owner = f"n{number}.example."
        if dice.random() < 0.5:
            made.answer.append(dns.rrset.from_text(owner, 60, "IN", "CNAME", "edge.cdn.example."))
            owner = "edge.cdn.example."
        made.answer.append(dns.rrset.from_text(owner, 300, "IN", "A", "192.0.2.1", "192.0.2.2"))
        plain += read_plain(made.to_wire(), "A", question.end) is not None
    assert plain == 100


def test_without_the_walk_to_the_end_trailing_junk_is_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the two comparisons above."""
    question = Question(NAME, "A", Dice())
    made = dns.message.make_response(dns.message.from_wire(ask(question, 7)))
    made.answer.append(dns.rrset.from_text(f"{NAME}.", 300, "IN", "A", "192.0.2.1"))
    data = made.to_wire() + b"junk"
    assert read_plain(data, "A", question.end) is None
    monkeypatch.setattr(wire, "_skip", lambda data, *_: (len(data), False))
    quick, slow = both("A", data, question.end)
    assert isinstance(quick, Parsed)
    assert isinstance(slow, Failure)
