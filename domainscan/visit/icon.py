"""A site's own icon: one request more, for the hash that tells mirrors."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from msgspec.structs import replace

from domainscan import warc
from domainscan.model import (
    Failure,
    Icon,
    Observation,
)
from domainscan.net.fetch import Reply
from domainscan.read.bodies import page_kind, sent_type
from domainscan.read.likeness import icon_hash
from domainscan.read.text import one_line
from domainscan.visit.hosts import reachable
from domainscan.visit.robots import kept_out
from domainscan.visit.trail import Tools, Trail, keep
from domainscan.warc import WarcRecord

ICON_BYTES: Final = 256 * 1024  # real icons have 1 to 100 KB
ICON_SECONDS: Final = 5.0
ICON_HEADERS: Final = (("Accept", "image/*,*/*;q=0.5"),)


async def look_at_icon(observation: Observation, tools: Tools) -> tuple[Observation, tuple[WarcRecord, ...]]:
    """The observation with its site's icon, and the records of asking for it: one request, to the page's own host.

    A redirect is not followed. The picture is hashed and let go; the evidence holds the heads only.
    """
    url = _icon_url(observation)
    if not url:
        return replace(observation, icon=Failure("not_applicable", "no page of its own")), ()
    trail = Trail(f"{observation.id}/icon", observation.at)
    known = {str(observation.name): observation.addresses()}
    icon = await _fetch_icon(url, known, trail, tools)
    return replace(observation, icon=icon), tuple(trail.records)


def _icon_url(observation: Observation) -> str:
    """Where the icon is: the first that the page names on its own host, or the usual place; "" without a page."""
    page = observation.page
    if isinstance(page, Failure):
        return ""
    origin, host = "/".join(page.url.split("/")[:3]), urlsplit(page.url).hostname
    if host not in (observation.name, f"www.{observation.name}"):
        return ""
    named = (url for kind, url in page.meta if kind[:5] == "link:" and "icon" in kind[5:].split())
    return next((url for url in named if url.startswith(f"{origin}/")), f"{origin}/favicon.ico")


async def _fetch_icon(
    url: str, known: dict[str, tuple[str, ...]], trail: Trail, tools: Tools
) -> Icon | Failure:
    where = await reachable(url, known, trail, tools)
    if isinstance(where, Failure):
        return where
    refusal = await kept_out(url, where, trail, tools, ICON_SECONDS)
    if refusal is not None:
        return refusal
    reply = await tools.fetcher.fetch(
        url, where, headers=ICON_HEADERS, max_bytes=ICON_BYTES, timeout_seconds=ICON_SECONDS
    )
    hop = keep(reply, trail)
    wrong = hop.failure or _no_icon(reply)
    return wrong or Icon(url, icon_hash(reply.body), warc.digest_of(reply.body), len(reply.body), hop.record)


def _no_icon(reply: Reply) -> Failure | None:
    """Why an answer is no whole picture; None when it may be one."""
    if "truncated" in reply.flags:
        return Failure("too_large", f"more than {ICON_BYTES} bytes")
    if reply.hop.http_status != 200 or reply.flags or not reply.body:
        return Failure("not_applicable", f"HTTP {reply.hop.http_status} {', '.join(reply.flags)}".strip())
    media = sent_type(reply.hop.headers).partition(";")[0].strip().lower()
    if page_kind(reply.body, "") or not (
        media in ("", "application/octet-stream") or media.startswith("image/")
    ):
        return Failure("not_applicable", f"no picture: {one_line(media, 60) or 'text'}")
    return None
