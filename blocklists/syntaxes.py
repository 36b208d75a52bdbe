"""Spellings of further programs, one line each: dnsmasq, Unbound, BIND, nginx, Adblock's single hosts, Lua frames of
our own, STIX, MISP and JSON objects, rules of v2fly and uBlacklist, and names that reports write so that nobody clicks.

`other_syntax` is asked by `lines` about a line that is no comment; it knows nothing of the lines before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final, NamedTuple

from blocklists.formats import knot, lua, nginx, powerdns
from blocklists.lists import Reach

OTHER_REASONS: Final[dict[str, str]] = {
    "not_a_name": "an indicator, rule or reference that is about something else than a name",
    "over": "an indicator that was revoked, deleted, or is not meant for blocking",
}


class Said(NamedTuple):
    """A name as it is spelled, and how far it goes; None where the line does not say."""

    text: str
    reach: Reach | None = None
    category: str = ""
    expires: str = ""


class No(NamedTuple):
    """Why there is no name; `reason` is a key of the reasons of `lines`."""

    reason: str
    detail: str = ""


Word = Said | No
_COMMENT: Final = re.compile(r"\s[#;].*")
_SINKS: Final = frozenset(("", "#", "0.0.0.0", "127.0.0.1", "::", "::1"))  # noqa: S104  read, not bound
_DNSMASQ: Final = re.compile(r"(address|local|server)=/(\S*)/(\S*)")
_HOST_RECORD: Final = re.compile(r"host-record=([^,\s]+),(\S+)")
_ZONE: Final = re.compile(r"local-zone:\s*[\"']?([^\s\"']+?)\.?[\"']?\s+[\"']?([a-z_]+)[\"']?")
_DATA: Final = re.compile(
    r"local-data(?:-ptr)?:\s*['\"]?([^\s'\"]+?)\.?\s+(?:\d+\s+)?(?:IN\s+)?([A-Z]+)\s+(.*?)['\"]?",
    re.IGNORECASE,
)
_BIND: Final = re.compile(
    r"zone\s+\"?([^\s\"]+?)\.?\"?\s+(?:IN\s+)?\{\s*type\s+([a-z-]+)\s*;.*", re.IGNORECASE
)
_NGINX: Final = re.compile(r"\"(\.?)([^\"\s]+)\"\s+(\S+);")
_ADBLOCK_HOST: Final = re.compile(r"\|([^|^/$*:]+)\^")
_V2FLY: Final = re.compile(r"(domain|full|include|keyword|regexp):(\S+)(?:\s+[@&]\S+)*")
_UBLACKLIST: Final = re.compile(r"(?:\*|https?)://(\*\.)?([^/*\s]+)/\*")
_DOT: Final = re.compile(r"[\[({]\s*(?:\.|dot)\s*[\])}]", re.IGNORECASE)
_SCHEME: Final = re.compile(r"h(?:xx|\*\*|tt)ps?(?:\[:\]|\[?:)//\]?", re.IGNORECASE)
_HARMLESS: Final = re.compile(
    rf"(?=.*(?:{_DOT.pattern}|h(?:xx|\*\*)ps?|\[:\]//|\[://\]))"  # some sign of it
    r"(?:(?:[-*•–]|\d{1,4}[.)])\s+)?(\S+?)[,;]?",  # one word, perhaps an item of a list
    re.IGNORECASE,
)
_BLOCKING_ZONES: Final = frozenset(
    (
        *("always_nxdomain", "always_null", "always_nodata", "always_refuse", "always_deny", "static"),
        *("refuse", "deny", "inform_deny", "redirect", "inform_redirect"),
    )
)
_FRAMES: Final = frozenset(
    (
        *("server:", "---", "}", "]}", "]}}", lua.OPEN),
        *(line.strip() for program in (knot.PROGRAM, powerdns.PROGRAM) for line in program.splitlines()),
    )
)
_PATTERNS: Final = (
    *(re.compile(one.strip()) for one in nginx.FRAME),
    re.compile(r'\{"type":"bundle","id":"[^"]*","objects":\['),
    re.compile(r'\{"Event":\{.*"Attribute":\['),
)
_EQUALS: Final = r"domain-name:value\s*=\s*'([^'\\]+)'"
_STIX: Final = re.compile(rf"\[\s*{_EQUALS}(?:\s+OR\s+{_EQUALS})*\s*\]")
_STIX_TREE: Final = re.compile(rf"\[\s*{_EQUALS} OR domain-name:value MATCHES '(\S+)'\s*\]")
_REACH_LABEL: Final = re.compile(r"(?:reach:|blocklist:reach=\")(host|www|subtree)\"?")
_NAME_KEYS: Final = ("name", "domain", "host", "hostname", "fqdn", "url")
_MISP_TYPES: Final = ("domain", "hostname", "domain|ip", "hostname|port", "url")


def other_syntax(line: str) -> list[Word] | None:
    """What the line says, nothing for a frame of the syntax; None when it is in none of these syntaxes."""
    if line.startswith("{"):
        found = json_line(line)
        if found is not None:
            return found
    text = _COMMENT.sub("", line).rstrip()
    if text.startswith("--") or text in _FRAMES or any(one.fullmatch(text) for one in _PATTERNS):
        return []
    for pattern, read in _READERS:
        match = pattern.fullmatch(text)
        if match:
            return list(read(match))
    return None


def json_line(line: str) -> list[Word] | None:
    """What one JSON object says: a STIX object, a MISP attribute, or an object with a name."""
    try:
        found = json.loads(line.removesuffix(","))
    except (ValueError, RecursionError):
        return None
    return list(json_object(found)) if isinstance(found, dict) else None


def json_object(found: dict[str, Any]) -> Iterator[Word]:
    """The names in one object of a STIX bundle, a MISP event, or a list of objects."""
    if "pattern" in found or "spec_version" in found or found.get("type") == "bundle":
        yield from _stix(found)
    elif "to_ids" in found or ("value" in found and "type" in found):
        yield _misp(found)
    else:
        name = next((found[key] for key in _NAME_KEYS if isinstance(found.get(key), str)), None)
        if name is None:
            yield No("json")
        else:
            yield _said(name, found.get("reach"), found.get("category"), found.get("expires"))


def _said(name: str, reach: object, category: object = "", expires: object = "") -> Word:
    if reach and reach not in [one.value for one in Reach]:
        return No("bad_reach", str(reach)[:80])
    kind = category if isinstance(category, str) else ""
    return Said(name, Reach(str(reach)) if reach else None, kind, str(expires or ""))


def _stix(found: dict[str, Any]) -> Iterator[Word]:
    if found.get("type") != "indicator":
        return
    pattern, labels = str(found.get("pattern")), found.get("labels") or ()
    said = [_REACH_LABEL.fullmatch(one) for one in labels if isinstance(one, str)]
    own = next((one[1] for one in said if one), None)
    plain, tree = _STIX.fullmatch(pattern), _STIX_TREE.fullmatch(pattern)
    expires = str(found.get("valid_until") or "")[:10]
    if found.get("revoked"):
        yield No("over")
    elif tree and re.escape(f".{tree[1]}").replace("\\", "\\\\") + "$" == tree[2]:
        yield Said(tree[1], Reach.SUBTREE, _label(labels, "category"), _label(labels, "expires") or expires)
    elif plain:
        names = re.findall(_EQUALS, pattern)
        reach = Reach.WWW if own == "www" and names[1:] == [f"www.{names[0]}"] else Reach.HOST
        for name in names[:1] if reach is Reach.WWW else names:
            yield Said(name, reach, _label(labels, "category"), _label(labels, "expires") or expires)
    else:
        yield No("not_a_name", pattern[:80])


def _label(labels: Any, key: str) -> str:
    texts = (one for one in labels if isinstance(one, str))
    return next((one.removeprefix(f"{key}:") for one in texts if one.startswith(f"{key}:")), "")


def _misp(found: dict[str, Any]) -> Word:
    kind, value = str(found.get("type")), str(found.get("value"))
    tags = [one.get("name") for one in found.get("Tag") or () if isinstance(one, dict)]
    said = [_REACH_LABEL.fullmatch(one) for one in tags if isinstance(one, str)]
    reach = next((one[1] for one in said if one), None)
    if found.get("deleted") or not found.get("to_ids", True):
        return No("over")
    if kind not in _MISP_TYPES:
        return No("not_a_name", kind[:80])
    if kind == "url":
        return Said(value)
    return _said(
        value.split("|", maxsplit=1)[0], reach or ("subtree" if kind.startswith("domain") else "host")
    )


def _dnsmasq(match: re.Match[str]) -> Iterator[Word]:
    kind, names, target = match.groups()
    if "=" in names:
        yield No("words", "lines glued together")
        return
    if target not in _SINKS or (kind == "server" and target):
        yield No("not_a_sink", target[:80])
        return
    for name in names.split("/"):
        yield Said(name, Reach.SUBTREE)


def _host_record(match: re.Match[str]) -> Iterator[Word]:
    parts = match[2].split(",")
    if not all(part in _SINKS for part in parts):
        yield No("not_a_sink", match[2][:80])
        return
    yield Said(match[1], Reach.HOST)


def _zone(match: re.Match[str]) -> Iterator[Word]:
    if match[2] in _BLOCKING_ZONES:
        yield Said(match[1], Reach.SUBTREE)
    elif match[2] != "transparent":  # the records of a transparent zone say what it does
        yield No("exception", match[2])


def _data(match: re.Match[str]) -> Iterator[Word]:
    kind, data = match[2].upper(), match[3]
    if (kind == "TXT" and data == '"blocked"') or (kind in ("A", "AAAA") and data in _SINKS):
        yield Said(match[1], Reach.HOST)
    else:
        yield No("not_a_sink", data[:80])


def _bind(match: re.Match[str]) -> Iterator[Word]:
    if match[2].lower() in ("primary", "master"):
        yield Said(match[1], Reach.SUBTREE)
    else:
        yield No("not_a_block", match[2][:80])


def _nginx(match: re.Match[str]) -> Iterator[Word]:
    if match[3] == "0":
        yield No("exception", match[0][:80])
    else:
        yield Said(match[2], Reach.SUBTREE if match[1] else Reach.HOST)


def _adblock_host(match: re.Match[str]) -> Iterator[Word]:
    yield Said(match[1], Reach.HOST)


def _v2fly(match: re.Match[str]) -> Iterator[Word]:
    reach = {"domain": Reach.SUBTREE, "full": Reach.HOST}.get(match[1])
    yield Said(match[2], reach) if reach else No("not_a_name", match[0][:80])


def _ublacklist(match: re.Match[str]) -> Iterator[Word]:
    yield Said(match[2], Reach.SUBTREE if match[1] else Reach.HOST)


def _defanged(match: re.Match[str]) -> Iterator[Word]:
    """A word that was made harmless, alone on its line or in a list; running text names friends too."""
    word = _DOT.sub(".", match[1])
    yield Said(_SCHEME.sub("http://", word))


_READERS: Final[tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Iterator[Word]]], ...]] = (
    (_DNSMASQ, _dnsmasq),
    (_HOST_RECORD, _host_record),
    (_ZONE, _zone),
    (_DATA, _data),
    (_BIND, _bind),
    (_NGINX, _nginx),
    (_ADBLOCK_HOST, _adblock_host),
    (_V2FLY, _v2fly),
    (_UBLACKLIST, _ublacklist),
    (_HARMLESS, _defanged),
)
