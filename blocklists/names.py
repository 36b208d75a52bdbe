"""Name: a host name in its one canonical spelling, and the questions one can ask about it.

A Name is an A-label form in lower case without a trailing dot: `parse_name` is the only door.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NewType

import idna

Name = NewType("Name", str)

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LABELS: Final = re.compile(rf"(?:{_LABEL.pattern}\.)+{_LABEL.pattern}")
_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+")
_PLAIN: Final = re.compile(r"[a-z0-9_.-]+")
_LONGEST: Final = 1024  # of the text: 253 characters of a name written in Unicode never need more
_DIGITS: Final = re.compile(r"[0-9a-f:.]+")
_VALID: Final = re.compile(r"[a-z0-9]{1,63}")  # a label that IDNA leaves as it is
_DOTS: Final = str.maketrans("。．｡", "...")
# What a message shows as an escape: all but printable ASCII and what Chinese is written in. Letters of other scripts
# can look like Latin ones.
_ESCAPED: Final = re.compile("[^ -\\[\\]-~\u3001-\u3011\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e‘’“”…]")

# RFC 6761, RFC 6762, RFC 7686, RFC 8375, RFC 9476, ICANN 2024 (.internal).
SPECIAL_USE: Final = frozenset(
    (
        *("localhost", "local", "localdomain", "internal", "invalid", "test", "onion", "alt"),
        *("home.arpa", "in-addr.arpa", "ip6.arpa"),
    )
)
# Labels that RPZ reads as instructions when they stand at an end of an owner name (draft-vixie-dns-rpz).
RPZ_WORDS: Final = frozenset(
    ("rpz-ip", "rpz-client-ip", "rpz-nsdname", "rpz-nsip", "rpz-passthru", "rpz-drop", "rpz-tcp-only")
)

# What nearly every name of a list looks like: canonical as it stands, unless it has more than 63 characters. No
# hyphen beside another, no numeric or special-use last label, no word of RPZ; everything else is for `parse_name`.
ORDINARY: Final = (
    r"(?!rpz-)(?:[a-z0-9_]++(?:-[a-z0-9_]++)*+\.)++"
    rf"(?!(?:{'|'.join(sorted(one.rpartition('.')[2] for one in SPECIAL_USE))})\b)[a-z]{{2,63}}+"
)
_ORDINARY: Final = re.compile(ORDINARY)

REASONS: Final[dict[str, str]] = {
    "empty": "nothing is left to be a name",
    "address": "an address, not a domain",
    "single_label": "a single label: a domain needs at least two",
    "too_long": "longer than 253 characters",
    "label_too_long": "a label longer than 63 characters",
    "empty_label": "an empty label (two dots, or a leading dot)",
    "bad_character": "a character that host names do not have",
    "not_utf8": "octets that could not be read as text",
    "bad_idna": "not a valid internationalised name (IDNA 2008, UTS 46)",
    "special_use": "a special-use name that never leaves the local network",
    "reserved_label": "a label that resolvers read as an instruction",
}


class BadName(ValueError):
    """Raised for text that is no host name; `reason` is a key of REASONS."""

    def __init__(self, value: str, reason: str, detail: str = "") -> None:
        tail = f" ({_shown(detail)})" if detail else ""
        super().__init__(f"'{_shown(value)}': {REASONS[reason]}{tail}")
        self.value, self.reason, self.detail = value, reason, detail

    def __reduce__(self) -> tuple[type[BadName], tuple[str, str, str]]:
        return BadName, (self.value, self.reason, self.detail)


def _shown(text: str) -> str:
    """At most 80 characters of `text`, fit for terminals and logs, and for whoever typed it in Chinese."""
    short = text if len(text) <= 80 else text[:77] + "..."
    return _ESCAPED.sub(lambda found: found[0].encode("unicode_escape").decode(), short)


def parse_name(text: str) -> Name:
    """The canonical Name that `text` spells: case, trailing dot and Unicode form folded.

    Raises BadName, with the reason, for addresses in any spelling that a C library would accept (`127.1`,
    `0x7f000001`), special-use names, single labels and whatever host names cannot hold.
    Source: RFC 1123 2.1, RFC 5891 with UTS 46 mapping, WHATWG URL host parser for numeric last labels.
    """
    if len(text) <= 63 and _ORDINARY.fullmatch(text):  # 0.4 us instead of 3
        return Name(text)
    if len(text) > _LONGEST:
        raise BadName(text, "too_long", f"{len(text)}")
    name = text.strip(" \t\r\n").lower()
    plain = _PLAIN.fullmatch(name)
    if not plain:
        name = _to_ascii(text, name)
    name = name.removesuffix(".")
    if len(name) > 253 or "--" in name or not _LABELS.fullmatch(name):
        _check_shape(text, name)
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        raise BadName(text, "address")
    if labels[-1] in SPECIAL_USE or ".".join(labels[-2:]) in SPECIAL_USE:
        raise BadName(text, "special_use", ".".join(labels[-2:]) if len(labels) > 1 else name)
    if len(labels) < 2:
        raise BadName(text, "single_label")
    if labels[0] in RPZ_WORDS or labels[-1] in RPZ_WORDS:
        raise BadName(text, "reserved_label", labels[0])
    if plain and "xn--" in name:
        _check_idna(text, labels)
    return Name(name)


def _to_ascii(text: str, name: str) -> str:
    """The A-label form of a name that is not plain ASCII, or BadName."""
    if not name:
        raise BadName(text, "empty")
    if "\ufffd" in name:  # what cannot be decoded; no name has it
        raise BadName(text, "not_utf8")
    folded = unicodedata.normalize("NFKC", name).translate(_DOTS).lower()
    if _is_address(folded):
        raise BadName(text, "address")
    if folded.isascii():
        bad = sorted({c for c in folded if not _PLAIN.fullmatch(c)})
        if bad:
            raise BadName(text, "bad_character", " ".join(f"U+{ord(c):04X}" for c in bad[:5]))
        _check_idna(text, folded.split("."))
        return folded
    try:
        return _encoded(text, name.translate(_DOTS).removesuffix("."))
    except (idna.IDNAError, UnicodeError) as error:
        if any(unicodedata.category(c) in ("Cc", "Cf", "Zs") or c in "/:@#?%[]\\" for c in folded):
            raise BadName(text, "bad_character", str(error)) from error
        raise BadName(text, "bad_idna", str(error)) from error


def _encoded(text: str, name: str) -> str:
    """`idna.encode(name, uts46=True)`, in a third of its time: plain labels stay as they are."""
    labels = []
    for label in idna.uts46_remap(name, std3_rules=False).removesuffix(".").split("."):
        if label.startswith("xn--"):
            _check_idna(text, [label])
        labels.append(label if _VALID.fullmatch(label) else idna.alabel(label).decode("ascii"))
    return ".".join(labels)


def _is_address(text: str) -> bool:
    address = text.strip("[]").split("%")[0]
    if not _DIGITS.fullmatch(address):
        return False
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True


def _check_shape(text: str, name: str) -> None:
    """Raises BadName unless `name` is well-formed LDH (underscore allowed) within the limits of RFC 1035
    2.3.4.
    """
    if not name:
        raise BadName(text, "empty")
    if len(name) > 253:
        raise BadName(text, "too_long", f"{len(name)}")
    for label in name.split("."):
        if not label:
            raise BadName(text, "empty_label")
        if len(label) > 63:
            raise BadName(text, "label_too_long", f"{len(label)}")
        if not _LABEL.fullmatch(label):
            raise BadName(text, "bad_character", f"label {label!r}")
        if label[2:4] == "--" and not label.startswith("xn--"):
            raise BadName(text, "bad_idna", f"hyphens at 3 and 4 in {label!r}")


def _check_idna(text: str, labels: list[str]) -> None:
    """Raises BadName for an A-label that no U-label is spelled as (overlong, undecodable, or plain ASCII
    inside).
    """
    for label in labels:
        if label.startswith("xn--"):
            try:
                said = label[4:].encode("ascii").decode("punycode")
                idna.check_label(said)
                back = said if said.isascii() else "xn--" + said.encode("punycode").decode("ascii")
            except (idna.IDNAError, UnicodeError) as error:
                raise BadName(text, "bad_idna", str(error)) from error
            if back != label:
                raise BadName(text, "bad_idna", f"{label} should be written {back}")


def unicode_form(name: Name) -> str:
    """The U-label form, for people; the A-label itself where a label cannot be decoded."""
    if "xn--" not in name:
        return name
    labels = []
    for label in name.split("."):
        try:
            labels.append(idna.ulabel(label) if label.startswith("xn--") else label)
        except (idna.IDNAError, UnicodeError):
            labels.append(label)
    return ".".join(labels)


def parents(name: Name) -> Iterator[Name]:
    """The names above `name`, nearest first: a.b.c.d gives b.c.d, c.d (never the top-level label)."""
    at = name.find(".") + 1
    while at and (next_dot := name.find(".", at)) != -1:
        yield Name(name[at:])
        at = next_dot + 1


def covers(parent: Name, name: Name) -> bool:
    """Whether `name` is `parent` or lies below it."""
    return name == parent or name.endswith("." + parent)
