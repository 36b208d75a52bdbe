"""An XMP packet: the national label in it, IPTC's DigitalSourceType, and where a C2PA manifest is kept elsewhere.

    <rdf:Description xmlns:TC260="http://www.tc260.org.cn/ns/AIGC/1.0/">
      <TC260:AIGC>{&quot;Label&quot;: ...}</TC260:AIGC>          or  TC260:AIGC="{&quot;Label&quot;: ...}"

Source: TC260-PG-20259A; ISO 16684-1 (XMP); IPTC Photo Metadata 2023.1.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.annex import FIELDS, RAW_CHARACTERS
from domainscan.read.labels.report import Label
from domainscan.read.labels.source import Damaged, Fields, Packet, Text, Trouble, text_of
from domainscan.read.labels.xml import Name, walk

SPACE: Final = "http://www.tc260.org.cn/ns/AIGC/1.0/"
_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_META: Final = "adobe:ns:meta/"
_IPTC: Final = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_TERMS: Final = "http://purl.org/dc/terms/"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_GRAMMAR: Final = (_RDF, _META, _XML)  # what is no property of the file
_VOCABULARY: Final = "cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_MEANINGS: Final[dict[str, str]] = {
    # the last part of the term -> a key of MEANINGS
    "trainedAlgorithmicMedia": "generated",
    "compositeWithTrainedAlgorithmicMedia": "composite",
    "compositeSynthetic": "composite",
    "algorithmicMedia": "algorithmic",
    "algorithmicallyEnhanced": "algorithmic",
    "dataDrivenMedia": "algorithmic",
    **dict.fromkeys(
        ("digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"), "other"
    ),
    **dict.fromkeys(
        ("humanEdits", "minorHumanEdits", "digitalCreation", "digitalArt", "softwareImage"), "other"
    ),
    **dict.fromkeys(("screenCapture", "virtualRecording", "compositeCapture", "composite"), "other"),
}
_VALUES: Final = 64
# A packet that is no XML is searched for the label all the same. Bounded: each part excludes the next one's start.
_LOOSE: Final = re.compile(
    r"<[A-Za-z0-9]{1,16}:AIGC\b[^<>]{0,512}>([^<]{0,65536})<"
    r"|\bAIGC\s{0,4}=\s{0,4}(?:'([^'<]{0,65536})'|\"([^\"<]{0,65536})\")"
)


def read_xmp(packet: Packet) -> Iterator[Text | Fields | Label | Trouble]:
    """What one packet says of its file's making. Raises a Wall for a packet that is not read."""
    seen = _Seen(packet.place)
    try:
        walk(packet.data, packet.place, seen.start, seen.end, seen.text, seen.declared)
    except Damaged as wall:
        yield Trouble(wall.rule, wall.place, wall.detail)
        yield from _loose(packet)
        return
    yield from seen.labels
    if seen.parts:
        raw = ", ".join(f"{key}={value}" for key, value in seen.parts)[:RAW_CHARACTERS]
        yield Fields(packet.place, tuple(seen.parts), raw, ("not_object",))
    yield from seen.marks
    if seen.announced and not seen.labels and not seen.parts:
        yield Trouble(
            "emptied", packet.place, "the namespace of the label is declared, and no label is there"
        )
    elif not seen.properties:
        yield Trouble("shell", packet.place, "XMP without a property")


class _Seen:
    """What a walk over a packet has gathered."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.labels: list[Text] = []
        self.parts: list[tuple[str, str]] = []  # a label in pieces: <TC260:Label>1</TC260:Label> ...
        self.marks: list[Label] = []
        self.properties = 0
        self.announced = False
        self._stack: list[Name] = []
        self._texts: list[str] = []
        self._inside = 0  # the depth at which the label's element opened
        self._items = 0

    def declared(self, uri: str) -> None:
        self.announced = self.announced or uri == SPACE

    def start(self, name: Name, attributes: dict[Name, str]) -> None:
        self._stack.append(name)
        self._texts = [] if not self._inside or name[1] == "li" else self._texts
        if name[0] not in _GRAMMAR:
            self.properties += 1
        for key, value in attributes.items():
            if key[0] and key[0] not in _GRAMMAR:
                self.properties += 1
                self._property(key, value)
        if _is_label(name) and not self._inside:
            self._inside, self._items, self._texts = len(self._stack), 0, []
        resource = attributes.get((_RDF, "resource"), "")
        if resource:
            self._property(name, resource)

    def text(self, data: str) -> None:
        self._texts.append(data)

    def end(self, name: Name) -> None:
        depth, value = len(self._stack), "".join(self._texts)
        self._stack.pop()
        if self._inside and depth > self._inside:
            if name == (_RDF, "li"):
                self._items += 1
                self._property(self._label_name(), value)
                self._texts = []
            elif name[1] in FIELDS:
                self._part(name[1], value)
                self._texts = []
        elif self._inside == depth:
            self._inside = 0
            if not self._items and (value.strip() or not self.parts):
                self._property(name, value)
            self._texts = []
        else:
            self._property(name, value)
            self._texts = []

    def _label_name(self) -> Name:
        return self._stack[self._inside - 1]

    def _part(self, key: str, value: str) -> None:
        if len(self.parts) < _VALUES:
            self.parts.append((key, value.strip()))

    def _property(self, name: Name, value: str) -> None:
        space, local = name
        if _is_label(name):
            if len(self.labels) < _VALUES:
                self.labels.append(Text(self._place, value, _trouble(name)))
        elif space == SPACE and local in FIELDS:
            self._part(local, value)
        elif local == "DigitalSourceType" and space == _IPTC and value.strip():
            self._mark(
                Label("iptc", self._place, source_meaning(value), (("DigitalSourceType", value.strip()),))
            )
        elif name == (_TERMS, "provenance") and value.strip():
            place = f"{self._place}, dcterms:provenance"
            self._mark(Label("c2pa", place, "", (("manifest", value.strip()[:RAW_CHARACTERS]),)))

    def _mark(self, label: Label) -> None:
        if len(self.marks) < _VALUES:
            self.marks.append(label)


def _is_label(name: Name) -> bool:
    return name[1].upper() == "AIGC" and name[0] not in _GRAMMAR


def _trouble(name: Name) -> tuple[str, ...]:
    wrong = () if name[0] == SPACE else ("namespace",)
    return wrong if name[1] == "AIGC" else (*wrong, "key_spelling")


def source_meaning(term: str) -> str:
    """What a term of IPTC's vocabulary says of a file's making; "" for a term that is not in it."""
    place, _, last = term.strip().rpartition("/")
    known = place.endswith(_VOCABULARY.rstrip("/")) or "://" not in term
    return SOURCE_MEANINGS.get(last, "") if known else ""


def _loose(packet: Packet) -> Iterator[Text]:
    """Labels in a packet that is not well-formed."""
    for count, found in enumerate(_LOOSE.finditer(text_of(packet.data))):
        if count == _VALUES:
            return
        yield Text(packet.place, html.unescape(found[1] or found[2] or found[3] or ""))
