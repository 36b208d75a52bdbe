"""What a site's own rules say of it: that it offers nothing on such a page says nothing of the site."""

from __future__ import annotations

from typing import Final

from domainscan.model import Failure, Observation, Reading
from domainscan.signals.context import Context
from domainscan.signals.names import abuse_tokens
from domainscan.signals.words import Words

NO_RULES: Final = Reading(0.0, "worth")


def own_rules(observation: Observation, context: Context) -> Reading | Failure:
    """What the host name says of a harm, where the page is the site's own terms or a policy of it; else 0.

    A part per category, 1 for a hint in the name, 2 for a name that says it. Its title calls the page so, and its text
    binds who uses the site: a page about other sites' terms does not.
    """
    read = context.read(observation)
    if isinstance(read, Failure):
        return read
    if not (_is_called_so(read.words) and read.words.has("binding")):
        return NO_RULES
    return abuse_tokens(observation, context)


def _is_called_so(words: Words) -> bool:
    return any(words.zone(hit.start) == "title" for hit in words.of("policy_title"))
