"""Thousands of hostile names: none gets through the door changed, and none changes any line but its own.

See it fail: let `write_dnsmasq` take the name of an entry that did not come through `parse_name` for a good one, by
dropping `read_name` from `read_records`.
"""

from __future__ import annotations

import io
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from blocklists.compiler import compile_lists
from blocklists.formats import FORMATS, BadList, Format, Settings
from blocklists.lists import BlockList, Entry, Reach
from blocklists.names import BadName, Name, parse_name

SETTINGS = Settings(
    2026112301,
    "2026-11-23T14:00:00Z",
    garden=("192.0.2.80",),
    blocked_by="https://desk.lab.org/",
    sinkhole="192.0.2.53",
)
EVERY = pytest.mark.parametrize("known", FORMATS.values(), ids=FORMATS)
VICTIMS = ("victim.lab.org", "zvictim.lab.org")  # one sorts before nearly everything hostile, one behind it
PAYLOADS = (
    *(" CNAME rpz-passthru.\nvictim.lab.org", "\nvictim.lab.org CNAME rpz-passthru.", " CNAME .\n*"),
    *("/\naddress=/victim.lab.org/6.6.6.6", "/victim.lab.org", "/#", "/6.6.6.6", "\nconf-file=/etc/passwd"),
    *(
        '" always_nxdomain\nlocal-data: "victim.lab.org A 6.6.6.6',
        '." always_transparent',
        '"\ninclude: "/etc/passwd',
    ),
    *(
        '" { type forward; forwarders { 6.6.6.6; }; }; zone "victim.lab.org',
        '"; }; include "/etc/passwd',
        "'; //",
    ),
    *(
        "]]\nos.execute('id')\n--[[",
        "]]",
        "\\",
        "\\0",
        "%",
        "$host",
        "${victim}",
        "\n}\n",
        '" 0;\n"victim.lab.org',
        "~.",
    ),
    *("^$badfilter", "^\n@@||victim.lab.org", "^", "|", "||"),
    *("*", "*.", ".*", "$important", "##.ad", "#@#"),
    *(
        "=cmd|' /C calc'!A0",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t",
        "\r",
        "\r\n",
        "\n",
        "\v",
        "\f",
        "\0",
        "\x1b[2J",
        "\x7f",
    ),
    *(
        "\x85",
        "\u2028",
        "\u2029",
        "\u200b",
        "\u200d",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\u00ad",
        "\ud800",
        "\udfff",
        "\ufffe",
    ),
    *(
        "' OR domain-name:value LIKE '%",
        "'] OR [ipv4-addr:value = '6.6.6.6",
        "\\'",
        '"}',
        '","to_ids":false,"x":"',
        "{{7*7}}",
    ),
    *(
        "]]>",
        "<!--",
        "<f>1+1</f>",
        "&lt;",
        "&#0;",
        "<x>",
        "_x000D_",
        ";",
        ",",
        ":",
        "=",
        "!",
        "?",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
    ),
    *(
        "`id`",
        "$(id)",
        "|id",
        "&",
        "~",
        "%00",
        "%0a",
        "../",
        "/etc/passwd",
        "c:\\",
        "::1",
        "0.0.0.0 ",
        " 127.0.0.1",
        "/0",
        "\\.",
    ),
    *(
        "a" * 64,
        "." + "a" * 250,
        "..",
        "-",
        "--",
        "xn--",
        "xn--a",
        "xn--0000h",
        "ß",
        "İ",
        "ﬀ",
        "①",
        "。",
        "．",
        "/.",
        "@",
    ),
)
PLACES = (
    *(
        "{0}",
        "evil{0}",
        "{0}evil.lab.org",
        "evil{0}.lab.org",
        "evil.lab.org{0}",
        "evil.{0}.lab.org",
        "evil.lab{0}org",
    ),
    *("{0}.evil.lab.org", "evil.lab.org {0}", "evil.lab.org.{0}", "evil.lab.org\n{0}", "{0}\nevil.lab.org"),
    *("evil.lab.org\t{0}", "a{0}b{0}c.lab.org", "{0}{0}.lab.org", "evil.lab.org#{0}"),
    *("evil.lab.org.{0}.lab.org", "EVIL{0}.LAB.ORG", "xn--{0}.lab.org", ".{0}.evil.lab.org."),
)
HOSTILE = tuple(dict.fromkeys(place.format(text) for place, text in product(PLACES, PAYLOADS)))
GOOD = tuple(Entry(parse_name(name)) for name in VICTIMS)


def raw(*names: str) -> BlockList:
    """A list with names that did not come through `parse_name`, between its two victims."""
    entries = {Name(name): Entry(Name(name), Reach.SUBTREE) for name in names} | {
        one.name: one for one in GOOD
    }
    return BlockList(tuple(sorted(entries.values(), key=lambda entry: entry.name)))


def records(known: Format, blocklist: BlockList) -> list[str]:
    """The lines of the file that are about its names, without their place in it."""
    lines = known.write(blocklist, SETTINGS)
    return [line.rstrip(",\n") for line in lines if "entries:" not in line and 'row r="' not in line]


def test_there_are_thousands() -> None:
    assert len(HOSTILE) >= 2000
    refused = [one for one in HOSTILE if _door(one) is None]
    assert len(refused) >= 1500
    assert len(HOSTILE) - len(refused) >= 20, "some are names in the end: those have to come out as names"


def _door(text: str) -> Name | None:
    try:
        return parse_name(text)
    except BadName:
        return None


@EVERY
def test_what_passes_the_door_is_a_record_of_its_own_and_changes_no_other(known: Format) -> None:
    """All the names that are left, in one list and one by one: every other record stays byte for byte."""
    alone = records(known, BlockList(GOOD))
    for text in HOSTILE:
        name = _door(text)
        if name is None or name in VICTIMS:
            continue
        both = records(known, raw(name))
        assert set(alone) <= set(both), text
        fitted, _ = known.fit(raw(name))
        back = known.load(io.BytesIO(b"".join(known.save(raw(name), SETTINGS))))
        assert set(back.patterns()) == set(fitted.patterns()), text


@EVERY
def test_what_gets_past_the_door_is_seen_when_the_file_is_read_back(known: Format) -> None:
    """The second wall: written as it is, a hostile name makes a file that its reader refuses, or one that says exactly
    what the list says; then it was an honest name. Publication compares the two.
    """
    for text in HOSTILE:
        blocklist = raw(text)
        try:
            data = b"".join(known.save(blocklist, SETTINGS))
            back = known.load(io.BytesIO(data))
        except (BadList, UnicodeError):
            continue
        fitted, _ = known.fit(blocklist)
        same = set(back.patterns()) == set(fitted.patterns())
        assert not same or _door(text) == text or text not in {entry.name for entry in fitted}, text


@EVERY
@settings(max_examples=100)
@given(text=st.text(max_size=40) | st.from_regex(r"[a-z0-9._*/\"'^|$#;:\n -]{1,60}", fullmatch=True))
def test_any_text_is_refused_or_a_record_of_its_own(known: Format, text: str) -> None:
    made = compile_lists([("list", [*VICTIMS, text])]).blocklist
    kept = {entry.name for entry in made}
    assert set(VICTIMS) <= kept or any(made.covering(parse_name(one)) for one in VICTIMS)
    fitted, _ = known.fit(made)
    assert set(known.read(known.write(made, SETTINGS)).patterns()) == set(fitted.patterns())
