"""XML without its dangers: no DOCTYPE, so no entities of its own, no external ones, no expansion; and no end of it.

expat is the standard library's. It gets the whole document at once (many small pieces made it quadratic,
CVE-2023-52425), elements and depth are counted, and a document type declaration ends the reading.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from xml.parsers import expat

from domainscan.read.labels.source import PIECE_BYTES, Damaged, TooMuch, Wall, text_of

ELEMENTS: Final = 20_000
DEPTH: Final = 100

Name = tuple[str, str]  # (namespace, local name)


class Refused(Wall):
    """Raised for XML that declares a document type."""

    rule = "refused"


def name_of(qualified: str) -> Name:
    """(namespace, local name) of what expat calls "namespace local"."""
    space, _, local = qualified.rpartition(" ")
    return space, local


def walk(
    data: bytes,
    place: str,
    start: Callable[[Name, dict[Name, str]], None],
    end: Callable[[Name], None],
    text: Callable[[str], None],
    declared: Callable[[str], None] | None = None,
) -> None:
    """Calls back for every element, end and text of a document; `declared` gets every namespace it declares.

    Raises Damaged when it is not well-formed, Refused for a DOCTYPE, TooMuch beyond the limits.
    """
    if len(data) > PIECE_BYTES:
        raise TooMuch(place, f"{len(data):,} bytes of XML")
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")  # whatever the document declares
    parser.buffer_text = True
    seen = depth = 0

    def opened(qualified: str, attributes: dict[str, str]) -> None:
        nonlocal seen, depth
        seen, depth = seen + 1, depth + 1
        if seen > ELEMENTS or depth > DEPTH:
            raise TooMuch(place, f"more than {ELEMENTS:,} elements, or {DEPTH} deep")
        start(name_of(qualified), {name_of(key): value for key, value in attributes.items()})

    def closed(qualified: str) -> None:
        nonlocal depth
        depth -= 1
        end(name_of(qualified))

    def refuse(*_: Any) -> None:
        raise Refused(place, "a document type declaration")

    parser.StartElementHandler, parser.EndElementHandler = opened, closed
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    if declared is not None:
        parser.StartNamespaceDeclHandler = lambda prefix, uri: declared(uri or "")
    try:
        parser.Parse(text_of(data).strip("\x00").encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise Damaged(place, f"no well-formed XML: {error}") from None
