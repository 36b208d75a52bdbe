"""Turns of those who speak of made-up likenesses and adult company without selling any: code of guards, essays, plans.

Each is tried on a sentence that holds words of an offer, and no part of one repeats without a limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import INSIDE, SENTENCE, Turn, cued, turn

_LISTED: Final = (
    r"(?:\b(?:black|block|deny|ban) ?list(?:ed)?(?: [a-z]{2,10})?"
    r"|\b(?:banned|blocked|forbidden|unsafe|prohibited|sensitive|stop|bad) ?"
    r"(?:words?|terms?|phrases?|keywords?|domains?|sites?|hosts?|patterns?|categories)"
    r"|屏蔽词|敏感词|违禁词|黑名单|过滤词)"
)

LIKENESS: Final[tuple[Turn, ...]] = (
    # a guard's test of itself: "expect(unsafe('nudify bot'))"
    cued(
        "describe(|it.each|expect(|assert",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:describe|it\.each|test\.each|expect|assert(?:\.[a-z]{2,16}|[a-z]{2,16}| [a-z]{2,12})?)\(",
        ),
    ),
    # and the list it goes by: "blocked_terms = [", "CATEGORY_BLACKLIST = {"
    cued(
        "list|banned |blocked |forbidden |unsafe|words|屏蔽词|敏感词|违禁词|黑名单|过滤词",
        turn(
            "defence",
            SENTENCE,
            rf"{_LISTED}[\"']?(?: ?: ?[a-z\[\], ]{{1,24}})? ?[=:] ?(?:new set\(|frozenset\(|set\()?[\[{{(]",
        ),
    ),
    # its table of terms, each beside its folded form: "('AI换装', 'ai换装', 'zh', 'privacy')"
    cued("('|(\"", turn("defence", SENTENCE, r"\(([\"'])([^\"'\n]{2,24})\1, ?\1\2\1, ?[\"']")),
    # a row of bare hosts, as filters have them: "'a.com', 'b.ai', 'c.net'"
    cued(
        ".com'|.com\"|.ai'|.ai\"|.net'|.net\"|.io'|.io\"|.app'|.app\"|.org'|.org\"",
        turn("defence", SENTENCE, r"(?:[\"'][a-z0-9 ]{2,30}(?:\.[a-z]{2,8}){1,2}[\"'], ?){4}"),
    ),
    # an essay that weighs it: "some view these ties as harmless, others worry", "the stigma around it"
    cued(
        "stigma|debate|some |many |others |critics|proponents|supporters|implications|concerns|dilemma|questions"
        "|impact|ing the ",
        turn(
            "explain",
            SENTENCE,
            r"\b(?:some|many|others|critics|proponents|supporters|opponents|skeptics) (?:people |users |experts )?"
            r"(?:view|argue|see|express|believe|worry|consider|raise|contend|fear|question|point out)\b",
            r"\bstigma\b|\bheated debates?\b|\b(?:ethical|moral|social|societal|psychological) "
            r"(?:implications|concerns|dilemmas?|questions|debates?|impacts?)\b",
            r"\b(?:understanding|examining|navigating|unpacking) the "
            r"(?:rise|impact|appeal|psychology|phenomenon|role|ethics|risks|popularity|emergence) of\b",
        ),
    ),
    # a study's plan in its code: "design: interrupted time series", "does it raise search interest in"
    cued(
        "time series|search interest|control group|treatment group|unit of analysis|research question|hypothes",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:time series|search interest|control group|treatment group|unit of analysis|research questions?"
            r"|hypothes[ei]s)\b",
        ),
    ),
    # what a house says it is none of: "this is not an NSFW chatbot"
    cued(
        " not nsfw| not an nsfw| not a sex| not an adult| not an erotic| not a porn| not adult| not erotic",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:is|are|am|'s) not (?:an? )?(?:nsfw|adult|sex|sexual|erotic|porn)(?: [a-z]{3,14}){0,2}",
        ),
    ),
)
