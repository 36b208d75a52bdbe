"""A look at one page for its fix list: the page with its style sheets, its terms, and samples of its media.

Everything goes the way of a visit (gate, robots.txt, deadline) and nothing is kept. The page is judged before any
media are asked for: where it falls into a category of which only text is read, none are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import urlsplit

from domainscan.lint.facts import Agreement, Facts
from domainscan.model import CATEGORIES, Assessment, Failure, Name, Observation, Page, Reading
from domainscan.net.capture import Reply
from domainscan.net.fetch import PAGE_HEADERS
from domainscan.read.labels.media import linked_sheets, sample_media, with_sheets
from domainscan.samples import START_BYTES, read_page, read_url_sample
from domainscan.visit import Tools, take

SAMPLES: Final = 5  # media that are asked for unless the caller says otherwise
SHEETS: Final = 6
SHEET_BYTES: Final = 256 * 1024
AGREEMENTS: Final = 3
PAGE_BYTES: Final = 4 * 1024 * 1024
_AGREEMENT: Final = re.compile(
    r"协议|条款|服务规则|使用规范|标识(?:说明|规则)|terms|user agreement|acceptable use", re.IGNORECASE
)
_PRIVACY: Final = re.compile(r"隐私|privacy|cookie", re.IGNORECASE)
_CSS: Final = (("Accept", "text/css,*/*;q=0.1"), ("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8"))

# What the page is judged by: the assessment, and what it offers against labels. Pure; the caller brings the pack.
Judge = Callable[[Observation], tuple[Assessment, Reading | Failure]]


async def look(
    url: str, tools: Tools, judge: Judge, samples: int = SAMPLES, refusal: Callable[[str], str] = lambda _: ""
) -> Facts:
    """The facts of one URL. `refusal` says why media at a URL are not asked for, whatever the page says; or ""."""
    reply = await take(url, tools, PAGE_HEADERS, PAGE_BYTES)
    page = reply if isinstance(reply, Failure) else await read_page(reply, tools)
    if page is None:
        page = Failure("not_html", "the fix list is for pages; give files to `label` without --lint")
    if isinstance(reply, Failure) or isinstance(page, Failure):
        return Facts(url, page)
    withheld, removal = _judged(page, judge, tools.now())
    withheld = refusal(url) or refusal(page.url) or withheld
    styled, sheets = await _styled(reply, tools)
    agreements = [await _agreement(title, address, tools) for address, title in _agreement_links(page)]
    found = [] if withheld else [one for one in sample_media(reply.body, page.url) if not refusal(one)]
    media = [await read_url_sample(one, tools, START_BYTES) for one in found[:samples]]
    return Facts(
        url=url,
        page=styled or page,
        sheets=sheets,
        media_found=len(found),
        media=tuple(media),
        withheld=withheld,
        agreements=tuple(agreements),
        removal=removal,
    )


def _judged(page: Page, judge: Judge, at: str) -> tuple[str, tuple[str, ...]]:
    """Why no media may be asked for, or ""; and the words that offer to remove labels."""
    host = urlsplit(page.url).hostname or ""
    seen = Observation(
        id="lint", scan="lint", name=Name(host), url=page.url, at=at, status="observed", page=page
    )
    assessment, offers = judge(seen)
    text_only = sorted({one.category for one in assessment.judgements if CATEGORIES[one.category][2]})
    why = f"the page itself is judged {', '.join(text_only)}: only text is read there" if text_only else ""
    part = offers.part("H09") if isinstance(offers, Reading) else None
    return why, part.evidence if part and part.value >= 0.5 else ()


async def _styled(reply: Reply, tools: Tools) -> tuple[Page | None, int]:
    """The page read again with its linked style sheets in place, and how many those are; None when there are none."""
    url = reply.hop.url
    sheets: dict[str, bytes] = {}
    for address in linked_sheets(reply.body, url)[:SHEETS]:
        found = await take(address, tools, _CSS, SHEET_BYTES)
        whole = isinstance(found, Reply) and found.hop.http_status == 200 and not found.flags
        if isinstance(found, Reply) and whole:
            sheets[address] = found.body
    if not sheets:
        return None, 0
    page = await read_page(reply._replace(body=with_sheets(reply.body, url, sheets)), tools)
    if not isinstance(page, Page):
        return None, 0
    return page, len(sheets)


def _agreement_links(page: Page) -> Iterator[tuple[str, str]]:
    """(address, title) of pages of terms on the same host, those about privacy alone last."""
    host = urlsplit(page.url).hostname
    found = {
        link.url.partition("#")[0]: link.text
        for link in page.links
        if _AGREEMENT.search(link.text) and urlsplit(link.url).hostname == host and "hidden" not in link.rel
    }
    found.pop(page.url, None)
    yield from sorted(found.items(), key=lambda one: bool(_PRIVACY.search(one[1])))[:AGREEMENTS]


async def _agreement(title: str, url: str, tools: Tools) -> Agreement:
    reply = await take(url, tools, PAGE_HEADERS, PAGE_BYTES)
    page = reply if isinstance(reply, Failure) else await read_page(reply, tools)
    if isinstance(page, Page) and page.http_status >= 400:
        page = Failure("not_found", f"HTTP {page.http_status}")
    return Agreement(url, title, Failure("not_html") if page is None else page)
