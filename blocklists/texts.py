"""A list file as text: read in blocks, handed out in lines or in pieces of whole lines; memory does not grow."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Final, Protocol

from blocklists.lines import LONGEST_LINE

_BLOCK: Final = 1 << 18
_LONGEST: Final = 8 * LONGEST_LINE  # octets of a line; what is longer is cut: it was no line of a list anyway
UTF16: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_BOM: Final = "\xef\xbb\xbf"
LINE: Final = re.compile(r"[^\r\n]*+(?:\r\n?|\n)")


class Readable(Protocol):
    """Something with octets: a file, or a part of one."""

    def read(self, size: int, /) -> bytes: ...


class Text:
    """The text of a binary file, or with `begins` false of the rest of one; each octet is one character.

    `decoded` makes UTF-8 of a line that needs it.

    Lines end with LF, CR LF or CR, as in Python's universal newlines; the last one gets its end when it has none.
    """

    __slots__ = ("_at", "_carry", "_file", "_text", "_utf16")

    def __init__(self, file: Readable, begins: bool = True) -> None:
        self._file = file
        start = file.read(2) if begins else b""
        self._utf16 = codecs.getincrementaldecoder("utf-16")("replace") if start in UTF16 else None
        self._carry = (
            self._utf16.decode(start).encode() if self._utf16 else start
        )  # of a line not read to its end
        self._at = 0
        self._text = ""
        if self._fill() and begins:
            self._text = self._text.removeprefix(_BOM)

    def piece(self, size: int) -> str:
        """The next whole lines, about `size` characters and at least one line; empty at the end."""
        if self._at == len(self._text) and not self._fill():
            return ""
        end = self._at + size
        if end < len(self._text):
            found = LINE.match(self._text, max(self._text.rfind("\n", self._at, end) + 1, self._at))
            end = found.end() if found else len(self._text)
        else:
            end = len(self._text)
        piece = self._text[self._at : end]
        self._at = end
        return piece

    def back(self, length: int) -> None:
        """Takes back the last characters of the last piece."""
        self._at -= length

    def lines(self) -> Iterator[str]:
        """The lines that are left, decoded, each read when it is asked for."""
        while self._at < len(self._text) or self._fill():
            line = LINE.match(self._text, self._at)
            if line is None:
                raise AssertionError(f"no line at {self._at} of {len(self._text)}")
            self._at = line.end()
            yield decoded(line[0])

    def _read(self) -> bytes:
        """The next block of the file, as UTF-8."""
        data = self._file.read(_BLOCK)
        if self._utf16 is not None:
            data = self._utf16.decode(data, final=not data).encode("utf-8", "replace")
        return data

    def _fill(self) -> bool:
        """Reads on to the next end of a line; whether there was more."""
        while True:
            more = self._read()
            data = self._carry + more
            end = max(data.rfind(b"\n"), data.rfind(b"\r", 0, -1)) + 1  # LF may follow a last CR
            if not more:
                data += b"" if not data or data.endswith((b"\n", b"\r")) else b"\n"
                end = len(data)
            self._carry = data[end:][:_LONGEST]
            if end or not more:
                self._text, self._at = data[:end].decode("latin-1"), 0
                return bool(end)


def decoded(line: str) -> str:
    """The line as UTF-8 says it; of an overlong one the beginning, which is still too long to be taken for a name."""
    if not line.isascii():
        line = line.encode("latin-1").decode("utf-8", "replace")
    return line if len(line) <= LONGEST_LINE + 2 else f"{line[: LONGEST_LINE + 2]}..."
