"""The values PDF files are written in, as far as dictionaries need them: bounded, and lenient at the end of data.

Names are str ("/AIGC" is "AIGC"), strings bytes, dictionaries Dict, references Ref; numbers and words are bytes too.
Source: ISO 32000-1 7.3.
"""

from __future__ import annotations

import binascii
import re
from typing import Final, NamedTuple

from domainscan.read.labels.source import Damaged, Source, TooMuch

_DEPTH: Final = 24
_WEIGHT: Final = 4  # a value costs as much as four chunks of other files
_STRING_BYTES: Final = 262_144
_BLANK: Final = b"\x00\t\n\x0c\r "
_BLANKS: Final = re.compile(rb"(?:[\x00\t\n\x0c\r ]+|%[^\r\n]*)*+")
_REGULAR: Final = re.compile(rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]{0,1024}")
_SPECIAL: Final = re.compile(rb"[()\\]")
_ESCAPES: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}
_PLACE: Final = "PDF dictionary"


class Ref(NamedTuple):
    """A reference to an object."""

    number: int
    generation: int


class Word(bytes):
    """A number or a keyword, as written."""

    __slots__ = ()


class Dict(tuple[tuple[str, "Value"], ...]):
    """A dictionary as the pairs it is written with: a key may stand twice."""

    __slots__ = ()

    def get(self, key: str) -> Value | None:
        """The last value of a key; None when it does not stand here."""
        return next((value for name, value in reversed(self) if name == key), None)


Value = str | bytes | Word | Ref | Dict | list["Value"]


class Values:
    """Reads values from `data`, beginning at `at`. Steps count in the account of the file."""

    def __init__(self, source: Source, data: bytes, at: int) -> None:
        self._source, self._data, self.at = source, data, at

    def value(self, depth: int = 0) -> Value:
        """The next value. Raises Damaged when there is none."""
        self._source.step(_PLACE, _WEIGHT)
        if depth > _DEPTH:
            raise TooMuch(_PLACE, f"deeper than {_DEPTH}")
        self._blanks()
        lead = self._data[self.at : self.at + 2]
        if lead == b"<<":
            self.at += 2
            return self._dictionary(depth)
        first = lead[:1]
        if first == b"/":
            self.at += 1
            return self._name()
        if first in (b"(", b"<"):
            self.at += 1
            return self._literal() if first == b"(" else self._hexadecimal()
        if first == b"[":
            self.at += 1
            return self._array(depth)
        return self._word()

    def _blanks(self) -> None:
        """Goes on behind blanks and comments."""
        found = _BLANKS.match(self._data, self.at)
        self.at = found.end() if found else self.at

    def _run(self) -> bytes:
        """The characters up to the next blank or delimiter."""
        found = _REGULAR.match(self._data, self.at)
        self.at = found.end() if found else self.at
        return found[0] if found else b""

    def _name(self) -> str:
        parts = self._run()[:512].split(b"#")
        text = parts[0]
        for part in parts[1:]:
            try:
                text += binascii.unhexlify(part[:2]) + part[2:]
            except binascii.Error:
                text += b"#" + part
        return text.decode("utf-8", "replace")

    def _word(self) -> Value:
        """A word, or a reference: two numbers and R."""
        word = self._run()
        if not word:
            raise Damaged(_PLACE, "a value is missing")
        if word.isdigit() and len(word) <= 10:
            after = self.at
            self._blanks()
            second = self._run()
            if second.isdigit() and len(second) <= 5:
                self._blanks()
                if self._run() == b"R":
                    return Ref(int(word), int(second))
            self.at = after
        return Word(word[:64])

    def _array(self, depth: int) -> list[Value]:
        found: list[Value] = []
        while True:
            self._blanks()
            if self._data[self.at : self.at + 1] == b"]":
                self.at += 1
                return found
            found.append(self.value(depth + 1))

    def _dictionary(self, depth: int) -> Dict:
        found: list[tuple[str, Value]] = []
        while True:
            self._blanks()
            if self._data[self.at : self.at + 2] == b">>":
                self.at += 2
                return Dict(found)
            key = self.value(depth + 1)
            if not isinstance(key, str):
                raise Damaged(_PLACE, "a key that is no name")
            found.append((key, self.value(depth + 1)))

    def _hexadecimal(self) -> bytes:
        end = self._data.find(b">", self.at, self.at + 2 * _STRING_BYTES)
        if end < 0:
            raise Damaged(_PLACE, "a hexadecimal string without an end")
        digits = self._data[self.at : end].translate(None, _BLANK)
        self.at = end + 1
        try:
            return binascii.unhexlify(digits + b"0" * (len(digits) % 2))
        except binascii.Error:
            raise Damaged(_PLACE, "no hexadecimal string") from None

    def _literal(self) -> bytes:
        """A string in parentheses, which may nest; with its escapes undone."""
        data, out, depth, start = self._data, bytearray(), 1, self.at
        while special := _SPECIAL.search(data, self.at):
            self._source.step(_PLACE)
            out += data[self.at : special.start()]
            self.at, byte = special.end(), special[0]
            if self.at - start > _STRING_BYTES:
                raise TooMuch(_PLACE, f"a string of more than {_STRING_BYTES:,} bytes")
            if byte == b"\\":
                out += self._escape()
                continue
            depth += (byte == b"(") - (byte == b")")
            if not depth:
                return bytes(out)
            out += byte
        raise Damaged(_PLACE, "a string without an end")

    def _escape(self) -> bytes:
        data = self._data
        byte = data[self.at : self.at + 1]
        self.at += 1
        if byte in (b"\r", b"\n"):  # the string goes on in the next line
            self.at += byte == b"\r" and data[self.at : self.at + 1] == b"\n"
            return b""
        octal = data[self.at - 1 : self.at + 2]
        digits = octal[: next((i for i, c in enumerate(octal) if not 0x30 <= c <= 0x37), 3)]
        if digits:
            self.at += len(digits) - 1
            return bytes((int(digits, 8) & 0xFF,))
        return _ESCAPES.get(byte, byte)
