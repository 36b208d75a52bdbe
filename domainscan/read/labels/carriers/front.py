"""The front matter of a Markdown text, and the labels in it: YAML between `---`, TOML between `+++`.

    ---
    AIGC:
      Label: "1"
      ContentProducer: "001191..."
    ---

Only as much YAML is read as labels need: one mapping, plain and quoted scalars, a flow mapping (JSON), a block scalar.
Source: TC260-PG-20258A.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from domainscan.read.labels.source import Fields, Item, Text, Trouble, keyed

_LINES: Final = 2_000
_BLOCK: Final = re.compile(r"[|>][+-]?[1-9]?\s*")
_LINE: Final = re.compile(
    r"([ \t]{0,64})([\"']?)([A-Za-z0-9_.-]{1,64})\2[ \t]{0,8}:(?:[ \t]{1,64}(.{0,4000}))?"
)
_PLACE: Final = "Markdown front matter"
_DOTS: Final = 200  # of one line: a key of 32,000 parts took the library 12 s
_LABEL: Final = re.compile(r"[\"'\[]{0,2}AIGC[\"']?\s*[].:=]", re.IGNORECASE)  # an entry, in either
_ENDS: Final = {"---": ("---", "..."), "+++": ("+++",)}


class Front(NamedTuple):
    """The lines of a front matter, what stands behind it, and whether it has an end."""

    fence: str
    lines: tuple[str, ...]
    body: str
    ended: bool

    def labels(self, *, is_cut: bool) -> Iterator[Item]:
        """The labels in it. One without an end is none, unless it has an entry AIGC."""
        if not self.ended and not any(_LABEL.match(line) for line in self.lines):
            return
        yield from _toml("\n".join(self.lines)) if self.fence == "+++" else _labels(self.lines)
        if not self.ended:
            yield Trouble("cut" if is_cut else "damaged", _PLACE, "without its end")


def front_matter(text: str) -> Front | None:
    """The front matter that a text begins with, or None."""
    lines = text.split("\n", _LINES)[:_LINES]
    ends = _ENDS.get(lines[0].rstrip())
    if ends is None:
        return None
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in ends), 0)
    body = "\n".join(lines[end + 1 :]) if end else text
    return Front(lines[0].rstrip(), tuple(lines[1 : end or None]), body, bool(end))


def _toml(text: str) -> Iterator[Item]:
    """Every entry AIGC of the outermost table: a table, an inline one or a string."""
    if "AIGC" not in text.upper():
        return
    if max(line.count(".") for line in text.split("\n")) > _DOTS:
        yield Trouble("limit", _PLACE, f"a line with more than {_DOTS} dots")
        return
    try:
        entries = [(key, one) for key, one in tomllib.loads(text).items() if key.strip().upper() == "AIGC"]
        texts = [(key, one if isinstance(one, str) else json.dumps(one, default=str)) for key, one in entries]
    except (
        ValueError,
        RecursionError,
    ) as error:  # no TOML, a number of 5,000 digits, 10,000 opening brackets
        if any(_LABEL.match(line) for line in text.split("\n")):
            yield Trouble("label_damaged", _PLACE, f"no TOML: {error}"[:100])
        return
    for key, label in texts:
        yield Text(_PLACE, label, () if key == "AIGC" else ("key_spelling",))


def _key(line: str) -> tuple[str, int, str]:
    """(key, its indentation, what follows it) of a line; ("", 0, "") when it is no entry of a mapping."""
    found = _LINE.fullmatch(line.rstrip())
    return (found[3], len(found[1]), found[4] or "") if found else ("", 0, "")


def _labels(lines: Sequence[str]) -> Iterator[Item]:
    """Every top-level entry AIGC of a front matter."""
    for number, line in enumerate(lines):
        key, indentation, rest = _key(line)
        if key.upper() == "AIGC" and not indentation:
            yield from _label(key, rest.strip(), _indented(lines[number + 1 :]))


def _indented(lines: Sequence[str]) -> list[str]:
    """The lines that belong to the entry before them."""
    found = []
    for line in lines:
        if line.strip() and line[0] not in " \t":
            break
        found.append(line)
    return found


def _label(key: str, rest: str, block: Sequence[str]) -> Iterator[Item]:
    trouble = () if key == "AIGC" else ("key_spelling",)
    if rest.startswith("#"):
        rest = ""
    if rest and _BLOCK.fullmatch(rest):
        yield Text(_PLACE, "\n".join(line.strip() for line in block), trouble)
    elif rest.startswith("{"):
        yield Text(_PLACE, "\n".join((rest, *block)), trouble)
    elif rest:
        whole = " ".join((rest, *(line.strip() for line in block))) if rest[0] in "\"'" else rest
        label = keyed(_PLACE, key, _scalar(whole.rstrip()))
        if label:
            yield label
    else:
        entries = [_key(line) for line in block if line.strip() and not line.lstrip().startswith("#")]
        if not entries:
            yield Text(_PLACE, "", trouble)
        elif any(not name for name, _, _ in entries) or len({depth for _, depth, _ in entries}) != 1:
            yield Text(_PLACE, "\n".join(block), trouble)
        else:
            fields = tuple((name, _scalar(value.strip())) for name, _, value in entries)
            yield Fields(_PLACE, fields, "\n".join(block), trouble)


def _scalar(text: str) -> str:
    """A scalar's value: quoted either way, or plain."""
    if text.startswith('"'):
        end = text.rfind('"')
        try:
            value = json.loads(text[: end + 1])
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    if text.startswith("'"):
        end = text.rfind("'")
        return text[1:end].replace("''", "'") if end > 0 else text
    return text.partition(" #")[0].rstrip()
