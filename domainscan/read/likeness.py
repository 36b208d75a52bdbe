"""How much two pages are alike: 64-bit simhashes of a text and of a document's shape, and Shodan's icon hash.

Equal tokens give equal bits, so pages that differ in a few words differ in a few bits. On the lab's 108 pages of some
750 characters, unrelated texts are 30 bits apart and never fewer than 9, unrelated shapes 25 and never fewer than 8; of
texts with one word exchanged three in four stay within 3 bits, with three words one in three.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Iterator, Sequence
from struct import iter_unpack
from typing import Final

import mmh3

TEXT_LEAST: Final = 200  # characters below which equal texts say nothing ("It works!")
WORDS_MOST: Final = 256  # from the front: a long page then costs what a short one does, 50 us
TEXT_MOST: Final = 4_000  # characters in which they are looked for
SHAPE_LEAST: Final = 30  # elements below which equal shapes say nothing (an empty shell that scripts fill)
SHAPE_MOST: Final = 200  # elements, from the front
BANDS: Final = 4  # of 16 bits: where at most 3 bits differ, one band at least is equal
NEAR: Final = 3  # bits

# Chinese is written without blanks. Blanks for some bytes of its characters cut it into pieces of two or three, and
# the same characters are cut the same way wherever they stand. Letters become small ones in the same pass.
_CUT_AT: Final = b"\xe3\xe4\xef\x80\x88\x8c\x9c\xb8"
_WORDS: Final = bytes(
    32 if byte in _CUT_AT else ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256)
)


class _Codes(dict[str, int]):
    """A byte for each element's name; one for all that HTML does not know, 0 for a comment."""

    def __missing__(self, name: str) -> int:
        return 255


_ELEMENTS: Final = (
    "a abbr address area article aside audio b base blockquote body br button canvas caption center cite code col "
    "colgroup dd del details dialog div dl dt em embed fieldset figcaption figure font footer form frame frameset "
    "h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img input ins kbd label legend li link main map mark "
    "marquee menu meta nav noframes noscript object ol optgroup option p param picture pre q rp rt ruby s script "
    "section select small source span strike strong style sub summary sup svg table tbody td template textarea "
    "tfoot th thead time title tr track u ul var video wbr path g circle rect use"
)
_CODES: Final = _Codes({"-comment": 0} | {name: code for code, name in enumerate(_ELEMENTS.split(), 1)})
_MASKS: Final = tuple(int.from_bytes(bytes((1 << bit,)) * 65_536, "little") for bit in range(8))


def text_hash(text: str) -> str:
    """The simhash of a text's first words, each once, as 16 hexadecimal digits; "" for a text too short to compare."""
    if len(text) < TEXT_LEAST:
        return ""
    data = text[:TEXT_MOST].encode("utf-8", "surrogatepass").translate(_WORDS)
    return simhash(frozenset(data.split(None, WORDS_MOST)[:WORDS_MOST]))


def shape_hash(elements: Sequence[str]) -> str:
    """The simhash of a document's different runs of three elements; "" for a document too small to compare.

    As equal runs count once, twelve cards have the shape of fourteen. Comments are none: caches write them.
    """
    if len(elements) < SHAPE_LEAST:
        return ""
    line = bytes(map(_CODES.__getitem__, elements[:SHAPE_MOST])).replace(b"\0", b"")
    runs = {run for start in range(3) for run in _runs(line, start)}
    return simhash([run for (run,) in runs])


def _runs(line: bytes, start: int) -> Iterator[tuple[bytes]]:
    """Every third run of three bytes; the work is done in C: 50 ns an element instead of 200."""
    return iter_unpack("3s", line[start : start + (len(line) - start) // 3 * 3])


def simhash(tokens: Collection[bytes]) -> str:
    """The bits that most tokens' hashes have, as 16 hexadecimal digits; "" without tokens.

    The bits are counted a column of bytes at a time: 15 µs for 150 tokens, where a loop over them takes a millisecond.
    Source: Charikar, Similarity estimation techniques from rounding algorithms (2002), 3.
    """
    if not tokens:
        return ""
    half = len(tokens) // 2
    hashes = b"".join(map(mmh3.mmh3_x64_128_digest, tokens))
    columns = [int.from_bytes(hashes[byte::16], "little") for byte in range(8)]
    bits = ["1" if (column & mask).bit_count() > half else "0" for column in columns for mask in _MASKS]
    return f"{int(''.join(bits), 2):016x}"


def distance(one: str, other: str) -> int:
    """How many of the 64 bits of two simhashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def turned(simhash: str, band: int) -> str:
    """The simhash with its n-th band first: what an index finds by its beginning."""
    return simhash[4 * band :] + simhash[: 4 * band]


def turned_back(turned: str, band: int) -> str:
    """The simhash that `turned` was given."""
    return turned[16 - 4 * band :] + turned[: 16 - 4 * band]


def near(simhash: str, others: Iterable[str]) -> str:
    """The nearest of `others` that is at most NEAR bits away; "" when none is."""
    known = [(distance(simhash, one), one) for one in others]
    best = min(known, default=(64, ""))
    return best[1] if best[0] <= NEAR else ""


def icon_hash(body: bytes) -> str:
    """Shodan's hash of an icon: murmur3 (x86, 32 bits) of its base64 in lines of 76 characters, signed.

    Source: Shodan, `http.favicon.hash`; Python's `base64.encodebytes` breaks lines as RFC 2045 6.8 does.
    """
    return str(mmh3.hash(base64.encodebytes(body)))
