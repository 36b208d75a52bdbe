"""What one line of somebody's list asks for: hosts, plain, wildcard, adblock, RPZ and CSV, recognised line
by line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from blocklists.entries import Reach
from blocklists.names import REASONS, BadName, Name, parse_name
from blocklists.syntaxes import OTHER_REASONS, No, Word, other_syntax

LINE_REASONS: Final[dict[str, str]] = (
    REASONS
    | OTHER_REASONS
    | {
        "not_utf8": "octets that are no UTF-8: save the file as UTF-8",
        "url": "a page, not a host: it is not widened",
        "words": "more than a name on the line",
        "exception": "an exception, or a rule with options, a path or a pattern, not a block of a name",
        "not_a_block": "a record or zone that denies nothing, or gives another answer",
        "out_of_zone": "an RPZ owner outside its zone",
        "bare_wildcard": "an RPZ wildcard without its own name: no reach leaves the name itself out",
        "not_a_sink": "a hosts line that gives a real address",
        "bad_reach": "a reach other than host, www and subtree",
        "bad_expiry": "an expiry that is not written YYYY-MM-DD: without it the name would be listed for ever",
        "expired": "past its expiry: it is blocked no longer",
        "broken_csv": "a row that is not CSV",
        "no_name": "a row without a name",
        "json": "JSON that does not say which of its names to block: "
        "write those one a line (jq -rc '.KEY[]' FILE), and give that file",
        "line_too_long": "longer than 4096 characters",
    }
)
LONGEST_LINE: Final = 4096
_SIMPLE: Final = re.compile(r"[a-z0-9._-]+")
_SINK: Final = re.compile(r"0\.0\.0\.0|0|127(?:\.\d{1,3}){3}|::|::1|::0|0:0:0:0:0:0:0:[01]")
_ADDRESS: Final = re.compile(r"0|(?:\d{1,3}\.){3}\d{1,3}|(?=.*:)[0-9a-fA-F:.%a-z]+")
_COMMON: Final = re.compile(  # lines in none of the other syntaxes: 4 µs less for each of them
    r"0\.0\.0\.0\s|127\.|::|\|\||\S+\s+(?:IN\s+)?CNAME\s|\*?\.?[a-z0-9._-]+(?:\s+[#;].*)?\Z|https?://[^\s\[({*]+\Z",
    re.IGNORECASE,
)
_REACH: Final = re.compile(r"(?:[#;!]+|--)\s*reach:\s*(host|www|subtree)\s*", re.IGNORECASE)
_COMMENT: Final = re.compile(r"\s[#;].*")
_RECORD: Final = re.compile(
    r"(?P<owner>\S*)\s+(?:\d+\s+)?(?:IN\s+)?(?:\d+\s+)?"
    r"(?P<type>CNAME|DNAME|A|AAAA|TXT|SOA|NS|MX|PTR|SRV)\s+(?P<data>\S.*)",
    re.IGNORECASE,
)
_ADBLOCK: Final = re.compile(
    r"\|\|([^\^/$*|]+)\^?(?:\$(?:important|all|document|doc|popup)(?:,(?:important|all))*)?"
)
_COSMETIC: Final = re.compile(r"#[@?$%]{0,3}#")
_BARE_URL: Final = re.compile(r"https?://([^/?#:@\s]+)/?", re.IGNORECASE)
DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(T\S*)?")
_DENIALS: Final = frozenset((".", "*.", "rpz-drop."))


class Found(NamedTuple):
    """What a line asks for. `reach` is None where it does not say; `below` is an RPZ wildcard, without its
    apex.
    """

    name: Name
    reach: Reach | None = None
    category: str = ""
    expires: str = ""
    zone: bool = False
    below: bool = False


class Refused(NamedTuple):
    """Why a line, or one word of it, is no entry; `reason` is a key of LINE_REASONS."""

    reason: str
    detail: str = ""


class _NoEntry(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.refused = Refused(reason, detail)


@dataclass(slots=True)
class State:
    """What earlier lines of the same list said."""

    reach: Reach | None = None
    apex: str = ""  # the zone's name with its trailing dot, where the list says it
    origin: str = ""
    parentheses: int = 0
    rows: int = 0  # lines so far that were neither blank nor comment
    json: bool = False
    allows: bool = False  # the list says what must not be blocked: `@@` and `rpz-passthru.` are at home in it

    def is_plain(self) -> bool:
        """Whether the next line means the same as it would alone, but for the reach of a plain name."""
        return self.rows > 0 and not self.json and not self.parentheses and self.origin in ("", self.apex)


def read_line(line: str, text: str, state: State) -> Iterator[Found | Refused | None]:
    """The requests of one line."""
    if _SIMPLE.fullmatch(text) and text[0] != "." and not (state.json or state.parentheses):
        yield guarded(text, state, _name_alone)
        return
    if _is_comment(text, state) or _is_zone_frame(text, state):
        yield None
        return
    other = None if state.json or _COMMON.match(text) else other_syntax(text)
    if other is not None:
        state.rows += 1
        yield from (_other(one, state) for one in other) if other else (None,)
        return
    state.json = state.json or (not state.rows and text.startswith(("{", "[")))
    state.rows += 1
    text = _COMMENT.sub("", text)
    words = text.split()
    if state.json:
        yield Refused("json")
    elif _COSMETIC.search(text):
        yield Refused("exception", text[:80])
    elif len(words) > 1 and _ADDRESS.fullmatch(words[0]):
        for word in words[1:]:
            yield (
                guarded(word, state, _host) if _SINK.fullmatch(words[0]) else Refused("not_a_sink", words[0])
            )
    elif "," in text:
        yield guarded(text.split(",")[0].strip(' "\t'), state, _first_cell)
    elif len(words) > 1:
        yield guarded(_COMMENT.sub("", line.rstrip()), state, _record)
    else:
        yield guarded(text, state, read_word)


def guarded(text: str, state: State, read: Callable[[str, State], Found | None]) -> Found | Refused | None:
    try:
        return read(text, state)
    except BadName as error:
        return Refused(error.reason, error.detail)
    except _NoEntry as error:
        return error.refused


def _other(word: Word, state: State) -> Found | Refused | None:
    """What a line in one of the other syntaxes asks for."""
    if isinstance(word, No):
        return Refused(*word)
    found = guarded(word.text, state, read_word if word.reach is None else _host)
    if not isinstance(found, Found):
        return found
    if word.expires and not DATE.fullmatch(word.expires):
        return Refused("bad_expiry", word.expires[:80])
    return found._replace(reach=word.reach or found.reach, category=word.category, expires=word.expires)


def _name_alone(text: str, state: State) -> Found:
    state.rows += 1
    return Found(parse_name(text), state.reach)


def _host(text: str, state: State) -> Found:
    del state
    return Found(parse_name(text), Reach.HOST)


def _first_cell(text: str, state: State) -> Found:
    """The name in the first cell of a row in a table without a header."""
    try:
        return read_word(text, state)
    except BadName as error:
        if error.reason == "not_utf8":
            raise
        raise _NoEntry("no_name", f"the first cell: {REASONS[error.reason]}") from error


def read_word(text: str, state: State) -> Found:
    """A single word: a name, `*.name`, `.name`, `||name^`, or a URL that is nothing but a host."""
    if state.allows:
        text = text.removeprefix("@@")
    if text.startswith("||"):
        rule = _ADBLOCK.fullmatch(text)
        if rule is None:
            raise _NoEntry("exception", text[:80])
        return Found(parse_name(rule[1]), Reach.SUBTREE)
    if text.startswith("@@"):
        raise _NoEntry("exception", text[:80])
    if "://" in text:
        url = _BARE_URL.fullmatch(text)
        if url is None:
            raise _NoEntry("url")
        return Found(parse_name(url[1]), Reach.HOST)
    if "/" in text:
        pattern = text.startswith("/") and text.endswith("/") and len(text) > 2
        raise _NoEntry("exception" if pattern else "url")
    if text.startswith(("*$", "^")) or text.endswith("^"):
        raise _NoEntry("exception", text[:80])
    if text.startswith(("*.", ".")) and len(text) > 2:
        return Found(parse_name(text.removeprefix("*").removeprefix(".")), Reach.SUBTREE)
    return Found(parse_name(text), state.reach)


def _record(line: str, state: State) -> Found | None:
    """What an RPZ record denies; None for SOA and NS. Source: draft-vixie-dnsop-dns-rpz 3 and 4."""
    record = _RECORD.fullmatch(line)
    if record is None:
        raise _NoEntry("words")
    kind, data = record["type"].upper(), record["data"].strip().lower()
    if kind == "SOA":
        state.parentheses = data.count("(") - data.count(")")
        if record["owner"].endswith("."):
            state.apex = state.apex or record["owner"].lower()
        return None
    if kind == "NS":
        return None
    if kind != "CNAME" or not (data in _DENIALS or (state.allows and data == "rpz-passthru.")):
        raise _NoEntry("not_a_block", f"{kind} {data}"[:80])
    owner = _trigger(record["owner"].lower(), state)
    if owner.startswith("*."):
        return Found(parse_name(owner[2:]), Reach.SUBTREE, zone=True, below=True)
    return Found(parse_name(owner), Reach.HOST, zone=True)


def _trigger(owner: str, state: State) -> str:
    """The owner of a record relative to its zone."""
    if not owner or owner == "@":
        raise _NoEntry("no_name", "the zone itself")
    full = owner if owner.endswith(".") else f"{owner}.{state.origin}" if state.origin else ""
    if not full:
        return owner
    if not state.apex or not full.endswith(f".{state.apex}"):
        raise _NoEntry("out_of_zone", owner)
    return full.removesuffix(f".{state.apex}")


def _is_comment(text: str, state: State) -> bool:
    if text and not text.startswith(("#", ";", "!", "//", "--", "[Adblock", "##")):
        return False
    said = _REACH.fullmatch(text)
    if said:
        state.reach = Reach(said[1].lower())
    return True


def _is_zone_frame(text: str, state: State) -> bool:
    """Whether this is a `$TTL` or `$ORIGIN` line, or a line inside the parentheses of a SOA record."""
    if state.parentheses > 0:
        plain = text.partition(";")[0]
        state.parentheses += plain.count("(") - plain.count(")")
        return True
    if not text.startswith("$"):
        return False
    word, _, value = text.partition(" ")
    if word.upper() == "$ORIGIN" and value.strip().endswith("."):
        state.origin = value.strip().lower()
        state.apex = state.apex or state.origin
    return word.upper() in ("$ORIGIN", "$TTL")
