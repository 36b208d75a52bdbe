"""Turns of English: who refuses.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, LIST, NEXT, SENTENCE, Turn, cued, turn

# What is done to a person: "it won't take clothes off anybody" is no promise.
_DONE_TO: Final = (
    r" (?:any |off |the |your |their |her |his )?(?:clothes|clothing|outfits?|garments?|faces?|voices?)\b"
)
# What sellers of harm say they do not do: that promises, and refuses nothing ("we don't store photos", "不问用途").
_PROMISED: Final = (
    r"store|keep|save|logs?|ask|require|need|check|verify|care|judge|track|limit|restrict|filter|censor|charge|share"
    r"|see|look|record|collect|want|know|mind|moderate|refuse|reject|responsible|liable|affiliated|condone|encourage"
    rf"|endorse|support|guarantee|take(?!{_DONE_TO})|assume|accept (?:respons|liab)[a-z]+|hold|be|have|get|stop|miss"
    r"|worry|spam|bill"
    r"|use|discriminate|monitor|report|leak|reveal|disclose|watermark|retain|ban|block|work|associated|only|just|wait"
    r"|like|here|a|the|your|in|playing|joking|kidding|afraid|scared|fail|lie|cheap|expensive|say|leave|show|notice"
    r"|detect|trace|matter|expire|lecture|preach|scold|hesitate|blush|tire|forget|argue|warn|trigger|flag|crash|refus[a-z]+"
    r"|contain|come|go|cost|so|too|yet|even|always|all|as|for|to|from|that|this|with|on|by|an|any|illegal|detect[a-z]+"
)
_WE: Final = (
    r"\b(?:we|i|it|(?:the|our|this) (?:app|service|product|model|bot|companion|editor|tool|site|studio|team|project"
    r"|repo|repository|library|package|extension|skill|script|server|workflow|feature|plugin|program|framework|agent|module))"
    r"(?:'(?:re|m|ll|d|ve|s))?"
)
_NOT: Final = (
    r"(?: (?:do|does|did|will|would|can|could|is|are|am|have|has)? ?\*{0,2}(?:not|never)\*{0,2}"
    r"|(?: (?:do|does|did|wo|would|ca|could|is|are|have|has))?n't| cannot| refuse to| decline to)"
)
_NO_LIMITS: Final = (
    r"need|limits?|logs?|sign|signup|censor[a-z]*|filter[a-z]*|registration|wait[a-z]*|catch|risk|restrict[a-z]*|way|law"
    r"|account|rules?|moderation|watermarks?|doubt|better|other|refunds?|hidden|subscription|ads|traces?|face|one|stop[a-z]*"
)
# The colon under which a house lists what it does not do: "we will not:". What sellers promise makes none.
REFUSED_LIST: Final = (
    r"\b(?:(?:we|i|it|this \w{3,12}) (?:will not|won't|do not|don't|does not|doesn't|never)|you (?:may not|must not))"
    r"(?: (?:do|offer|sell|build|make|help with|accept|take|provide|teach|cover|touch|serve|list|host|allow|permit"
    r"|use [a-z ]{2,20})(?: for [a-z]{2,8})?)?:"
    r"(?!\W{0,4}(?:store|keep|log|share|sell your|ask|leak|track|save|judge|censor|filter|refuse))"
    r"|\b(?:are|get|will be) (?:closed|removed|deleted|rejected|ignored)(?: [a-z]{2,12}){0,3}:"
)
# How what is turned away begins: "ends any", "refuses such"; "a" begins "all" as well, "the" "them".
_TURNS_AWAY: Final = "|".join(
    f"{verb}{ending} {what}"
    for verb in ("end", "close", "refuse", "reject", "decline", "block", "shut", "turn", "keep")
    for ending in ("", "s")
    for what in ("a", "every", "the", "such", "those")
)

REFUSALS: Final[tuple[Turn, ...]] = (
    # "we don't clone celebrities", "we will never": what follows is refused
    cued(
        "n't|not|never|refuse to|decline to",
        turn(
            "prohibit", AHEAD, rf"{_WE}{_NOT}(?: (?:ever|also|simply|knowingly))? (?!(?:{_PROMISED})\b)[a-z]+"
        ),
    ),
    # "they don't do explicit scenes", of companions and voices; not "they don't do limits"
    cued(
        "n't |never| not |cannot",
        turn(
            "prohibit",
            AHEAD,
            r"\b(?:they|companions|characters|bots|models|avatars|voices)"
            r"(?: (?:do|will|can|would|may)(?:n't| not)| never| cannot) (?:ever )?"
            r"(?:do|offer|make|produce|write|engage in|generate|create|clone|copy|imitate|undress|play|send)\b"
            r"(?! (?:no|any )?(?:refus|limit|taboo|judg|small|bound|censor|filter|lectur|shy|moral|sermon"
            r"|rule|excuse|without))",
        ),
    ),
    # "there is no trading robot", "nobody earns 3 % a day"
    cued(
        "there|nobody |no one |none of us ",
        turn(
            "prohibit",
            NEXT,
            rf"\bthere(?:'s| is| are|'re) no (?!(?:[a-z]+ )?(?:{_NO_LIMITS})\b)",
            r"\b(?:nobody|no one|none of us) (?:earns?|sells?|offers?|makes?|wins?|clones?|gives?)\b",
        ),
    ),
    # what nobody ought to do: "nobody should buy followers", "staff must not share accounts"
    cued(
        "should|must not|mustn't",
        turn(
            "prohibit",
            SENTENCE,
            r"\b(?:nobody|no one|none of (?:us|you)) should (?:ever )?"
            r"(?:buy|sell|use|pay|share|offer|order|trust|download|install|lend|rent)\b",
            r"\b(?:members|staff|pupils|students|users|employees|clients|businesses|shops|children|colleagues|you) "
            r"(?:should not|shouldn't|must not|mustn't) (?:ever )?"
            r"(?:buy|sell|use|pay|share|offer|order|trust|download|install|lend|rent|upload)\b",
        ),
    ),
    # whoever wants it is sent away
    cued(
        "elsewhere|not the |wrong |ask me |ask us |need not apply",
        turn(
            "prohibit",
            SENTENCE,
            r"\b(?:look|go|try|search) elsewhere",
            r"\bnot the (?:[a-z]+ )?(?:place|shop|studio|person|artist|tool) (?:for|to|you)\b",
            r"\bwrong (?:place|shop|person)|\b(?:do not|don't|never) ask (?:me|us) (?:for|to)\b|\bneed not apply",
        ),
    ),
    # what a guard or a polite machine does with it
    cued(
        _TURNS_AWAY,
        turn(
            "prohibit",
            SENTENCE,
            r"\b(?:ends?|closes?|refuses?|rejects?|declines?|blocks?|shuts?|turns?|keeps?) "
            r"(?:a|any|every|all|the|such|them|these|those)\b[^.\n]{0,20}\b(?:sessions?|requests?|uploads?|out|away|down|chats?)\b",
        ),
    ),
    # "bots are removed without notice if they": what is done to those who do it
    cued(
        "remov|bann|delet|delist|suspend|taken down|kicked|closed",
        turn(
            "prohibit",
            LIST,
            r"\b(?:are|is|be|get|gets|been) (?:removed|banned|deleted|delisted|suspended|taken down|kicked|closed)\b"
            r"(?=(?: [a-z]+){0,5} (?:if|when|whenever|where) (?:they|it|he|she|you|one|that|which|found|caught|any)\b)",
        ),
    ),
    # what is no such thing, and what is no claim: "not another ChatGPT wrapper", "makes no claim to bypass detectors"
    cued(
        "wrapper|mirror|proxy|relay|reseller|clone",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:not|isn't) (?:just )?(?:a|an|another|yet another) (?:[a-z]{2,12} ){0,2}"
            r"(?:wrapper|mirror|proxy|relay|reseller|clone)s?\b",
        ),
    ),
    cued(
        "no claim|no promise|no guarantee|no such ",
        turn(
            "prohibit",
            AHEAD,
            r"\b(?:makes?|made|there is|gives?|offers?) no (?:such )?"
            r"(?:claim|promise|guarantee)s? (?:to|of|that|about)\b",
        ),
    ),
    # what one never buys or lets run: "can't buy aged accounts", "never auto-post / auto-vote"
    cued(
        "never|n't |not |cannot ",
        turn(
            "reported",
            INSIDE,
            r"\b(?:never|can't|cannot|don't|do not|must not|shouldn't|won't)\*{0,2} (?:ever )?"
            r"(?:(?:buy|buying|purchase|rent|share|resell) "
            r"(?:aged|fake|bot|bulk|stolen|shared|cracked|bought|someone|other|anybody)[a-z ]{0,24}"
            r"|(?:auto|bulk|mass) (?:post|vote|comment|like|follow|dm|message|repl)[a-z /]{0,40})",
        ),
    ),
    # a list of what is not done
    cued(
        ":",
        turn("prohibit", LIST, REFUSED_LIST),
    ),
    # "age check by card, no sexual content, a crisis button"
    cued(
        "no sex|no adult|no expl|no nsfw|no nud|no erot",
        turn(
            "prohibit",
            INSIDE,
            r"\bno (?:sexual|adult|explicit|nsfw|nude|nudes|nudity|erotic)(?: or [a-z]+)?"
            r"(?: (?:content|chats?|material|images|pictures|photos|role ?play|talk)\b)?"
            r"(?! ?(?:filter|limit|restrict|moderat|rule|check|block|censor))",
        ),
    ),
    # that is no answer of a seller
    cued(
        "n't | not ",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:that|this|it)(?:'s| is| was)(?: not|n't) (?:what|something|a thing we|for that|possible here)\b",
        ),
    ),
)
