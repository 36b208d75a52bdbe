"""One input line -> a Candidate, or the reason why it is none."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final, NamedTuple
from urllib.parse import SplitResult, quote, urlsplit

from blocklists.names import BadName, Name, parse_name
from domainscan.model import Candidate, Record

_SCHEME: Final = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*):(?=//)|(mailto|data|javascript|file|tel|unix):", re.IGNORECASE
)
_TLS_PORT: Final = re.compile(r"[^/?#]*:8?443(?![^/?#])")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
# What people leave around a name or URL when they copy it out of a sentence, and no URL begins or ends with.
_AROUND: Final = " \t\r\n\u3000\u200b\u200c\u200d\u2060\ufeff<>\"'。，、；！？：“”‘’《》〈〉【】「」『』（）…"
_BEHIND: Final = _AROUND + ",;"
_SCHEMES: Final = r"h(?:tt|xx)ps?(?:\[:\]|[:：])//"
_BETWEEN: Final = re.compile(rf"[\s、，；|]+|[,;]\s*(?={_SCHEMES}|$)", re.IGNORECASE)
_NAMES_BETWEEN: Final = re.compile(r"[\s、，；|,;]+")
_GLUED: Final = re.compile(rf"[、，；|,;]\s*{_SCHEMES}", re.IGNORECASE)
_DOT: Final = re.compile(r"[\[(](?:\.|dot)[\])]", re.IGNORECASE)
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LONGEST_URL: Final = 2048
HEADINGS: Final = frozenset(  # what tables call the column of names or URLs, in small letters
    (
        *("candidate", "domain", "name", "url", "域名", "网址", "网站", "链接", "线索"),
        *("网站地址", "举报网址", "举报链接", "被举报网址"),
    )
)
ABOVE: Final = 10  # lines among which a heading is looked for: a title may stand above it


class Line(Record, frozen=True):
    """One line somebody gave us: its number, its text as given, and where it came from."""

    number: int
    text: str
    source: str = "argument"
    note: str = ""  # why the source names it


class Column(NamedTuple):
    """Where the candidates of a table stand."""

    mark: str  # between its cells
    place: int
    heading: str


class BadCandidate(ValueError):
    """Raised for input that is no candidate; `reason` is a short word, the message a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def parse_candidate(text: str, source: str, ports: tuple[int, ...]) -> Candidate:
    """The Candidate that one input line names: a host, or an http(s) URL with a host.

    Defanged spellings (`hxxps://`, `example[.]com`) are understood, and what a sentence leaves around is taken off.
    Raises BadCandidate for addresses, special-use names, ports outside `ports`, user names in URLs and everything
    that is no host name.
    """
    given = _refang(text.strip().lstrip(_AROUND).rstrip(_BEHIND))
    if not given:
        raise BadCandidate("empty", "an empty line")
    if given.startswith("#"):
        raise BadCandidate("comment", "a comment, not a candidate")
    given = f"{_scheme_of(given[2:])}:{given}" if given.startswith("//") else given
    scheme = _SCHEME.match(given)
    if scheme is None and not any(mark in given for mark in "/:@?"):
        return Candidate(_name(given), "", source)
    if scheme is None and given.count(":") > 1 and "/" not in given:
        raise BadCandidate("address", f"{given!r}: an address, not a domain")
    return _from_url(given if scheme else f"{_scheme_of(given)}://{given}", source, ports)


def _scheme_of(rest: str) -> str:
    """What a URL without a scheme means: at the ports of TLS plain http would be shown an error page."""
    return "https" if _TLS_PORT.match(rest) else "http"


def split_candidates(text: str) -> list[str]:
    """The names and URLs of a cell that may hold several, one a line or with commas between; each once, unread."""
    between = _BETWEEN if "/" in text else _NAMES_BETWEEN
    parts = (part.strip(_BEHIND) for part in between.split(text))
    return list(dict.fromkeys(part for part in parts if part)) or [text]


def by_column(lines: Iterator[Line]) -> Iterator[Line]:
    """The lines of a list, and those of a table by the cell of its one column of names or URLs.

    A row of a spreadsheet stays one line; a row without a word is an empty one.
    """
    column = None
    for line in islice(lines, ABOVE):
        yield line
        if column := column_of(line.text):
            break
    yield from (_cell(line, column) for line in lines) if column else lines


def column_of(text: str) -> Column | None:
    """Where a table has its candidates, when `text` is its heading."""
    for mark in ",;\t":
        cells = [cell.strip(_AROUND).lower() for cell in text.split(mark)]
        if len(cells) > 1 and len(found := [at for at, cell in enumerate(cells) if cell in HEADINGS]) == 1:
            return Column(mark, found[0], cells[found[0]])
    return None


def _cell(line: Line, column: Column) -> Line:
    try:
        cells = next(csv.reader([line.text], delimiter=column.mark), [])
    except csv.Error:
        return line
    if not any(cell.strip() for cell in cells):
        return Line(line.number, "", line.source)
    named = column.place < len(cells) and cells[column.place].strip()
    return Line(line.number, cells[column.place], line.source) if named else line


def _from_url(text: str, source: str, ports: tuple[int, ...]) -> Candidate:
    if len(text) > LONGEST_URL:
        raise BadCandidate("too_long", f"a URL of {len(text)} characters; the most is {LONGEST_URL}")
    if _CONTROL.search(text) or "\\" in text:
        raise BadCandidate(
            "bad_character", f"{text!r}: white space, control characters or backslashes in a URL"
        )
    if _GLUED.search(text):
        raise BadCandidate("several", f"{text!r}: several URLs: write one a line")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadCandidate("bad_url", f"{text!r}: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS:
        raise BadCandidate("bad_scheme", f"{text!r}: only http and https are visited, not {parts.scheme}")
    if parts.username is not None or parts.password is not None:
        raise BadCandidate("credentials", "a URL with a user name or password; visits never log in")
    if port is not None and port not in ports:
        raise BadCandidate("bad_port", f"{text!r}: port {port} is not one of {', '.join(map(str, ports))}")
    name = _name(parts.hostname or "")
    return Candidate(name, canonical_url(parts, name, port), source)


def canonical_url(parts: SplitResult, name: Name, port: int | None) -> str:
    """The one spelling of a URL: A-label host, default port and fragment left out, the path percent-encoded."""
    host = name if port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{name}:{port}"
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
    return f"{parts.scheme}://{host}{path}{query}"


def _refang(text: str) -> str:
    if text[:4].lower() == "hxxp":
        text = "http" + text[4:]
    if "[" in text or "(" in text:
        text = _DOT.sub(".", text.replace("[:]", ":"))
    return text.replace("：//", "://", 1)


def _name(text: str) -> Name:
    try:
        return parse_name(text)
    except BadName as error:
        if text.strip(_AROUND).lower() in HEADINGS or column_of(text):
            raise BadCandidate("heading", "the heading of a table, not a candidate") from error
        parts = split_candidates(text)
        if len(parts) > 1 and all("." in one.strip(".") and one[0] != "." for one in parts):
            raise BadCandidate("several", f"{text!r}: several names: write one a line") from error
        way_out = ": write it in UTF-8" if error.reason == "not_utf8" else ""
        raise BadCandidate(error.reason, f"{error}{way_out}") from error
