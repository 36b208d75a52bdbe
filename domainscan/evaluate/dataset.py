"""A labelled set, read from a file: each row as the visit that it stands for."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from blocklists.names import BadName, Name, parse_name
from blocklists.suffixes import Suffixes
from domainscan.model import Failure, Observation, Page, Record
from domainscan.read.html import read_page
from domainscan.read.tables import BadRow, BadTable, NoText, quoted, read_each, table_text

LABELS: Final[dict[str, str]] = {
    "1": "positive", "positive": "positive", "risky": "positive",
    "0": "negative", "negative": "negative", "benign": "negative",
    "grey": "grey", "gray": "grey",
}  # fmt: skip
SURENESS: Final = {"low": 0, "med": 1, "medium": 1, "high": 2}  # words of a set's confidence column
COLUMNS: Final = (
    *("domain", "label", "url", "title", "text", "html"),
    *("category", "source", "confidence", "registrable"),
)
TEXT_LIMIT: Final = 100_000
NOT_UTF_8: Final = re.compile("[\udc80-\udcff]")  # what bytes that are no UTF-8 become when they are read
_Record = Mapping[str, Any]


class BadDataset(ValueError):
    """A labelled set cannot be read; the message names the file, and the line where one is to blame."""


class Row(Record, frozen=True):
    """One labelled name or page."""

    line: int
    observation: Observation
    label: str  # positive | negative | grey
    category: str = ""  # in the set's own words
    source: str = ""
    registrable: str = ""


class Dataset(Record, frozen=True):
    """The rows of a set, the lines that cannot be used with the reason, and how many are not sure enough."""

    rows: tuple[Row, ...]
    skipped: tuple[tuple[int, str], ...] = ()  # (line, reason)
    left_out: int = 0
    encoding: str = "UTF-8"


def load_dataset(file: Path, suffixes: Suffixes, at: str, sure: str = "") -> Dataset:
    """What a labelled set holds, as visits made `at` that moment.

    A line that cannot be used is skipped with its reason. `sure` leaves out rows whose column `confidence` says less;
    rows without that column stay.

    Raises BadDataset when the file is neither CSV with `domain,label` nor JSON lines.
    """
    if file.is_char_device() or file.is_block_device():  # /dev/zero has no end; a pipe has
        raise BadDataset(f"{file}: a device, no labelled set")
    text, encoding = _text(file)
    read = _json_lines if text.lstrip()[:1] == "{" else _table
    rows: list[Row] = []
    skipped: list[tuple[int, str]] = []
    left_out = 0
    for line, record in read(file, text):
        if isinstance(record, str):
            skipped.append((line, record))
            continue
        try:
            if _unsure(record, sure):
                left_out += 1
                continue
            rows.append(_row(record, line, suffixes, at))
        except ValueError as error:
            skipped.append((line, str(error)))
    return Dataset(tuple(rows), tuple(skipped), left_out, encoding)


def _text(file: Path) -> tuple[str, str]:
    """The text of a set and its encoding; single bytes that are no text stay in it, to be told with their rows."""
    try:
        data = file.read_bytes()
        return table_text(data)
    except OSError as error:
        raise BadDataset(f"{file}: {error.strerror}") from error
    except NoText:
        return data.decode("utf-8-sig", "surrogateescape"), "UTF-8"
    except BadTable as error:
        raise BadDataset(f"{file}: {error}") from error


def _table(file: Path, text: str) -> Iterator[tuple[int, _Record | str]]:
    """(line it begins on, record or what is wrong with it) of a table."""
    try:
        heading, rows = read_each(text, {column: column for column in COLUMNS})
    except BadTable as error:
        raise BadDataset(f"{file}: {error}") from error
    if missing := [column for column in ("domain", "label") if column not in heading.columns]:
        raise BadDataset(
            f"{file}: the heading has no column {quoted(missing)} but {quoted(heading.columns)}: a table needs"
            " domain and label"
        )
    for row in rows:
        if isinstance(row, BadRow):
            yield row.line, row.reason
        elif any(map(NOT_UTF_8.search, row.cells.values())):
            yield row.line, "not UTF-8"
        elif row.surplus:
            yield row.line, f"more cells than columns: a {heading.separator} in a text needs quotes"
        else:
            yield row.line, row.cells


def _json_lines(file: Path, text: str) -> Iterator[tuple[int, _Record | str]]:
    """(line, record or what is wrong with it). Only newlines end a line: a text may hold other separators."""
    found = 0
    for line, row in enumerate(text.split("\n"), 1):
        if not row.strip():
            continue
        try:
            record = "not UTF-8" if NOT_UTF_8.search(row) else json.loads(row)
        except (ValueError, RecursionError) as error:
            record = f"not JSON: {error}"
        if not isinstance(record, dict | str):
            record = "not an object"
        found += isinstance(record, dict)
        yield line, record
    if not found:
        raise BadDataset(f"{file}: no line is a JSON object")


def _unsure(record: _Record, sure: str) -> bool:
    """Whether the row's own confidence is below what is asked for. Raises ValueError for a word nobody knows."""
    said = str(record.get("confidence") or "").strip().lower()
    if not sure or not said:
        return False
    if said not in SURENESS:
        raise ValueError(f"unknown confidence {said!r}")
    return SURENESS[said] < SURENESS[sure]


def _row(record: _Record, line: int, suffixes: Suffixes, at: str) -> Row:
    said = record.get("label")
    label = LABELS.get(str(said if said is not None else "").strip().lower(), "")
    if not label:
        raise ValueError(f"unknown label {said!r}: use risky (1), benign (0) or grey")
    observation = _observation(record, line, at)
    registrable = record.get("registrable") or suffixes.registrable(observation.name) or observation.name
    category, source = (str(record.get(key) or "").strip() for key in ("category", "source"))
    return Row(line, observation, label, category, source, str(registrable))


def _observation(record: _Record, line: int, at: str) -> Observation:
    """A row as the visit it stands for: of a name alone, or with the page it carries."""
    url = str(record.get("url") or "").strip()
    host = str(record.get("domain") or "").strip() or urlsplit(url).hostname or ""
    try:
        name = parse_name(host)
    except BadName:
        if not url:
            raise
        # a page whose host is a placeholder is still a page
        name = Name(
            "unnamed-" + hashlib.sha256(host.encode("utf-8", "replace")).hexdigest()[:12] + ".example"
        )
        url = f"https://{name}/"
    page = _page(record, url or f"https://{name}/")
    return Observation(
        id=f"row-{line}", scan="evaluate", name=name, url=url, at=at, status="observed", page=page
    )


def _page(record: _Record, url: str) -> Page | Failure:
    """The page of a row: read from its HTML, or its bare text; Failure when it is of a name alone."""
    if record.get("html") is not None:
        body = str(record["html"]).encode("utf-8", "replace")
        kind = "text/html; charset=utf-8"
        return read_page(body, url=url, http_status=200, content_type=kind, body_digest="")
    if record.get("text") is None:
        return Failure("not_run")
    title, text = str(record.get("title") or ""), str(record["text"])[:TEXT_LIMIT]
    return Page(url=url, http_status=200, title=title, text=text)
