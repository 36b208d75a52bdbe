"""Whether a visit was shown the site's page, or something that stood in its place.

Many sites hide behind a check for robots that an honest visitor does not pass, a log-in, an error that only some are
shown, or scripts that draw everything. What such a page says is not what its visitors see: it is unknown, and never
"nothing there".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from domainscan.model import Failure, Hop, Observation, Page, Reading
from domainscan.signals.context import Context, Vocabulary, host_of
from domainscan.signals.hosting import parked, provider_cut

BRIEF: Final = 600  # characters of text up to which a guard's words or script make the page a guard's
LOG_IN: Final = 200  # up to which a page that asks for a password has nothing else
LITTLE: Final = 40  # below which there is nothing to judge
ERROR: Final = 400  # RFC 9110 15.5, 15.6: from here on the content explains an error


def wall(observation: Observation, context: Context) -> Failure | None:
    """What stood in the place of the site's page; None where the visit was shown it, or there is none at all.

    No signal, as nothing follows from it but that nothing follows. A provider's page for a site it has cut is what
    every visitor is shown; so is a parking service's, and another site's to which a name leads.
    """
    page = observation.page
    if isinstance(page, Failure) or not context.same_site(host_of(page.url), observation.name):
        return None
    if "incomplete" in page.flags:
        return Failure("parse_incomplete", "read by its tokens alone")
    there = _guard(page, observation.hops, context.vocabulary) or _nothing(page)
    if not there or _positive(provider_cut(observation, context)) or _positive(parked(observation, context)):
        return None
    return Failure("walled", there)


def _positive(reading: Reading | Failure) -> bool:
    return isinstance(reading, Reading) and bool(reading.value)


def _guard(page: Page, hops: Iterable[Hop], vocabulary: Vocabulary) -> str:
    """Who asks for a check, and with which status; "" where nobody does."""
    says = _by_header(page, hops, vocabulary) or _by_title(page, vocabulary) or _by_little(page, vocabulary)
    return f"{says} (HTTP {page.http_status})" if says else ""


def _by_header(page: Page, hops: Iterable[Hop], vocabulary: Vocabulary) -> str:
    """Who says so in a header of the answer that the page is of."""
    for hop in hops:
        if hop.url == page.url:
            for name, value in hop.headers:
                for begins, says in vocabulary.wall_headers.get(name.lower(), ()):
                    if value.lower().startswith(begins):
                        return says
    return ""


def _by_title(page: Page, vocabulary: Vocabulary) -> str:
    title = page.title.lower()
    return next((says for begins, says in vocabulary.wall_titles if title.startswith(begins)), "")


def _by_little(page: Page, vocabulary: Vocabulary) -> str:
    """Who says so in the few words of a page, or by its script."""
    if len(page.text) > BRIEF:
        return ""
    begins = f"{page.title}\n{page.text}".lower()
    for text, says in vocabulary.wall_texts:
        if text in begins:
            return says
    scripts = " ".join(page.scripts)
    return next((says for part, says in vocabulary.wall_scripts if scripts and part in scripts), "")


def _nothing(page: Page) -> str:
    """Why there is no page of the site to judge; "" where there is one."""
    size, flags = len(page.text), page.flags
    reasons = (
        (page.http_status >= ERROR, f"an error page (HTTP {page.http_status})"),
        (size <= LOG_IN and _asks_for_a_password(page), "a log-in"),
        ("script_rendered" in flags, "drawn by scripts"),
        (size < LITTLE and "frames" in flags, "a frame around another page"),
        (size < LITTLE and page.images > 0, "pictures alone"),
        (size < LITTLE, "next to no text"),
    )
    return next((why for holds, why in reasons if holds), "")


def _asks_for_a_password(page: Page) -> bool:
    return any(field.kind == "password" for form in page.forms for field in form.fields)
