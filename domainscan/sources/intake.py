"""One input line -> a Candidate, or the reason why it is none."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

from blocklists.names import BadName, Name, parse_name
from domainscan.model import Candidate, Record

_SCHEME: Final = re.compile(
    r"([a-zA-Z][a-zA-Z0-9+.-]*):(?=//)|(mailto|data|javascript|file|tel|unix):", re.IGNORECASE
)
_TLS_PORT: Final = re.compile(r"[^/?#]*:8?443(?![^/?#])")
_CONTROL: Final = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029]")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
LONGEST_URL: Final = 2048


class Line(Record, frozen=True):
    """One line somebody gave us: its number, its text as given, and where it came from."""

    number: int
    text: str
    source: str = "argument"
    note: str = ""  # why the source names it


class BadCandidate(ValueError):
    """Raised for input that is no candidate; `reason` is a short word, the message a sentence."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def parse_candidate(text: str, source: str, ports: tuple[int, ...]) -> Candidate:
    """The Candidate that one input line names: a host, or an http(s) URL with a host.

    Defanged spellings (`hxxps://`, `example[.]com`) are understood. Raises BadCandidate for addresses, special-use
    names, ports outside `ports`, user names in URLs and everything that is no host name.
    """
    given = _refang(text.strip())
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


def _from_url(text: str, source: str, ports: tuple[int, ...]) -> Candidate:
    if len(text) > LONGEST_URL:
        raise BadCandidate("too_long", f"a URL of {len(text)} characters; the most is {LONGEST_URL}")
    if _CONTROL.search(text) or "\\" in text:
        raise BadCandidate(
            "bad_character", f"{text!r}: white space, control characters or backslashes in a URL"
        )
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
    return text.replace("[.]", ".").replace("(.)", ".").replace("[:]", ":")


def _name(text: str) -> Name:
    try:
        return parse_name(text)
    except BadName as error:
        raise BadCandidate(error.reason, str(error)) from error
