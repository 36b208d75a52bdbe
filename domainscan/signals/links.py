"""Where a page leads: programs to download, other people's offers, doorways on an ordinary site."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from domainscan.model import Failure, Link, Observation, Part, Reading
from domainscan.signals.context import Context, PageWords, host_of, once
from domainscan.signals.pages import OFFERED
from domainscan.signals.words import Words

PROGRAMS: Final = (
    ".exe",
    ".msi",
    ".scr",
    ".bat",
    ".cmd",
    ".ps1",
    ".apk",
    ".dmg",
    ".pkg",
    ".vbs",
    ".jar",
    ".lnk",
    ".iso",
    ".hta",
)
SHOWN_AS: Final = (
    ".mp4",
    ".mov",
    ".avi",
    ".pdf",
    ".jpg",
    ".jpeg",
    ".png",
    ".mp3",
    ".wav",
    ".doc",
    ".docx",
    ".xlsx",
    ".zip",
    ".txt",
)
AFFILIATE: Final = (
    "ref=",
    "aff=",
    "affiliate",
    "aff_id",
    "via=",
    "partner=",
    "utm_source=aff",
    "invite=",
    "/go/",
    "tag=",
    "referral",
)
DOORWAY_PATHS: Final = (
    "/upload/", "/uploads/", "/wp-content/", "/wp-includes/", "/images/", "/img/", "/templets/", "/cache/",
    "/files/", "/attachment", "/static/", "/userfiles/", "/ueditor/", "/include/", "/data/", "/assets/",
    "/css/", "/js/", "/media/", "/sites/default/files",
)  # fmt: skip
NO_REFERRALS: Final = Reading(0.0, "links")  # as most pages read


def downloads(observation: Observation, context: Context) -> Reading | Failure:
    """How many programs the page offers. Parts: `disguised` (video.mp4.exe), `elsewhere` (on other sites)."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    programs = programs_of(observation, context)
    disguised = [link.url for link in programs if any(f"{one}." in path_of(link.url) for one in SHOWN_AS)]
    words = context.vocabulary.read(page).words
    if words.has_cue("program_name"):
        disguised += [
            f"{one}.exe" for one in SHOWN_AS if f"{one}.exe" in words.text or f"{one}.scr" in words.text
        ]
    elsewhere = [
        link.url
        for link in programs
        if host_of(link.url) and not context.same_site(host_of(link.url), observation.name)
    ]
    parts = (
        Part("disguised", float(len(disguised)), tuple(disguised[:4])),
        Part("elsewhere", float(len(elsewhere)), tuple(elsewhere[:4])),
    )
    return Reading(float(len(programs)), "programs", tuple(link.url for link in programs[:4]), parts)


@once
def programs_of(observation: Observation, context: Context) -> tuple[Link, ...]:
    """The links of the visited page that lead to a program."""
    page = observation.page
    if isinstance(page, Failure):
        return ()
    urls = context.vocabulary.read(page).urls
    if urls.isprintable() and not any(one in urls for one in PROGRAMS):
        return ()
    return tuple(link for link in page.links if _is_program(link.url))


def _is_program(url: str) -> bool:
    path = url.partition("#")[0].partition("?")[0].lower()
    if url.isprintable() and not path.endswith(
        PROGRAMS
    ):  # 0.4 µs; most links are settled without being split
        return False
    return path_of(url).endswith(PROGRAMS)


def path_of(url: str) -> str:
    """The path of a URL in lower case; "" when there is none to read."""
    try:
        return urlsplit(url).path.lower()
    except ValueError:
        return ""


def affiliate(observation: Observation, context: Context) -> Reading | Failure:
    """How many links carry a referral, which is how directories of harmful services earn."""
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    if not _is_referral(read.urls):
        return NO_REFERRALS
    hosts = read.hosts
    others = {host for host in set(hosts) if host and not context.same_site(host, observation.name)}
    found = [
        link.url
        for link, host in zip(page.links, hosts, strict=True)
        if host in others and _is_referral(link.url.lower())
    ]
    return Reading(float(len(found)), "links", tuple(found[:4]))


def _is_referral(url: str) -> bool:
    return any(one in url for one in AFFILIATE)


def doorway(observation: Observation, context: Context) -> Reading | Failure:
    """Signs that an ordinary site was broken into: harm offered where it does not belong.

    Parts: `hidden` (offers in hidden text of a page whose visible text offers nothing), `path` (offers on a
    page deep in an upload or template folder), `institution` (its own words name a club, school, clinic,
    shop ...).
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    visible = _strongest(read)
    hidden = _strongest(read.hidden) if page.hidden_text.strip() and visible < 1.0 else 0.0
    path = path_of(page.url) if visible >= 1.0 else ""
    deep = float(path.count("/") >= 2 and any(one in path for one in DOORWAY_PATHS))
    named = _institution(read.words, observation.name)
    signs = float(hidden >= 1.0) + deep + float(bool(named) and (hidden >= 1.0 or deep > 0))
    parts = (
        Part("hidden", hidden, (page.hidden_text[:120],) if hidden else ()),
        Part("path", deep, (path,) if deep else ()),
        Part("institution", float(len(named)), tuple(named[:4])),
    )
    return Reading(signs, "signs", (), parts)


def _strongest(read: PageWords) -> float:
    """How strongly the words offer what they offer most."""
    return max(read.strength(category)[0] for category in OFFERED) if read.mentions else 0.0


def _institution(words: Words, name: str) -> list[str]:
    found = sorted(words.terms("institution"))
    if any(f".{one}." in f"{name}." for one in ("edu", "gov", "ac")):
        found.insert(0, name)
    return found
