"""Files that hold no text though somebody gave them as a list: packed ones, PDFs, UTF-16 that does not say so."""

from __future__ import annotations

import re
from typing import Final

_PACKED: Final[dict[bytes, str]] = {  # patterns of what files that hold no text begin with
    b"\x1f\x8b": "packed with gzip: unpack it first",
    rb"BZh[1-9]1AY&SY": "packed with bzip2: unpack it first",
    b"\xfd7zXZ\x00": "packed with xz: unpack it first",
    rb"\x28\xb5\x2f\xfd": "packed with zstd: unpack it first",
    b"7z\xbc\xaf\x27\x1c": "packed with 7-Zip: unpack it first",
    b"%PDF-": "a PDF: save its table as text or as a workbook",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a document of old Office: save it as XLSX or CSV",
}


class BadDocument(ValueError):
    """Raised for a file that is not what its beginning says, or larger than anybody's list."""


def need_stream(start: bytes) -> None:
    """Raises BadDocument for what `need_text` refuses and for what can only be read from a file."""
    need_text(start)
    if start.startswith(b"PK\x03\x04"):
        raise BadDocument("a workbook or a ZIP file: give it as a file, not as a stream")


def need_text(start: bytes) -> None:
    """Raises BadDocument for octets that begin no text, with what to do: lines of them would be rejects among many, and
    the list would be missing.
    """
    for magic, what in _PACKED.items():
        if re.match(magic, start):
            raise BadDocument(what)
    if len(start) > 3 and any(start[::2]) != any(start[1::2]):
        raise BadDocument("UTF-16 without a byte order mark: save it as UTF-8")
