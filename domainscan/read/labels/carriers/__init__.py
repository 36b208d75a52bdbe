"""The kinds of files whose labels are read: how each is told by its bytes, and how it is read.

Another kind: a file with `is_x(data) -> bool` and `read_x(source) -> Iterator[Item]`, one line here, a builder in
tests/read/labels/build.py, one line in docs/labels.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from domainscan.read.labels.carriers.bmff import is_bmff, is_heif, read_bmff, read_heif
from domainscan.read.labels.carriers.exif import is_tiff, read_tiff
from domainscan.read.labels.carriers.gif import is_gif, read_gif
from domainscan.read.labels.carriers.id3 import is_mp3, read_mp3
from domainscan.read.labels.carriers.jpeg import is_jpeg, read_jpeg
from domainscan.read.labels.carriers.ooxml import is_zip, read_ooxml
from domainscan.read.labels.carriers.pdf import is_pdf, read_pdf
from domainscan.read.labels.carriers.png import is_png, read_png
from domainscan.read.labels.carriers.riff import is_avi, is_wav, is_webp, read_riff
from domainscan.read.labels.carriers.svg import is_svg, read_svg
from domainscan.read.labels.carriers.text import is_text, read_text
from domainscan.read.labels.carriers.vorbis import is_flac, is_ogg, read_flac, read_ogg
from domainscan.read.labels.source import Item, Source


class Carrier(NamedTuple):
    """A kind of file: whether these are the first bytes of one, and what labels it holds."""

    is_kind: Callable[[bytes], bool]
    read: Callable[[Source], Iterator[Item]]


CARRIERS: Final[dict[str, Carrier]] = {
    "PNG": Carrier(is_png, read_png),
    "JPEG": Carrier(is_jpeg, read_jpeg),
    "WebP": Carrier(is_webp, read_riff),
    "GIF": Carrier(is_gif, read_gif),
    "TIFF": Carrier(is_tiff, read_tiff),
    "HEIF": Carrier(is_heif, read_heif),
    "MP4": Carrier(is_bmff, read_bmff),  # MOV and M4A too
    "WAV": Carrier(is_wav, read_riff),
    "AVI": Carrier(is_avi, read_riff),
    "FLAC": Carrier(is_flac, read_flac),  # before MP3: both may begin with an ID3 tag
    "Ogg": Carrier(is_ogg, read_ogg),
    "MP3": Carrier(is_mp3, read_mp3),
    "ZIP": Carrier(is_zip, read_ooxml),  # docx, xlsx, pptx; ODF
    "PDF": Carrier(is_pdf, read_pdf),
    "SVG": Carrier(is_svg, read_svg),
    "text": Carrier(is_text, read_text),  # last: what is told by nothing but being text
}


def kind_of(data: bytes) -> str:
    """The kind of file that these are the first bytes of; "" for one that is not read here."""
    return next((kind for kind, carrier in CARRIERS.items() if carrier.is_kind(data)), "")
