"""PDF: the key AIGC of the document information dictionary, XMP, and a C2PA manifest among the attached files.

Objects are found by a search for their heads rather than by the cross-reference table, which hostile and repaired
files get wrong; the last definition of an object counts, as after an update. Objects inside object streams are found
too. Source: TC260-PG-20258A; ISO 32000-1 7.5 (updates, object streams), 14.3 (metadata); C2PA 2.2 A.4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import FIELDS, commented
from domainscan.read.labels.carriers.pdfvalues import Dict, Ref, Value, Values, Word
from domainscan.read.labels.source import (
    PIECE_BYTES,
    Damaged,
    Fields,
    Item,
    Manifest,
    Packet,
    Source,
    Trouble,
    keyed,
    text_of,
)

_HEAD_BYTES: Final = 1_024  # within which %PDF- stands (ISO 32000-1 annex H.3.4.1)
_S: Final = rb"[\x00\t\n\x0c\r ]{1,8}"
_STREAMS: Final = 4_096  # object streams that are looked into
_BEFORE: Final = 1_024  # bytes of a dictionary before its /ObjStm
_ATTACHED: Final = 16
_INFO: Final = "PDF Info /AIGC"
_FREE: Final = ("Keywords", "Subject")  # texts of any kind


def is_pdf(data: bytes) -> bool:
    return b"%PDF-" in data[:_HEAD_BYTES]


def read_pdf(source: Source) -> Iterator[Item]:
    """Labels of the document; those of pictures and files inside it are not its own."""
    document = _Document(source)
    if document.trailing("Encrypt") is not None:
        yield Trouble("encrypted", "PDF")
        return
    info = document.dictionary(document.trailing("Info"))
    for key, value in info or ():
        yield from _entry(document, key, value)
    root = document.dictionary(document.trailing("Root")) or Dict()
    metadata = document.stream(root.get("Metadata"))
    if metadata is not None:
        yield Packet("PDF XMP", metadata)
    attached = document.resolved(root.get("AF"))
    for one in attached[:_ATTACHED] if isinstance(attached, list) else ():
        yield from _attachment(document, one)
    if source.is_cut:
        yield Trouble("cut", "PDF", "the last update stands at the end")
    elif source.data.rfind(b"startxref") < 0 or (document.trailing("Root") is None):
        yield Trouble("damaged", "PDF", "no cross-reference, or no document: cut off")


def _entry(document: _Document, key: str, written: Value) -> Iterator[Item]:
    """The label, when this entry of the information dictionary is one."""
    if key.strip().upper() != "AIGC" and key not in _FREE:
        return
    value = document.resolved(written)
    if key in _FREE:
        if isinstance(value, bytes) and not isinstance(value, Word):
            yield from commented(f"PDF Info /{key}", text_of(value))
        return
    if isinstance(value, Dict):
        parts = tuple(
            (name, text_of(one)) for name, one in value if name in FIELDS and isinstance(one, bytes)
        )
        yield Fields(_INFO, parts, "", ("not_object",))
    elif isinstance(value, bytes) and not isinstance(value, Word):
        label = keyed(_INFO, key, text_of(value))
        if label:
            yield label
    else:
        yield Trouble("emptied", _INFO, "no string")


def _attachment(document: _Document, value: Value) -> Iterator[Item]:
    file = document.dictionary(value)
    if file is None or file.get("AFRelationship") != "C2PA_Manifest":
        return
    content = document.dictionary(file.get("EF")) or Dict()
    data = document.stream(content.get("F") or content.get("UF"))
    if data is None:
        yield Trouble("damaged", "PDF C2PA_Manifest", "no file in it")
    else:
        yield Manifest("PDF C2PA_Manifest", data)


class _Document:
    """Objects of one file by their number."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._streams: list[tuple[int, Dict, int]] | None = None

    def trailing(self, key: str) -> Ref | None:
        """What the newest trailer refers to under `key`; None when no trailer does."""
        self._source.scan(self._source.size, "PDF")
        pattern = re.compile(rb"/" + key.encode() + _S + rb"(\d{1,10})" + _S + rb"(\d{1,5})" + _S + rb"R")
        last = self._last(pattern)
        return Ref(int(last[1]), int(last[2])) if last else None

    def _last(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        """The last match in the file."""
        found = None
        for one in pattern.finditer(self._source.data):
            self._source.step("PDF")
            found = one
        return found

    def resolved(self, value: Value | None) -> Value | None:
        """What a reference leads to; any other value as it is. One step only: nothing needs more."""
        if not isinstance(value, Ref):
            return value
        place = self._defined(value)
        if place is not None:
            return Values(self._source, self._source.data, place).value()
        return self._packed(value)

    def dictionary(self, value: Value | None) -> Dict | None:
        """The dictionary at `value`; None when there is none."""
        found = self.resolved(value)
        return found if isinstance(found, Dict) else None

    def stream(self, value: Value | None) -> bytes | None:
        """The content of a stream, inflated; None when there is none."""
        if not isinstance(value, Ref) or (place := self._defined(value)) is None:
            return None
        reader = Values(self._source, self._source.data, place)
        head = reader.value()
        if not isinstance(head, Dict):
            return None
        data = self._content(head, reader.at)
        if self._filters(head) == ["FlateDecode"]:
            return self._source.inflate(data, "PDF stream")
        if self._filters(head):
            raise Damaged("PDF stream", f"a filter that is not read: {', '.join(self._filters(head))[:100]}")
        return data

    def _defined(self, ref: Ref) -> int | None:
        """Where the last definition of an object begins, behind its head."""
        self._source.scan(self._source.size, "PDF")
        pattern = re.compile(rb"(?<!\d)%d%b%d%bobj" % (ref.number, _S, ref.generation, _S))
        last = self._last(pattern)
        return last.end() if last else None

    def _content(self, head: Dict, at: int) -> bytes:
        """The bytes of a stream whose dictionary ends at `at`, as long as it says or up to `endstream`."""
        data = self._source.data
        start = data.find(b"stream", at, at + 32)
        if start < 0:
            raise Damaged("PDF stream", "a stream without content")
        start += 6
        start += 2 if data[start : start + 2] == b"\r\n" else 1
        length = self.resolved(head.get("Length"))
        size = int(length) if isinstance(length, Word) and length.isdigit() and len(length) < 12 else -1
        if size < 0 or b"endstream" not in data[start + size : start + size + 16]:
            self._source.scan(PIECE_BYTES, "PDF stream")
            end = data.find(b"endstream", start, start + PIECE_BYTES + 16)
            if end < 0:
                self._source.need(start, PIECE_BYTES, "PDF stream")
                raise Damaged("PDF stream", "a stream without an end")
            size = end - start
        return self._source.take(start, size, "PDF stream")

    def _filters(self, head: Dict) -> list[str]:
        value = self.resolved(head.get("Filter"))
        names = value if isinstance(value, list) else [value] if value is not None else []
        return [str(one) for one in names]

    # ------------------------------------------------------------ object streams

    def _packed(self, ref: Ref) -> Value | None:
        """An object inside an object stream; the newest stream that has it counts."""
        for start, head, end in reversed(self._object_streams()):
            first, count = self._whole(head, "First"), self._whole(head, "N")
            if self._filters(head) != ["FlateDecode"] or first is None or count is None:
                continue
            data = self._content(head, end)
            table = self._source.inflate_start(data, first, "PDF object stream").split()
            numbers = table[: 2 * count : 2]
            wanted = b"%d" % ref.number
            if wanted in numbers:
                offset = table[2 * numbers.index(wanted) + 1 : 2 * numbers.index(wanted) + 2]
                if not offset or not offset[0].isdigit() or len(offset[0]) > 10:
                    raise Damaged("PDF object stream", f"its table is broken at {start:,}")
                plain = self._source.inflate(data, "PDF object stream")
                return Values(self._source, plain, first + int(offset[0])).value()
        return None

    def _object_streams(self) -> list[tuple[int, Dict, int]]:
        """(where its head begins, its dictionary, where that ends) of every object stream."""
        if self._streams is None:
            self._streams = []
            data = self._source.data
            self._source.scan(len(data), "PDF")
            for found in re.finditer(rb"/ObjStm(?![A-Za-z])", data):
                if len(self._streams) == _STREAMS:
                    break
                before = data.rfind(b"obj", max(0, found.start() - _BEFORE), found.start())
                reader = Values(self._source, data, before + 3)
                try:
                    head = reader.value() if before >= 0 else None
                except Damaged:
                    continue
                if isinstance(head, Dict) and head.get("Type") == "ObjStm":
                    self._streams.append((before, head, reader.at))
        return self._streams

    def _whole(self, head: Dict, key: str) -> int | None:
        value = head.get(key)
        return int(value) if isinstance(value, Word) and value.isdigit() and len(value) < 10 else None
