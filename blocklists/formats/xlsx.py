"""xlsx: the table for people as a workbook (ECMA-376), written and read with the standard library alone.

All cells are inline strings: there is no formula, no link, no style and no shared string in the file. The
lines of `write` are those of the sheets; `pack` puts them into the ZIP archive that a workbook is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, BinaryIO, Final

from blocklists.formats.base import BadList, Settings, cleaned, pack_text
from blocklists.formats.jsonl import sorted_list
from blocklists.formats.table import COLUMNS, clean, entry_of, row
from blocklists.lists import BlockList, Entry

if TYPE_CHECKING:  # most runs write no workbook: the archive's library is imported where one is
    import zipfile

ROWS: Final = 1_000_000  # of a sheet; it ends at 1,048,576
_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE: Final = "http://schemas.openxmlformats.org"
_MAIN: Final = f"{_OFFICE}/spreadsheetml/2006/main"
_KIND: Final = f"{_OFFICE}/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_OPEN: Final = f'<worksheet xmlns="{_MAIN}"><sheetData>\n'
_CLOSE: Final = "</sheetData></worksheet>\n"
_TEXT: Final = re.compile(r'<t xml:space="preserve">([^<]*)</t>')
_CODE: Final = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # `_x0041_` would be shown as A (ECMA-376-1, 22.9.2.19)
_TYPES: Final = (
    f'{_XML}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    f'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{_TYPE}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/></Types>'
)


def write_xlsx(blocklist: BlockList, settings: Settings) -> Iterator[str]:
    """The lines of the sheets, a row each; a sheet after ROWS entries, each with the header."""
    del settings
    blocklist, _ = cleaned(blocklist, clean)
    at = 0
    for at, entry in enumerate(blocklist):
        if at % ROWS == 0:
            yield from (_CLOSE,) if at else ()
            yield from (_XML, _OPEN, _row(1, COLUMNS))
        yield _row(at % ROWS + 2, row(entry))
    if not blocklist:
        yield from (_XML, _OPEN, _row(1, COLUMNS))
    yield _CLOSE


def read_xlsx(lines: Iterable[str]) -> BlockList:
    """The list in the lines of such sheets. Raises BadList on any that `write_xlsx` would not write."""
    return sorted_list("xlsx", _entries(lines))


def pack_xlsx(lines: Iterable[str]) -> Iterator[bytes]:
    """The bytes of the archive, as they come: nothing but a compressor's window is held."""
    import zipfile  # noqa: PLC0415

    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        _write_part(archive, "[Content_Types].xml", _TYPES)
        count = 0
        for count, sheet in enumerate(_sheets(lines), 1):
            with archive.open(_info(_sheet(count)), "w") as part:
                for line in sheet:
                    part.write(line.encode("utf-8"))
                    yield from sink.drain()
        for name, text in _frame(count):
            _write_part(archive, name, text)
    yield from sink.drain()


def unpack_xlsx(file: BinaryIO) -> Iterator[str]:
    """The lines of the sheets. Raises BadList for anything in the archive that `pack_xlsx` would not put
    there.
    """
    import zipfile  # noqa: PLC0415
    import zlib  # noqa: PLC0415

    try:
        with zipfile.ZipFile(file) as archive:
            names = [one.filename for one in archive.infolist()]
            count = len(names) - 4
            frame = {"[Content_Types].xml": _TYPES, **dict(_frame(count))}
            if sorted(names) != sorted([*frame, *(_sheet(at + 1) for at in range(count))]):
                raise BadList("xlsx", 0, ", ".join(names), "parts that this format does not have")
            for name, text in frame.items():
                if archive.read(name).decode("utf-8") != text:
                    raise BadList("xlsx", 0, name, "not the part that this format has")
            for at in range(count):
                with archive.open(_sheet(at + 1)) as part:
                    for line in part:
                        yield line.decode("utf-8")
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise BadList("xlsx", 0, "", f"not a workbook: {error}") from error


class _Sink:
    """Where the archive writes to: it cannot seek, so sizes stand behind each part."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._chunks.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def drain(self) -> Iterator[bytes]:
        """What was written since the last time."""
        if self._chunks:
            yield b"".join(self._chunks)
            self._chunks.clear()


def _sheets(lines: Iterable[str]) -> Iterator[Iterator[str]]:
    """The lines sheet by sheet: each begins with the line that XML begins with."""
    count = 0

    def number(line: str) -> int:
        nonlocal count
        count += line == _XML
        return count

    return (sheet for _, sheet in groupby(lines, number))


def _sheet(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _info(name: str) -> zipfile.ZipInfo:
    """The head of a part, without the time and the machine it was made on: same input, same bytes."""
    import zipfile  # noqa: PLC0415

    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.compress_type = zipfile.ZIP_DEFLATED
    info.create_system = 0
    return info


def _write_part(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_info(name), b"".join(pack_text([text])))


def _frame(count: int) -> Iterator[tuple[str, str]]:
    """The parts around `count` sheets."""
    sheets = "".join(f'<sheet name="list {at}" sheetId="{at}" r:id="rId{at}"/>' for at in range(1, count + 1))
    links = "".join(
        f'<Relationship Id="rId{at}" Type="{_KIND}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, count + 1)
    )
    head = f'{_XML}<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    yield (
        "xl/workbook.xml",
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_KIND}"><sheets>{sheets}</sheets></workbook>',
    )
    yield "xl/_rels/workbook.xml.rels", f"{head}{links}</Relationships>"
    yield (
        "_rels/.rels",
        f'{head}<Relationship Id="rId1" Type="{_KIND}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    )


def _row(number: int, cells: Iterable[str]) -> str:
    return f'<row r="{number}">{"".join(_cell(at, number, text) for at, text in enumerate(cells))}</row>\n'


def _cell(column: int, number: int, text: str) -> str:
    plain = _CODE.sub("_x005F_", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    place = f"{'ABCDEFG'[column]}{number}"
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{plain}</t></is></c>'


def _entries(lines: Iterable[str]) -> Iterator[Entry]:
    """The entries of the sheets; every line has to be the one that stands there."""
    frame = (_XML, _OPEN, _row(1, COLUMNS))
    at, number, closed = 0, 0, True
    for number, line in enumerate(lines, 1):
        if closed or at < len(frame):
            at = 0 if closed else at
            if line != frame[at]:
                raise BadList("xlsx", number, line, "not the head of a sheet")
            at, closed = at + 1, False
            continue
        if line == _CLOSE:
            closed = True
            continue
        cells = tuple(_plain(text) for text in _TEXT.findall(line))
        at += 1
        if _row(at - len(frame) + 1, cells[: len(COLUMNS)]) != line:
            raise BadList("xlsx", number, line, "not a row of inline strings")
        yield entry_of("xlsx", number, cells)
    if not closed or not number:
        raise BadList("xlsx", number, "", "the file ends too early")


def _plain(text: str) -> str:
    text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return text.replace("_x005F_", "_")
