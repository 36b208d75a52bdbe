"""Office documents: the property AIGC in docProps/custom.xml (OOXML), or among the user's fields in meta.xml (ODF);
and the comments, keywords and subject that people type.

The archive is read by its central directory, in bounded steps, and nothing but these parts is inflated.
Source: TC260-PG-20258A; ECMA-376 part 1 15.2.12.2 (custom properties), part 2 (packages); APPNOTE 6.3 4.3 (ZIP).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from domainscan.read.labels.annex import commented
from domainscan.read.labels.source import Damaged, Item, Source, Trouble, keyed
from domainscan.read.labels.xml import Name, walk

_PARTS: Final = ("docprops/custom.xml", "docprops/core.xml", "meta.xml")
_MARKS: Final = ("[content_types].xml", "mimetype")  # what tells an office document from any other archive
_BOOK: Final = "meta-inf/container.xml"  # of an EPUB, which has a mimetype as well
_FREE: Final = ("description", "subject", "keywords", "keyword")  # of any kind, by Dublin Core and others
_END_BYTES: Final = 22
_COMMENT_BYTES: Final = 65_535
_ENTRIES: Final = 20_000
_NAME_BYTES: Final = 512
_STORED, _DEFLATED = 0, 8
_ODF_META: Final = "urn:oasis:names:tc:opendocument:xmlns:meta:1.0"


class _Entry(NamedTuple):
    name: str
    method: int
    flags: int
    crc: int
    packed: int
    size: int
    head: int  # where its local head stands

    @property
    def place(self) -> str:
        return f"{'ODF' if self.name == 'meta.xml' else 'OOXML'} {self.name}"


def is_zip(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def read_ooxml(source: Source) -> Iterator[Item]:
    """The document's label. An archive that is no office document is a kind that is not read."""
    if source.is_cut:
        yield Trouble("cut", "ZIP", "its directory stands at the end")
        return
    entries = list(_directory(source))
    names = {one.name for one in entries}
    if _BOOK in names or not names.intersection(_MARKS):
        yield Trouble("unknown_kind", "ZIP", "an archive that is no office document")
        return
    parts = sorted((one for one in entries if one.name in _PARTS), key=lambda one: _PARTS.index(one.name))
    for entry in parts:
        yield from _properties(_content(source, entry), entry.place)
    if len({one.name for one in parts}) < len(parts):
        yield Trouble("damaged", "ZIP", "two parts of one name")


def _directory(source: Source) -> Iterator[_Entry]:
    """The entries that the central directory lists, names in lower case: package names have no case."""
    data = source.data
    end = data.rfind(b"PK\x05\x06", max(0, source.size - _END_BYTES - _COMMENT_BYTES))
    if end < 0:
        raise Damaged("ZIP", "no central directory: cut off")
    count, _, at = source.unpack("<HII", end + 10, "ZIP directory")
    for _ in range(min(count, _ENTRIES)):
        source.step("ZIP directory")
        mark, flags, method = source.unpack("<4s4xHH", at, "ZIP directory")
        if mark != b"PK\x01\x02":
            raise Damaged("ZIP directory", f"no entry at {at:,}")
        crc, packed, size, name, extra, comment = source.unpack("<IIIHHH", at + 16, "ZIP directory")
        (head,) = source.unpack("<I", at + 42, "ZIP directory")
        label = source.take(at + 46, min(name, _NAME_BYTES), "ZIP directory").decode("utf-8", "replace")
        yield _Entry(label.lower().lstrip("/"), method, flags, crc, packed, size, head)
        at += 46 + name + extra + comment
    if count > _ENTRIES:
        raise Damaged("ZIP directory", f"{count:,} entries")


def _content(source: Source, entry: _Entry) -> bytes:
    """An entry's content. Raises a Wall when it is encrypted, broken or too long."""
    place = entry.place
    if entry.flags & 1:
        raise Encrypted(place)
    mark, name, extra = source.unpack("<4s22xHH", entry.head, place)
    if mark != b"PK\x03\x04":
        raise Damaged(place, "no local head")
    packed = source.take(entry.head + 30 + name + extra, entry.packed, place)
    if entry.method == _DEFLATED:
        plain = source.inflate(packed, place, raw=True)
    elif entry.method == _STORED:
        plain = packed
    else:
        raise Damaged(place, f"compression method {entry.method}")
    if zlib.crc32(plain) != entry.crc:
        raise Damaged(place, "it does not match its checksum")
    return plain


class Encrypted(Damaged):
    """Raised for a part that is encrypted."""

    rule = "encrypted"


def _properties(data: bytes, place: str) -> Iterator[Item]:
    """The labels among the properties of a part."""
    found: list[Item] = []
    key = ""
    texts: list[str] = []

    def start(name: Name, attributes: dict[Name, str]) -> None:
        nonlocal key
        if name[1] == "property":
            key = attributes.get(("", "name"), "")
            texts.clear()
        elif name == (_ODF_META, "user-defined"):
            key = attributes.get((_ODF_META, "name"), "")
            texts.clear()
        elif name[1] in _FREE:
            texts.clear()

    def end(name: Name) -> None:
        nonlocal key
        if name[1] in ("property", "user-defined") and key:
            label = keyed(f"{place} property {key[:16]}", key, "".join(texts))
            if label:
                found.append(label)
            key = ""
        elif name[1] in _FREE:
            found.extend(commented(f"{place} {name[1]}", "".join(texts)))

    walk(data, place, start, end, texts.append)
    yield from found
