"""Turns of records and rules: counts in a table, a guard's samples and patterns, a diary of habits, a list's own index.

Each is tried on a sentence that holds words of an offer, and no part of one repeats without a limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import INSIDE, SENTENCE, Turn, cued, turn

RECORDS: Final[tuple[Turn, ...]] = (
    # a count in a record, and nothing that is sold: "upvotes: 210, verified: true"
    cued(
        "upvotes|likes|followers|comments|votes|views|ratings|reviews|stars",
        turn(
            "reported",
            INSIDE,
            r"\b(?:upvotes|likes|followers|comments|votes|views|ratings|reviews|stars)[\"']?: ?[\"']?\d[\d.,]{0,9}[\"']?, "
            r"?[\"']?[a-z ]{2,20}[\"']?:",
        ),
    ),
    # a guard's samples, each beside what it is to be told as: "('a tool of that kind', content.NSFW, 'text')"
    cued(
        "content.|category.|categories.|label.|topic.|threat.|risk.|policy.|verdict.|threatcategory.|harm.",
        turn(
            "defence",
            SENTENCE,
            r"[,(:] ?(?:[a-z]{0,12}(?:content|category|categories|label|topic|threat|risk|policy|verdict|harm))"
            r"\.[a-z]{3,20}, ?[\"'`]",
            r"[\"'`], ?(?:[a-z]{0,12}(?:content|category|categories|label|topic|threat|risk|policy|verdict|harm))"
            r"\.[a-z]{3,20}[,)]",
        ),
    ),
    # a pattern that words are looked for by; a bot that hears such words acts on them
    cued(
        r"\b|\s|\w|(?i|(?:|regexp|re.compile",
        turn(
            "defence",
            SENTENCE,
            r"^(?![^\n]{0,300}(?:hears|ontext|handler|filters\.regex|on message|onmessage|command))"
            r"[^\n]{0,600}(?:\\[bsw][*+(?a-z]|\(\?[:i]|\bregexp\b|\bre\.compile\()[^\n]{0,300}\|",
        ),
    ),
    # a diary of habits that are to be left: "viewed pornography", "days since the last relapse"
    cued(
        "porn|relaps|nofap",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:viewed|watched|consumed|avoid(?:ed|ing)?|quit(?:ting)?|resisted|gave up) "
            r"(?:porn|pornography|erotica)\b",
            r"\b(?:porn|pornography) (?:addiction|recovery|habit|free days|use disorder)\b",
            r"\brelaps(?:e|ed|es|ing)\b|\bnofap\b",
        ),
    ),
    # the index of a list: "[NSFW chat](#nsfw-chat)" names a chapter
    cued("](#", turn("explain", INSIDE, r"\[[^\]\n]{2,60}\]\(#[^)\n]{1,80}\)")),
    # what it says of itself that it is not: "this is not a reverse engineered client"
    cued(
        " not | not* | *not| **not",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:is|are) \*{0,2}not\*{0,2} an? (?:[a-z]{2,14} ){0,2}"
            r"(?:reverse engineered|unofficial|mirror|relay|jailbreak|cracked|bypass|undress|deepfake)[^.\n]{0,30}",
        ),
    ),
    # what a message says, told by who warns of it: "this message promises a sure profit"
    cued(
        "message|email|text|sms|post|advert|offer",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:this|such an?|these|the) (?:message|email|text message|sms|post|advert|offer)s? "
            r"(?:promises?|claims?|invites?|pretends?|impersonates?|pressures?|urges?|lures?)\b",
        ),
    ),
    # a thing looked at from afar: "a controversial technology", "the ethics of such apps"
    cued(
        "controversial ",
        turn(
            "reported",
            SENTENCE,
            r"\bcontroversial (?:technology|technologies|tools?|applications?|apps|software|use|practice|phenomenon|trend)\b",
        ),
    ),
    # what a test makes sure of: "can't bypass liveness with a photo"
    cued(
        "can't |cannot |unable to |couldn't |could not ",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:can't|cannot|unable to|couldn't|could not) (?:be )?(?:bypass|spoof|circumvent|defeat)(?:ed)?\b[^.\n]{0,40}",
        ),
    ),
)
