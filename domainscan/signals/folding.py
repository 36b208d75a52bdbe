"""Folding: a text as the lexicons spell it.

It undoes what hides a word from a search and nothing else: width and compatibility forms, zero-width characters,
look-alike letters, traditional characters, spaces and dots between the letters of a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from domainscan.signals.traditional import TRADITIONAL

_CJK: Final = "\u3400-\u4dbf\u4e00-\u9fff"
# Emoji among them: "去⭐衣" is read as it is meant.
_EMOJI: Final = r"\u2600-\u27bf\u2b50\u2b55\U0001f300-\U0001faff"
_BETWEEN: Final = rf" .·•|~+*/\\{_EMOJI}"
_BEHIND: Final = rf"[{_BETWEEN}]{{0,2}}(?=[{_CJK}])"
# What stands between two Chinese characters, or a blank between the scripts, by the sign it begins with. A pattern
# that begins with one character leaps from one to the next, and most texts hold few of them: 105 µs on 15,000
# Chinese characters, where one pattern for all signs takes 195. As what is between two characters is taken out whole
# or not at all, none changes what another finds.
_BLANK_GAP: Final = re.compile(
    rf" (?:(?<=[{_CJK}] )(?:(?=[a-z0-9{_CJK}])|[{_BETWEEN}]{{1,2}}(?=[{_CJK}]))|(?=[{_CJK}])(?<=[a-z0-9] ))"
)
_GAP_SIGNS: Final = ".·•|~+*/\\"
_IS_EMOJI: Final = re.compile(f"[{_EMOJI}]")
_RUN: Final = re.compile("  +")
_SPELLED: Final = re.compile(r"(?<![a-z0-9])[a-z](?:[ .*_·-][a-z]){3,40}(?![a-z0-9])")
# Letters as a, what may part the letters of a spelled word as blank ("?" is any character beyond ASCII).
_SHAPE: Final = bytes(97 if 97 <= c <= 122 else 32 if c in b" .*_-?" else 48 for c in range(256))
_SPELLED_SHAPE: Final = b" a a a"
_INVISIBLE: Final = frozenset(("Cf", "Mn", "Me", "Co", "Cs"))
# Full-width punctuation as NFKC writes it. A Chinese page holds little else that NFKC changes, and is then
# checked only: 24 µs instead of 780 on 15,000 characters.
# The curved apostrophe is among it: "don’t" and "don't" are one word.
_NARROW: Final = tuple(zip("，！？：；（）％’", ",!?:;()%'", strict=True))

# Latin letters as Cyrillic and Greek draw them (a subset of UTS 39 confusables.txt).
CONFUSABLE: Final = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0456\u0458\u0455\u0501\u04bb\u051b\u051d\u043a\u043c\u043d\u0442"
    "\u0432\u0433\u03b1\u03bf\u03c1\u03bd\u03b9\u03ba\u03c4\u03c5\u0261\u0131\u026a\u0280\u0299\u029c\u1d04\u1d0f",
    "aceopxyijsdhqwkmhtbraopviktugiirbhco",
)
_LOOKS: Final = {
    char: plain
    for char, plain in (TRADITIONAL | CONFUSABLE | str.maketrans("-_‐‑‒", "     ")).items()
    if char != plain
}

# Neither ASCII, nor Chinese that stays as it is, nor the punctuation of every page.
_STAYS: Final = "".join(
    sorted(
        ({chr(code) for code in range(0x4E00, 0xA000)} | set("。、“”‘’…《》·—–•【】"))
        - {chr(c) for c in _LOOKS}
    )
)
_UNUSUAL: Final = re.compile(f"[^\x00-\x7f{_STAYS}]")
_REPLACED: Final = 24  # different characters up to which one pass of replace each is faster than translate


def fold(text: str) -> str:
    """`text` as the lexicons spell it; positions in the result are positions in the result only."""
    unusual: set[str] = set()
    if not text.isascii():
        for wide, narrow in _NARROW:
            text = text.replace(wide, narrow)
        text = _compatible(text).lower()
        unusual = set(_UNUSUAL.findall(text))
        text = _plain_letters(text, unusual)
    else:
        text = text.lower()
    text = _single_blanks(text.replace("-", " ").replace("_", " "))
    if _SPELLED_SHAPE in text.encode("ascii", "replace").translate(_SHAPE):  # 25 µs, not 450 on 30 kB
        text = _SPELLED.sub(lambda found: re.sub("[^a-z]", "", found[0]), text)
    return text if text.isascii() else _without_gaps(text, emoji="".join(unusual))


def fold_lines(lines: Sequence[str]) -> list[str]:
    """Each line folded. Lines of ASCII go together, where they are most: a "©" in the footer makes no page slow."""
    if not lines:
        return []
    whole = "\n".join(lines)
    if whole.count("\n") >= len(lines):  # only a page that no reader made
        lines = [line.replace("\n", " ") for line in lines]
        whole = "\n".join(lines)
    if whole.isascii():
        return fold(whole).split("\n")
    others = [at for at, line in enumerate(lines) if not line.isascii()]
    if sum([len(lines[at]) for at in others]) * 2 > len(whole):
        return fold(whole).split("\n")
    folded = iter(fold("\n".join([lines[at] for at in others])).split("\n"))
    plain = list(lines)
    for at in others:
        plain[at] = ""
    plain = fold("\n".join(plain)).split("\n")
    for at in others:
        plain[at] = next(folded)
    return plain


def _compatible(text: str) -> str:
    """`text` in NFKC. Line by line, as one "…" makes a text be rewritten: 830 µs on 15,000 Chinese characters."""
    if unicodedata.is_normalized("NFKC", text):
        return text
    return "\n".join([unicodedata.normalize("NFKC", line) for line in text.split("\n")])


def _without_gaps(text: str, emoji: str) -> str:
    """`text` without what parts its Chinese characters; `emoji` holds those of the text, among other characters."""
    text = _BLANK_GAP.sub("", text)
    for sign in _GAP_SIGNS:
        if sign in text:
            text = _gap(re.escape(sign)).sub("", text)
    return _gap(f"[{_EMOJI}]").sub("", text) if _IS_EMOJI.search(emoji) else text


@cache  # of ten signs; each takes 5 ms to compile, and most processes see few of them
def _gap(sign: str) -> re.Pattern[str]:
    """The pattern of what begins with a sign between two Chinese characters."""
    return re.compile(rf"{sign}(?<=[{_CJK}]{sign}){_BEHIND}")


def _plain_letters(text: str, unusual: Iterable[str]) -> str:
    """`text` with look-alike and traditional letters replaced and invisible characters taken out.

    Few characters of a page change: each is replaced, as one translate takes 870 µs on 15,000 characters.
    """
    changed = {char: chr(_LOOKS[ord(char)]) for char in unusual if ord(char) in _LOOKS}
    changed |= {char: "" for char in unusual if unicodedata.category(char) in _INVISIBLE}
    if len(changed) > _REPLACED:
        return text.translate({ord(char): plain for char, plain in changed.items()})
    for char, plain in changed.items():
        text = text.replace(char, plain)
    return text


def _single_blanks(text: str) -> str:
    """`text` with every run of blanks as one; NFKC has made a blank of U+00A0 already."""
    for blank in "\t\r\f\v":
        if blank in text:
            text = text.replace(blank, " ")
    return _RUN.sub(" ", text) if "  " in text else text
