"""Trade on a page: prices, ways to pay, ways to get in touch. It tells a shop from a report."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from domainscan.model import Failure, Observation, Page, Part, Reading
from domainscan.signals.context import Context, PageWords

_PRICE: Final = re.compile(
    r"[$€£¥] ?\d{1,6}|\d{1,6}(?:\.\d{1,2})? ?(?:元|usdt|usd|rmb|cny|eur|credits?|coins|积分|点数)"
)
PRICES_LIMIT: Final = 50
CHAT_HOSTS: Final = frozenset(
    ("t.me", "telegram.me", "wa.me", "api.whatsapp.com", "discord.gg", "discord.com", "line.me")
)


def trade(observation: Observation, context: Context) -> Reading | Failure:
    """How many kinds of trade a page shows. Parts `prices`, `payment`, `contacts` count different ones."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    words = read.words
    prices = sorted(
        {words.text[start:end] for start, end in islice(words.matches(_PRICE, "price_word"), PRICES_LIMIT)}
    )
    payment = sorted(words.terms("payment_hint"))
    contacts = sorted(words.terms("contact_handle") - {"@"}) + sorted(_chats(page, read))
    parts = tuple(
        Part(name, float(len(found)), tuple(found[:5]))
        for name, found in (("prices", prices), ("payment", payment), ("contacts", contacts))
    )
    return Reading(float(sum(part.value > 0 for part in parts)), "kinds", (), parts)


def _chats(page: Page, read: PageWords) -> frozenset[str]:
    """The chat services that the page leads to."""
    urls = read.urls
    if urls.isascii() and urls.isprintable() and not any(host in urls for host in CHAT_HOSTS):
        return frozenset()  # no host is another than its address says, and none of 50 links needs a look
    led_to = zip(page.links, read.hosts, strict=True)
    return CHAT_HOSTS & {host for link, host in led_to if link.url.startswith("http")}
