"""URLs that a visit may ask for, read strictly: where browsers and libraries disagree, nobody is asked.

Source: RFC 3986 3, RFC 9110 4.2; the WHATWG URL standard for what browsers tolerate.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final, NamedTuple
from urllib.parse import quote, urljoin

from blocklists.names import BadName, parse_name
from domainscan.model import Failure

URL_CHARACTERS: Final = 8192
PORTS: Final = {"http": 80, "https": 443}
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_REACH: Final = (
    "address",
    "special_use",
    "single_label",
)  # reasons of BadName that mean: a place, but not ours
_SAFE: Final = "!$%&'()*+,/:;=?@[]~"
_PLAIN: Final = re.compile(
    r"[A-Za-z0-9_.\-!$%&'()*+,/:;=?@\[\]~]*"
)  # nothing in it that quoting would change


class Target(NamedTuple):
    """One URL in its parts. `host` is a Name or an address in canonical form; `path` includes the query."""

    scheme: str
    host: str
    port: int
    path: str
    literal: bool  # the host is an address: there is nothing to resolve

    @property
    def authority(self) -> str:
        """The Host header: without the port where it is the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def read_url(text: str) -> Target | Failure:
    """The parts of an absolute http or https URL, its host in the one canonical spelling.

    blocked_scheme for other schemes, blocked_address for hosts that spell an address oddly or never leave the
    local network, bad_redirect for the rest: credentials, backslashes, control characters, odd ports.
    """
    match = _SCHEME.match(text)
    if not match:
        return _bad("no scheme", text)
    scheme, rest = match[1].lower(), text[match.end() :]
    if scheme not in PORTS:
        return Failure("blocked_scheme", scheme[:40])
    end = min((at for at in map(rest.find, "/?#", (2, 2, 2)) if at != -1), default=len(rest))
    authority, tail = rest[2:end], rest[end:]
    fault = _fault(rest, authority, tail)
    if fault:
        return _bad(fault, text)
    path, mark, query = tail.partition("#")[0].partition("?")
    return _with_host(scheme, authority, (_quoted(path) or "/") + mark + _quoted(query))


def _quoted(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else quote(text, _SAFE, errors="replace")


def _fault(rest: str, authority: str, tail: str) -> str:
    """What is wrong with the parts of a URL; "" when nothing is."""
    if rest[:2] != "//" or not authority:
        return "no host"
    if any(c <= " " or c == "\x7f" or c in "@\\" for c in authority):
        return "credentials, a backslash or a blank in the host"
    if tail[:1] == "#" and "@" in tail:
        return "an @ after the host's end"
    if "\\" in tail.partition("?")[0] or any(c < " " or c == "\x7f" for c in tail):
        return "a backslash or control character in the path"
    return f"{len(rest)} characters" if len(rest) > URL_CHARACTERS else ""


def next_url(base: str, location: str) -> str | Failure:
    """The URL that a Location header leads to from `base`, in canonical form and without its fragment."""
    text = location.strip("\t\n\r\f\v \0")
    if not text:
        return Failure("bad_redirect", "no Location")
    if len(text) > URL_CHARACTERS:
        return _bad(f"{len(text)} characters", text)
    if any(c < " " or c == "\x7f" for c in text):
        return _bad("control characters", text)
    if not _SCHEME.match(text):
        try:
            text = urljoin(base, text)
        except ValueError as error:
            return _bad(str(error), text)
    target = read_url(text)
    return target if isinstance(target, Failure) else target.url


def _with_host(scheme: str, authority: str, path: str) -> Target | Failure:
    bracketed = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\](?::(\d*))?", authority, re.ASCII)
    plain = re.fullmatch(r"([^\[\]:]+)(?::(\d*))?", authority, re.ASCII)
    match = bracketed or plain
    port = int((match[2] or str(PORTS[scheme]))[:6]) if match else 0
    if match is None or not 0 < port < 65536:
        return _bad("host or port", authority)
    host = match[1]
    if (
        bracketed or host[-1].isdigit()
    ):  # no name's last label is a number; parse_name refuses those left over
        try:
            address = ipaddress.IPv6Address(host) if bracketed else ipaddress.IPv4Address(host)
            return Target(scheme, str(address), port, path, literal=True)
        except ValueError:
            if bracketed:
                return _bad("not an address", authority)
    try:
        return Target(scheme, parse_name(host), port, path, literal=False)
    except BadName as error:
        return Failure("blocked_address" if error.reason in _REACH else "bad_redirect", str(error)[:200])


def _bad(why: str, text: str) -> Failure:
    return Failure("bad_redirect", f"{why}: {text[:120]!r}")
