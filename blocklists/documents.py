"""Files that are no lines of text: JSON documents and workbooks, as the lines that the line reader takes.

Line numbers stay those of the document, or of the sheet, as far as each line begins no more than one thing.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from blocklists.packed import BadDocument, need_text

if TYPE_CHECKING:  # most inputs are texts: what reads workbooks is imported where one is read
    import zipfile

_LARGEST_JSON: Final = 1 << 28  # octets; a document is read whole
_LARGEST_PART: Final = 1 << 30  # octets of a part of a workbook, unpacked
_LARGEST_TEXTS: Final = 1 << 26  # octets of the texts that its cells share
_BLOCK: Final = 1 << 16
_START: Final = 4096
_LAST_ROW: Final = 1_048_576  # of a sheet
_JSON: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{|\[\s*(?:[\"{\[\]]|$))")
# Where names stand: STIX bundles, MISP events, rules of Little Snitch. Other arrays may hold names to be let through.
_ARRAY: Final = re.compile(
    r'(?<!\\)"(objects|Attribute|denied-remote-domains|denied-remote-hosts)"\s*:\s*\[|\A\s*\[\s*(?=[{"])'
)
_BROKEN: Final = '{"": "from here on it is no JSON"}'
_CUT: Final = '{"": "the array has no end: the file is cut"}'
_SPACE: Final = re.compile(r"[\s,]*")
_CODE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")  # a character, in a cell (ECMA-376-1, 22.9.2.19)
_SHEET: Final = re.compile(r"xl/worksheets/sheet(\d{1,4})\.xml")


def document_lines(file: BinaryIO) -> Iterator[str] | None:
    """The lines of a document; None for a text, which is lines already. The file can seek, and is at its beginning.

    Raises BadDocument for what `need_text` refuses.
    """
    start = file.read(_START)
    file.seek(0)
    need_text(start)
    if start.startswith(b"PK\x03\x04"):
        return sheet_lines(file)
    return json_lines(file) if _JSON.match(start) else None


def json_lines(file: BinaryIO) -> Iterator[str]:
    """A line for each line of the document that begins an element, empty ones for the others.

    An element is an object or a text in one of the arrays that hold names. Where there is no such array, the lines are
    those of the file: JSON lines, or what is refused. Raises BadDocument.
    """
    data = file.read(_LARGEST_JSON + 1)
    if len(data) > _LARGEST_JSON:
        raise BadDocument(f"a JSON document of more than {_LARGEST_JSON} octets")
    text = data.decode("utf-8-sig", "replace")
    if _is_lines(text):
        yield from text.splitlines(keepends=True)
        return
    line, seen, given = 1, 0, 0
    for begins, element in _elements(text):
        line, seen = line + text.count("\n", seen, begins), begins
        while given < line - 1:
            yield "\n"
            given += 1
        yield f"{element}\n"
        given += 1


def _is_lines(text: str) -> bool:
    """Whether the first line is a whole object, or no array of names follows anywhere."""
    first = text.lstrip().partition("\n")[0]
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return _ARRAY.search(text) is None
    return "\n" in text.strip() or _ARRAY.search(text) is None


def _elements(text: str) -> Iterator[tuple[int, str]]:
    """(where it begins, its line) for each element of each array of names; what is broken, or has no end, is told by a
    line that is refused.
    """
    decode = json.JSONDecoder().raw_decode
    for found in _ARRAY.finditer(text):
        at = _SPACE.match(text, found.end()).end()  # type: ignore[union-attr]
        while at < len(text) and text[at] != "]":
            try:
                value, end = decode(text, at)
            except (ValueError, RecursionError):
                yield at, _BROKEN
                return
            yield at, _element_line(value, found[1] or "")
            at = _SPACE.match(text, end).end()  # type: ignore[union-attr]
        if at >= len(text):
            yield at, _CUT


def _element_line(value: Any, key: str) -> str:
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str) and key.startswith("denied"):
        return json.dumps({"name": value, "reach": "subtree" if key.endswith("domains") else "host"})
    if isinstance(value, str):
        return json.dumps({"name": value})
    return "{}"  # refused as JSON that is no name


def sheet_lines(file: BinaryIO) -> Iterator[str]:
    """The rows of all sheets of a workbook as CSV, one line each; blanks for line breaks in cells.

    Raises BadDocument for what is no workbook, has a document type (which is where XML hides its bombs), or is larger
    than any list.
    """
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415
    from xml.parsers import expat  # noqa: PLC0415

    try:
        with zipfile.ZipFile(io.BytesIO(file.read())) as archive:
            parts = {one.filename: one for one in archive.infolist()}
            texts = _shared(archive, parts.get("xl/sharedStrings.xml"))
            sheets = sorted((int(found[1]), name) for name in parts if (found := _SHEET.fullmatch(name)))
            if not sheets:
                raise BadDocument("a ZIP file without sheets: unpack it first")
            for _, name in sheets:
                for row in _rows(archive, parts[name], texts):
                    yield _csv_line(row)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        expat.ExpatError,
    ) as error:
        raise BadDocument(f"not a workbook: {error}") from error


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(" ".join(cell.split()) for cell in cells)
    return "\n" if line.getvalue() == '""\n' else line.getvalue()


def _shared(archive: zipfile.ZipFile, part: zipfile.ZipInfo | None) -> list[str]:
    """The texts that cells refer to by number."""
    if part is None:
        return []
    if part.file_size > _LARGEST_TEXTS:
        raise BadDocument(f"{part.filename} has {part.file_size} octets")
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        del attributes
        if name == "si":
            found.append("")

    def text(data: str) -> None:
        if found:
            found[-1] += data

    for _ in _parse(archive, part, start, None, text):
        pass
    return found


def _rows(archive: zipfile.ZipFile, part: zipfile.ZipInfo, texts: list[str]) -> Iterator[list[str]]:
    """The rows of a sheet, with empty ones where the sheet leaves numbers out."""
    done: list[list[str]] = []
    state: dict[str, Any] = {"type": "", "text": "", "row": 0}
    row: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            number = attributes.get("r", "")
            wanted = int(number) if number.isdecimal() and len(number) < 8 else 0
            wanted = wanted if state["row"] < wanted <= _LAST_ROW else state["row"] + 1
            done.extend([] for _ in range(wanted - state["row"] - 1))
            state["row"] = wanted
            row.clear()
        elif name == "c":
            state.update(type=attributes.get("t", ""), text="")
            column = _column(attributes.get("r", ""))
            row.extend("" for _ in range(column - len(row)))

    def end(name: str) -> None:
        if name == "c":
            row.append(_cell(state["type"], state["text"], texts))
        elif name == "row":
            done.append(list(row))

    def text(data: str) -> None:
        state["text"] += data

    for _ in _parse(archive, part, start, end, text):
        yield from done
        done.clear()


def _cell(kind: str, text: str, texts: list[str]) -> str:
    if kind == "s":
        number = int(text) if text.isdecimal() and len(text) < 9 else -1
        text = texts[number] if 0 <= number < len(texts) else ""
    return _CODE.sub(lambda found: chr(int(found[1], 16)), text)


def _column(place: str) -> int:
    """The number of a column, from 0: `C7` gives 2; 0 for what is no place, and for what is wider than a list."""
    letters = place.rstrip("0123456789")
    if not letters.isascii() or not letters.isalpha() or len(letters) > 1:
        return 0
    return ord(letters.upper()) - ord("A")


def _parse(
    archive: zipfile.ZipFile,
    part: zipfile.ZipInfo,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None,
    text: Callable[[str], None],
) -> Iterator[None]:
    """Feeds a part to the handlers, a pause after each block. Text is that of `t` and `v` alone."""
    from xml.parsers import expat  # noqa: PLC0415

    parser = expat.ParserCreate(namespace_separator=" ")
    inside: list[str] = []

    def started(name: str, attributes: dict[str, str]) -> None:
        inside.append(name.rpartition(" ")[2])
        start(inside[-1], attributes)

    def ended(name: str) -> None:
        del name
        last = inside.pop()
        if end:
            end(last)

    def said(data: str) -> None:
        if inside and inside[-1] in ("t", "v") and "rPh" not in inside:
            text(data)

    def doctype(*_: object) -> None:
        raise BadDocument(f"{part.filename} has a document type")

    parser.StartElementHandler, parser.EndElementHandler = started, ended
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = said, doctype
    size = 0
    with archive.open(part) as file:
        while block := file.read(_BLOCK):
            size += len(block)
            if size > _LARGEST_PART:
                raise BadDocument(f"{part.filename} has more than {_LARGEST_PART} octets")
            parser.Parse(block, False)
            yield
        parser.Parse(b"", True)
        yield
