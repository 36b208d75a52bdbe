"""Turns of English: others do it, sell it, are fined for it, or are what a study is of.

The one turn holds every pattern, as each begins where a word does. Its cues are the words that its patterns cannot do
without.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import SENTENCE, Turn, cued, words

# Those who act, where the page is not one of them.
DOERS: Final = (
    r"(?:sites?|websites?|pages?|apps?|bots?|channels?|services?|shops?|sellers?|operators?|compan(?:y|ies)|agenc(?:y|ies)"
    r"|vendors?|programs?|groups?|accounts?|tools?|forums?|platforms?|firms?|advertisers?|persons?|strangers?|callers?)"
)
ACTS: Final = r"(?:promise|claim|advertise|pretend|boast|purport|charge|peddle)"
_CUES: Final = (
    "promise|claim|advertise|pretend|boast|purport|charge|peddle|invite"
    "|measurement of|study of|survey of|taxonomy of|anatomy of|economics of|ecosystem of|prevalence of|evaluation of"
    "|characterisation of|characterization of"
    "|underground |rogue |shady |dodgy |fraudulent |criminal |copycat |imitation |illicit "
    "|fraud |scam |crime |phishing "
    "|pictures |images |photos |photographs |videos |clips |fakes |recordings "
    "|they |someone |somebody |a stranger |the caller |attacker"
    "|sold |offered |traded |rented |peddled |hawked |charged |promised |advertised |marketed |bought"
    "|listings |adverts |advertisements |forum posts |spam messages "
    "|fined|sued|penali|sanctioned|prosecuted|sentenced|convicted|disciplined|expelled"
    "|shops |sellers |markets |marketplaces |criminals |crooks |thieves |fraudsters |scammers |swindlers |dealers "
    "|hackers |forums |gangs "
    "|enforcement notice|enforcement action|penalty notice"
    "|we collect|we crawl|we analy|we examine|we observe|we measure|we survey|we track|we annotate|we interview"
    "|we removed|we disabled|we suspended|we seized|we found"
)

OTHERS: Final[tuple[Turn, ...]] = (
    # others do it: "“humanizers” that promise", "a site which invites users", "pictures made with"
    cued(
        _CUES,
        words(
            "reported",
            SENTENCE,
            rf"(?=[tw])(?:(?<=[a-z]s )|(?<=[a-z]s[\"”'] ))(?:that|which|who) (?:[a-z]+ )?{ACTS}\b",
            rf"\b{DOERS}[\"”']? (?:which|who) (?:{ACTS}|invite)s?\b",
            rf"\b{DOERS} that (?:promise|claim|pretend|invite)[sd]\b",
            # a study's own title: "an economic measurement of nudification websites"
            rf"\b(?:measurement|study|survey|taxonomy|anatomy|economics|ecosystem|prevalence|evaluation"
            rf"|characteri[sz]ation) of (?:[a-z]+ ){{0,3}}{DOERS}",
            rf"\b(?:underground|rogue|shady|dodgy|fraudulent|criminal|copycat|imitation|illicit) {DOERS}\b",
            r"\b(?:fraud|scam|crime|phishing) "
            r"(?:shops?|sellers?|groups?|vendors?|operators?|callers?|rings?|crews?|gangs?)\b",
            r"\b(?:pictures|images|photos|photographs|videos|clips|fakes|recordings) "
            r"(?:made|created|generated|altered|faked) (?:with|by|using) (?!our\b|this\b|the latest|ai\b|us\b)",
            r"(?=[ast])(?:^|(?<=[.,:;] ))(?:they|someone|somebody|a stranger|the caller|attackers?)"
            r"(?: then| will| may| might)? "
            r"(?:start|begin|ask for|phone|invite|promise|offer|claim|charge|pretend|pose|advertise|target"
            r"|contact)s?\b",
            r"\b(?:are|is|were|was|being|get) (?:sold|offered|traded|rented|peddled|hawked) "
            r"(?:on|by|through|in|for|with|as|at)\b(?! (?:our|my)\b)",
            r"\b(?:listings|adverts|advertisements|forum posts|spam messages) (?:for|of|selling|offering)\b",
            r"\b(?:fined|sued|penali[sz]ed|sanctioned|prosecuted|sentenced|convicted|disciplined|expelled)\b"
            r"[^.\n]{0,60}\bfor\b",
            # in the plural and at the beginning, where a seller says "we": "Shops sell cracked accounts"
            r"(?=[a-z])(?:^|(?<=[.:;] ))(?:shops|sellers|markets|marketplaces|criminals|crooks|thieves|fraudsters"
            r"|scammers|swindlers|dealers|hackers|forums|gangs) (?:now |also |often |then )?"
            r"(?:sell|offer|trade|use|send|post|pose|work|call|pretend|build|run|buy|make|clone|copy)\b",
            r"\bhad (?:offered|sold|charged|promised|advertised|marketed|bought)\b",
            r"\benforcement (?:notice|action)|\bpenalty notice",
            r"\bwe (?:(?:collect|crawl|analy[sz]e|examine|observe|measure|survey|track|annotate|interview)(?:d|ed)?"
            r"|removed|disabled|suspended|seized|sued|found) [^.\n]{0,24}\d",
        ),
    ),
)
