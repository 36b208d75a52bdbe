"""A C2PA manifest store, without a library: that it is there, its manifests, and what they say of the making.

Nothing here checks a signature or a hash: a store that is present is not a valid one; `validation` asks for that.
Source: C2PA 2.2, 11 (JUMBF, ISO/IEC 19566-5): superbox `jumb` = description `jumd` (UUID, toggles, label) + contents.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from typing import Final

from domainscan.read.labels.report import Label
from domainscan.read.labels.source import Manifest, Trouble
from domainscan.read.labels.xmp import source_meaning

STORE: Final = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71"  # the UUID of a store's superbox
_MANIFESTS: Final = (
    b"c2ma",
    b"c2um",
    b"c2cm",
)  # first four bytes of a manifest's UUID: standard, update, compressed
_SHOWN: Final = 16  # manifests and terms of one store
_BOXES: Final = 256
_WEIGHTS: Final = ("generated", "composite", "algorithmic", "other")  # strongest first
_TERM: Final = re.compile(rb"https?://(?:cv\.iptc\.org/newscodes|c2pa\.org)/digitalsourcetype/[A-Za-z]{1,64}")


def read_manifest(item: Manifest) -> Iterator[Label | Trouble]:
    """The label that a store is; Trouble when what should be one is none. The last manifest is the active one."""
    boxes = list(_boxes(item.data))
    store = next((content for kind, content in boxes if kind == b"jumb" and STORE in content[:64]), None)
    if store is None:
        yield Trouble(
            "emptied" if not item.data.strip(b"\x00") else "damaged", item.place, "no C2PA manifest store"
        )
        return
    manifests = [(_label(content), content) for kind, content in _boxes(store) if _is_manifest(kind, content)]
    active = manifests[-1][1] if manifests else store
    terms = list(dict.fromkeys(one[0].decode("ascii") for one in _TERM.finditer(active)))[:_SHOWN]
    fields = [("manifest", label) for label, _ in manifests[-_SHOWN:]]
    fields += [("digitalSourceType", term) for term in terms]
    yield Label("c2pa", item.place, meaning_of(terms), tuple(fields))


def meaning_of(terms: Iterable[str]) -> str:
    """What the terms of one manifest say of the making: the strongest of them."""
    return next(iter(sorted((one for one in map(_meaning, terms) if one), key=_WEIGHTS.index)), "")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(type, content) of the boxes in `data`, as far as they are whole."""
    at = 0
    for _ in range(_BOXES):
        if at + 8 > len(data):
            return
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1 and at + 16 <= len(data):
            size, head = struct.unpack_from(">Q", data, at + 8)[0], 16
        elif size == 0:
            size = len(data) - at
        if size < head:
            return
        yield kind, data[at + head : at + size]
        at += size


def _is_manifest(kind: bytes, content: bytes) -> bool:
    return kind == b"jumb" and content[4:8] == b"jumd" and content[8:12] in _MANIFESTS


def _label(content: bytes) -> str:
    """The label in a superbox's description: its URN."""
    text = content[25:281].partition(b"\x00")[0] if content[24:25] and content[24] & 2 else b""
    return text.decode("utf-8", "replace")


def _meaning(term: str) -> str:
    return (
        ""
        if "c2pa.org" in term and "trained" not in term.lower()
        else source_meaning(term.replace("c2pa.org", "cv.iptc.org/newscodes"))
    )
