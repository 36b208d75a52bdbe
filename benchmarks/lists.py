"""Invented block lists as they come: many syntaxes in one file, duplicates, subdomains, and dirty lines."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_CONSONANTS: Final = ("b", "ch", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "tr", "v", "w", "z")
_SYLLABLES: Final = [a + b + c for a in _CONSONANTS for b in "aeiou" for c in ("", "n", "r", "s", "x")]
_ENDS: Final = (
    *["com"] * 45, *["net"] * 10, *["org"] * 8, *["info"] * 5, *["xyz"] * 6, *["top"] * 6, *["de"] * 3, *["ru"] * 3,
    *["cn"] * 3, *["site"] * 3, *["co.uk"] * 2, *["com.br"] * 2, *["online"] * 2, *["io"] * 2,
)  # fmt: skip
_HOSTS: Final = ("www", "m", "ads", "track", "cdn", "api", "mail", "img", "login", "app", "static", "secure")
_PROTECTED: Final = ("google.com", "co.uk", "localhost", "a.github.com", "printer.local", "x.gov")

# Shares in 1,000 lines. After published lists: HaGeZi, StevenBlack, 1Hosts, Phishing.Database and their dirtiest parts.
_SHAPES: Final[tuple[tuple[int, str], ...]] = (
    (220, "0.0.0.0 {name}\n"),
    (40, "127.0.0.1 {name}\n"),
    (265, "{name}\n"),
    (210, "||{name}^\n"),
    (100, "*.{name}\n"),
    (20, ".{name}\n"),
    (40, "{name} CNAME .\n*.{name} CNAME .\n"),
    (15, "{name} CNAME .\n"),
    (30, "# {name} and more\n"),
    (10, "! Title: {name}\n"),
    (10, "\n"),
    (10, "{name} # seen in {number}\n"),
    (10, "{name}\r\n"),
    (3, "{upper}\n"),
    (2, "{name}.\n"),
    (4, "{a_label}.com\n"),
    (1, "{u_label}.com\n"),
    (2, "http://{name}/{number}\n"),
    (2, "@@||{name}^\n"),
    (1, "{number} {name}\n"),
    (2, "192.0.2.{number}\n"),
    (2, "{name}..\n"),
    (1, "{protected}\n"),
)


class _Names:
    """Names of two to five labels: 15 in 100 were named before, 15 lie below one that was."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._known: list[str] = []

    def label(self) -> str:
        chance = self._chance
        word = "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 3, 4, 4, 5))))
        kind = chance.random()
        if kind < 0.15:
            return f"{word}{chance.randrange(1000)}"
        return f"{word}-{chance.choice(_SYLLABLES)}{chance.choice(_SYLLABLES)}" if kind < 0.3 else word

    def host(self) -> str:
        return self._chance.choice(_HOSTS) if self._chance.random() < 0.5 else self.label()

    def name(self) -> str:
        chance = self._chance
        kind = chance.random()
        if self._known and kind < 0.15:
            return chance.choice(self._known)
        if self._known and kind < 0.3:
            return f"{self.host()}.{chance.choice(self._known)}"
        name = f"{self.label()}.{chance.choice(_ENDS)}"
        if kind < 0.65:
            name = f"{self.host()}.{name}"
        if kind < 0.4:
            name = f"{self.label()}.{name}"
        self._known.append(name)
        return name


def mixed_lines(count: int, seed: int = 5) -> Iterator[str]:
    """`count` lines of all kinds, some two or one at a time; the same for the same seed."""
    chance = random.Random(seed)
    names = _Names(chance)
    shapes, shares = [shape for _, shape in _SHAPES], [share for share, _ in _SHAPES]
    words: dict[str, Callable[[], str]] = {
        "name": names.name,
        "upper": lambda: names.name().upper(),
        "number": lambda: str(chance.randrange(256)),
        "u_label": lambda: "".join(
            chr(chance.randrange(0x4E00, 0x9FA0)) for _ in range(chance.randint(2, 5))
        ),
        "protected": lambda: chance.choice(_PROTECTED),
    }
    words["a_label"] = lambda: f"xn--{words['u_label']().encode('punycode').decode()}"
    done = 0
    while done < count:
        for shape in chance.choices(shapes, shares, k=1000):
            text = shape.format(**{word: make() for word, make in words.items() if f"{{{word}}}" in shape})
            lines = text.splitlines(keepends=True)[: count - done]
            yield from lines
            done += len(lines)
            if done == count:
                return


def write_mixed(path: Path, count: int, seed: int = 5) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.writelines(mixed_lines(count, seed))


def write_pair(before: Path, after: Path, count: int, differing: int, seed: int = 7) -> None:
    """Two files of `count` names each, of which `differing` are in the one only and as many in the other only."""
    chance = random.Random(seed)
    names, found = _Names(chance), set[str]()
    while len(found) < count + differing:
        found.add(f"{names.label()}{chance.randrange(10_000)}.{chance.choice(_ENDS)}")
    lines = [f"{name}\n" for name in sorted(found)]
    odd = chance.sample(range(len(lines)), 2 * differing)
    for path, gone in ((before, set(odd[:differing])), (after, set(odd[differing:]))):
        path.write_text("".join(line for at, line in enumerate(lines) if at not in gone))
