"""SVG: XMP in the drawing's metadata. No guide names the kind; a label that somebody wrote all the same is graded.

Source: XMP part 3 2.6 (SVG); SVG 2 5.5 (metadata).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from domainscan.read.labels.source import Item, Packet, Source, Trouble

_HEAD_BYTES: Final = 2_048
_TYPE: Final = re.compile(rb"<!DOCTYPE\s[^\[\]<>]{0,400}>", re.IGNORECASE)  # without declarations of its own
_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,64}+(?:<\?xml[^<>]{0,200}+>\s{0,64}+)?+(?:<!--[^<>]{0,1000}+>\s{0,64}+){0,4}+"
    rb"<(?:!DOCTYPE\s{1,8}+svg|(?:svg:)?svg)[\s>]"
)


def is_svg(data: bytes) -> bool:
    return _START.match(data[:_HEAD_BYTES]) is not None


def read_svg(source: Source) -> Iterator[Item]:
    """The labels in the document's metadata; the whole is read as one packet."""
    if source.is_cut:
        yield Trouble("cut", "SVG", "XML is read whole")
        return
    data = source.take(0, source.size, "SVG")
    yield Packet("SVG", _TYPE.sub(b"", data, count=1))
