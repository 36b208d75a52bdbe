"""Whether a visit was shown the site's page, or something that stands in its place."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from blocklists.suffixes import load_suffixes
from domainscan.assess import judge, pack_in_force
from domainscan.config import Packs
from domainscan.lab.sites import SHIPPED
from domainscan.model import (
    Assessment,
    Failure,
    Field,
    Form,
    History,
    Hop,
    Name,
    Observation,
    Page,
    content_digest,
    observation_id,
    unseen,
)
from domainscan.read.html import read_page
from domainscan.signals.context import Context
from domainscan.signals.shown import wall

NAME = Name("walls.example")
URL = "https://walls.example/"
LONG = "A club for people who mend kites, with a meeting every Thursday evening at the town hall. " * 10
OFFER = "AI undress app. Upload a photo of any girl and remove her clothes, nude in 10 seconds. $9.99 a month, pay now."
LOG_IN = (Form(URL, "post", (Field("user", "text"), Field("pass", "password"))),)


def seen(page: Page | Failure, *headers: tuple[str, str], **about: Any) -> Observation:
    """A visit of NAME that was answered so."""
    hop = Hop(URL, "192.0.2.7", page.http_status if isinstance(page, Page) else 200, headers)
    fields = {
        "status": "observed",
        "reason": "",
        "vantage": "test",
        "registration": Failure("not_run"),
        **about,
    }
    return Observation(
        id=observation_id("s", NAME, ""), scan="s", name=NAME, url="", at="2026-11-28T10:00:00Z",
        resolution=(), hops=(hop,), page=page, certificate=Failure("not_run"), **fields,
    )  # fmt: skip


def page(text: str = LONG, **fields: Any) -> Page:
    return Page(**{"url": URL, "http_status": 200, "title": "Kites", "text": text, **fields})


@pytest.fixture(scope="module")
def pack() -> Any:
    return pack_in_force(Packs())


@pytest.fixture(scope="module")
def shown(pack: Any) -> Any:
    suffixes = load_suffixes(())
    return lambda one: wall(one, Context(History(), pack.vocabulary, suffixes))


@pytest.fixture(scope="module")
def judged(pack: Any) -> Any:
    suffixes = load_suffixes(())
    return lambda one: judge(one, History(), pack, suffixes)


def hidden(one: Observation, found: Assessment) -> tuple[bool, str]:
    """(flagged, why it was not seen) of a visit."""
    return found.flagged, unseen(one, found)


WALLS = [
    (page(), (("CF-Mitigated", "challenge"),), "Cloudflare asks its visitors for a check (HTTP 200)"),
    (page("", http_status=202), (("x-amzn-waf-action", "challenge"),), "AWS WAF asks its visitors for a check"),
    (page("", http_status=405), (("X-Amzn-WAF-Action", "captcha"),), "AWS WAF asks its visitors for a check"),
    (page("", title="Just a moment...", http_status=403), (), "Cloudflare asks its visitors for a check (HTTP 403)"),
    (page("正在进行安全验证"), (), "Cloudflare"),
    (page("Please Verify You Are Human", scripts=()), (), "a captcha"),
    (page("人机验证 请按住滑块"), (), "a firewall"),
    (page("Shop", scripts=("https://js.hcaptcha.com/1/api.js",)), (), "a captcha"),
    (page("x" * 90, scripts=("https://turing.captcha.qcloud.com/TCaptcha.js",)), (), "Tencent Cloud"),
    (page("You must be 18 or older to enter this site. Enter / Leave"), (), "it asks its visitors for their age"),
    (page(title="Welcome to nginx!"), (), "the default page of its server (HTTP 200)"),
    (page(http_status=404), (), "an error page (HTTP 404)"),
    (page(http_status=503), (), "an error page (HTTP 503)"),
    (page("Sign in to your account to go on, please", forms=LOG_IN), (), "a log-in"),
    (page("Loading", scripts=("/app.js",), flags=("script_rendered",)), (), "drawn by scripts"),
    (page("", flags=("frames", "no_text")), (), "a frame around another page"),
    (page("", images=3, flags=("no_text",)), (), "pictures alone"),
    (page("Coming soon"), (), "next to no text"),
]  # fmt: skip


@pytest.mark.parametrize(("instead", "headers", "why"), WALLS)
def test_what_stands_in_the_pages_place_is_told(
    instead: Page, headers: tuple[tuple[str, str], ...], why: str, shown: Any, judged: Any
) -> None:
    visit = seen(instead, *headers)
    found = shown(visit)
    assert (found.status, why in found.detail) == ("walled", True), found
    assert hidden(visit, judged(visit)) == (False, f"walled: {found.detail}")


PAGES = [
    (page(), (), "an ordinary page"),
    (page(), (("cf-mitigated", "block"), ("server", "cloudflare")), "another value of the header"),
    (page(LONG + " verify you are human", scripts=("https://js.hcaptcha.com/1/api.js",)), (), "a long page"),
    (page(LONG, forms=LOG_IN), (), "a page with a corner to log in"),
    (page("A small page of a small club, with little to say but its address."), (), "few words are a page"),
    (page("该网站已被依法关停", http_status=403), (), "its provider cut it: every visitor is shown that"),
    (page(LONG + "You must be 18 to play."), (), "a long page with a note on age"),
    (page("This domain is for sale", http_status=404), (), "parked, for everybody"),
    (page("Sign in", url="https://elsewhere.example/", forms=LOG_IN), (), "another site's, to which the name leads"),
]  # fmt: skip


@pytest.mark.parametrize(("own", "headers", "why"), PAGES)
def test_a_page_is_a_page(
    own: Page, headers: tuple[tuple[str, str], ...], why: str, shown: Any, judged: Any
) -> None:
    visit = seen(own, *headers)
    assert shown(visit) is None, why
    assert unseen(visit, judged(visit)) == "", why


def test_a_redirect_that_was_checked_says_nothing_of_the_page(shown: Any) -> None:
    visit = seen(page())
    before = Hop("http://walls.example/", "192.0.2.7", 302, (("cf-mitigated", "challenge"),), URL)
    assert shown(replace(visit, hops=(before, *visit.hops))) is None


def test_what_speaks_of_a_harm_without_offering_it_does_not_make_a_page_of_a_wall(judged: Any) -> None:
    """Or an error page that warns of a fraud would lift a flag: it proves something, and nothing that flags."""
    file = SHIPPED / "h03-bank-notice.html"
    notice = read_page(file.read_bytes(), url=URL, http_status=404, content_type="text/html", body_digest="")
    found = judged(seen(notice))
    assert not found.quiet
    assert hidden(seen(notice), found) == (False, "walled: an error page (HTTP 404)")


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_no_status_and_no_header_hides_an_offer(status: int, judged: Any) -> None:
    """Or every seller would answer 404 and be judged by nothing."""
    visit = seen(page(OFFER, http_status=status), ("cf-mitigated", "challenge"))
    assert hidden(visit, judged(visit)) == (True, "")


@pytest.mark.parametrize(
    ("page_", "status", "why"),
    [
        (Failure("disallowed", "/robots.txt"), "observed", "disallowed: /robots.txt"),
        (Failure("not_html", "application/pdf"), "observed", "not_html: application/pdf"),
        (Failure("not_run"), "dead", ""),
        (Failure("timeout"), "failed", ""),
        (page(flags=("incomplete",)), "observed", "parse_incomplete: read by its tokens alone"),
    ],
)
def test_only_a_visit_that_was_answered_can_be_unseen(
    page_: Page | Failure, status: str, why: str, judged: Any
) -> None:
    visit = seen(page_, status=status)
    assert unseen(visit, judged(visit)) == why


DRAWN = {"scripts": ("/app.js",), "flags": ("no_text", "script_rendered")}


def test_a_page_that_scripts_draw_is_judged_by_what_it_tells_machines(judged: Any) -> None:
    sells = seen(page("", told=OFFER, **DRAWN))
    assert hidden(sells, judged(sells)) == (True, "")
    tells = seen(page("", told="Plans for kites\nWhere the wind blows", **DRAWN))
    assert hidden(tells, judged(tells)) == (False, "walled: drawn by scripts")


def test_what_a_page_tells_machines_is_its_content() -> None:
    """Or a decision of yesterday would settle whatever such a page tells tomorrow."""
    first, other = (content_digest(seen(page("", told=one, **DRAWN))) for one in ("Plans for kites", OFFER))
    assert first != other


def test_what_people_settled_stays_settled_behind_a_wall(pack: Any) -> None:
    """A name may be flagged by itself: a check in the place of the page that people knew is no new content."""
    known, suffixes = History(settled="sha256:what people saw"), load_suffixes(())
    name, url = Name("undress-ai.example"), "https://undress-ai.example/"
    walled, other = (replace(seen(page(url=url, http_status=status)), name=name) for status in (403, 200))
    found = judge(walled, known, pack, suffixes)
    assert (found.settled, found.flagged) == (True, False)
    assert judge(walled, History(), pack, suffixes).flagged, "nobody settled anything"
    assert not judge(other, known, pack, suffixes).settled, "another page is new content"
