"""Turns of those who speak of made-up likenesses and adult company without selling any: code of guards, essays, plans.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, SENTENCE, Turn, cued, turn

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
            r"\b(?:describe|it\.each|test\.each|expect|assert(?:\.[a-z]{2,16}|[a-z]{2,16}|(?: [a-z]{2,12}){1,4})?)\(",
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
        turn(
            "defence",
            SENTENCE,
            r"(?=[^\n]{0,140}\.(?:com|ai|net|io|app|org)[\"'])(?:[\"'][a-z0-9 ]{2,30}(?:\.[a-z]{2,8}){1,2}[\"'], ?){4}",
        ),
    ),
    # an essay that weighs it: "some view these ties as harmless, others worry", "the stigma around it"
    cued(
        "stigma|debate|some |many |others |critics|proponents|supporters|implications|concerns|dilemma|questions"
        "|impact|ing the ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:some|many|others|critics|proponents|supporters|opponents|skeptics) (?:people |users |experts )?"
            r"(?:view|argue|see|express|believe|worry|consider|raise|contend|fear|question|point out)\b",
            r"\bstigma\b|\b(?:heated|public|fierce|lively|ethical|an?|the) debates?\b",
            r"\b(?:ethical|moral|social|societal|psychological) "
            r"(?:implications|concerns|dilemmas?|questions|debates?|impacts?)\b",
            r"\b(?:understanding|examining|navigating|unpacking) the "
            r"(?:rise|impact|appeal|psychology|phenomenon|role|ethics|risks|popularity|emergence) of\b",
        ),
    ),
    # a moderator's bot: "deletes nude images in groups"; who removes an NSFW filter sells
    cued(
        "delet|remov|hid|blur|flag|censor|warns",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:deletes?|deleting|removes?|removing|hides?|hiding|blurs?|blurring|flags?|flagging|censors?|censoring"
            r"|warns? (?:about|of|before)) (?:all |any |every |such |incoming |posted |shared )?"
            r"(?:nude|nsfw|explicit|adult|porn|pornographic|sexual|erotic)(?: or [a-z]+| and [a-z]+)? "
            r"(?:images?|content|photos?|pictures?|stickers?|messages?|media|videos?|posts?|uploads?|links?)\b"
            r"(?! (?:filter|check|limit|restrict|moderat|block|warning))",
        ),
    ),
    # a shield of pictures: "so that nudify tools fail on them", "adds an invisible pattern"
    cued(
        "fail|break|can't|cannot|pattern|noise|perturbation|cloak",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:nudify|nudifiers?|undress|undressing|deepfakes?|face ?swap(?:s|ping|pers?)?)(?: [a-z]+){0,5} "
            r"(?:fails?|breaks? down|can't|cannot|no longer works?|stops? working)\b",
            r"\badds? (?:an? )?(?:fine|invisible|imperceptible|adversarial|protective|small|subtle) "
            r"(?:pattern|noise|perturbations?|cloak|layer)\b",
        ),
    ),
    # what it does with such wishes: "sexual role play is declined"; where nothing is, it sells
    cued(
        " declined| refused| rejected| turned down",
        turn(
            "prohibit",
            SENTENCE,
            r"(?<!\bno )\b(?!(?:no|nothing|none|never)\b)[a-z]{2,14} "
            r"(?:prompts?|requests?|scenes?|content|role play|roleplay|images?|pictures?|uploads?|messages?|talk|themes"
            r"|inputs?|photos?) (?:is|are|gets?) (?:politely |always |automatically |simply )?"
            r"(?:declined|refused|rejected|turned down)\b",
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
    # what a rule acts on: "action: block", "requests to undress a real person"
    cued(
        "action|decision|verdict|request",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:action|decision|verdict)[\"']?: ?[\"']?(?:block|deny|reject|refuse|flag|disallow|review)",
            r"\brequests? (?:to|for|that|asking to|asking for) (?:[a-z]+ )?"
            r"(?=undress|nudif|make|create|generate|remove|swap|produce|sexual|nude|explicit)",
        ),
    ),
    # who looks at the trade, in a title: "the business of undressing apps"
    cued(
        "the ",
        turn(
            "reported",
            SENTENCE,
            r"(?:^|: )(?:inside )?the "
            r"(?:business|economics|profits|dangers|harms|spread|victims|industry|people|hidden cost) "
            r"(?:of|behind|around) ",
        ),
    ),
    # who used it, and on whom: "students used a nudify app on photos of classmates"
    cued(
        " used | uses | using ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:students?|pupils?|boys?|men|man|classmates?|employees?|teachers?|teenagers?|officers?"
            r"|colleagues?|soldiers?) (?:(?:had|have|has|was|were|are|is|allegedly) )?(?:used|uses|using) "
            r"(?:(?:a|an|the|such|these|those|ai|so called) ){0,2}"
            r"(?:nudify|undress|deepfake|face ?swap|ai|apps?|tools?|bots?)",
        ),
    ),
    # characters that have no part in it, sessions that are ended for it
    cued(
        " part in|engage in|participate in| ended| terminated| cut off",
        turn(
            "prohibit",
            AHEAD,
            r"(?:\b(?:do|does|will|would|can|may|must) not|n't|\bnever|\bcannot) (?:take part|engage|participate) in\b",
        ),
    ),
    cued(
        " ended| terminated| cut off",
        turn(
            "prohibit",
            SENTENCE,
            r"\b(?:sessions?|chats?|conversations?|accounts?|scenes?)\b[^.\n]{0,40} (?:is|are|gets?|will be) "
            r"(?:ended|terminated|cut off)\b",
        ),
    ),
    # what is gone from it, or has no place there: "NSFW chats were removed", "models made to undress are removed"
    cued(
        "removed|banned|dropped|discontinued|taken down|delisted|not allowed",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:chats?|characters?|roleplay|role play|content|models?|bots?|apps?|sites?|modes?|generation|images?"
            r"|features?) (?:was|were|has been|have been) "
            r"(?:removed|banned|dropped|discontinued|taken down|delisted)\b",
            r"\b(?:models?|apps?|sites?|tools?|accounts?|adverts?|listings?|users?|bots?|loras?) "
            r"(?:that|which|who|whose|for|offering|advertising|made to|built to|meant to)\b[^.\n]{0,140}? "
            r"(?:is|are|get|gets|will be) (?:removed|banned|taken down|delisted|not allowed)\b",
        ),
    ),
    # what an office or a court does about it, told in the present: "sues the maker of a nudify app", "opens a case on"
    cued(
        "sues |suing |files suit|file suit|crack down|cracks down|crackdown|opens a|opened a|open a|launches a"
        "|launched a",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:sues|(?:is|are) suing|files? suit|cracks? down|crackdown on)\b",
            r"\b(?:opens?|opened|launches|launched) (?:a |an )(?:[a-z]+ )?(?:case|probe|investigation|inquiry)\b",
        ),
    ),
    # who gave it up: "our agency stopped working for undress tools"
    cued(
        "stopped |quit |no longer ",
        turn(
            "prohibit",
            AHEAD,
            r"\b(?:we|i|our [a-z]{3,12}) (?:have |has )?(?:stopped|quit|no longer) "
            r"(?:working|work|advertis(?:ing|e)|host(?:ing)?|serv(?:ing|e)|accept(?:ing)?|sell(?:ing)?|offer(?:ing)?)\b",
        ),
    ),
)
