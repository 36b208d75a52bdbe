"""Turns of English: what a program's notes leave out, and who tells of what others' programs did.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import INSIDE, NEXT, SENTENCE, Turn, cued, turn

# Those who act, where the page is none of them.
_ILL: Final = (
    r"(?:malicious|bad|hostile|criminal|nefarious|unscrupulous|rogue) "
    r"(?:actors|parties|operators|users|hackers|vendors)"
)
_STIR: Final = (
    r"(?:concerns?|outrage|controversy|backlash|alarm|criticism|fears?|anger|uproar|debates?|condemnation)"
)

PROGRAMS: Final[tuple[Turn, ...]] = (
    # what a design leaves out: "no use of unofficial APIs", "this is **not** a private reverse-engineered client"; no
    # program's disclaimer, past which its offers are heard
    cued(
        "unofficial|reverse engineer|scrap|leaked|pool|stolen|resold|storing|sharing|reselling|bypassing|harvest",
        turn(
            "claimed",
            NEXT,
            r"\b(?:no|not|never|without)\b\*{0,2} (?:an? |any |the |use of |using |based on |relying on ){0,3}"
            r"(?:private |hidden |undocumented )?"
            r"(?:(?:unofficial|reverse engineer(?:ed|ing)|scrap(?:ing|ed)|leaked|pooled|stolen|resold),? ){1,3}"
            r"(?!is\b|but\b|are\b)",
            r"\b(?:[a-z]{2,4}n't|not) (?:use|need|call|rely on) (?:an? |any |the )?"
            r"(?:unofficial|reverse engineered|scraped|leaked|pooled|stolen|resold) ",
            r"^\W{0,4}no (?:scraping|storing|sharing|pooling|reselling|bypassing|harvesting) ",
        ),
    ),
    # what others do with it: "malicious actors often exploit this", "a supposedly premium version"
    cued(
        "actors|parties|operators|hackers|rogue |supposed",
        turn(
            "reported",
            SENTENCE,
            rf"\b{_ILL} (?:can |could |may |might |will |often |also |now |have |are |then )?(?:[a-z]+ly )?"
            r"(?:exploit|abus|us|tak|offer|sell|creat|target|lur|trick|try|trying|distribut|set|build|impersonat|deploy)",
            r"\b(?:supposedly|a supposed) [a-z]",
        ),
    ),
    # what once was: "it was a site that could", "caused huge concern a few years ago"
    cued(
        "was |were |caused |sparked |raised |drew |prompted |provoked |faced | let | allowed |appeared |surfaced ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:was|were) (?:an?|the|one of the) (?:[a-z]+ ){0,3}"
            r"(?:sites?|websites?|apps?|tools?|services?|programs?|bots?|platforms?|software|channels?) "
            r"(?:that|which|used|built|designed|made|where)\b",
            rf"\b(?:caused|sparked|raised|drew|prompted|provoked|faced|triggered) (?:[a-z]+ ){{0,2}}{_STIR}\b",
            r"\b(?:app|site|website|bot|service|tool)s? (?:was|were) (?:taken down|shut down|outlawed)\b",
            r"\b(?:it|(?:the|that) (?:app|site|website|bot|service|tool|program)) (?:once |then )?(?:let|allowed) "
            r"(?:people|users|visitors|anybody|anyone|customers|men|buyers)\b",
            r"\b(?:appeared|surfaced) in (?:[a-z]+ )?20\d\d\b",
        ),
    ),
    # who keeps a group clean: "how AI defeats Telegram spam bots", "eliminate NSFW bots from your groups"
    cued(
        "bots|spammers|scammers|raiders",
        turn(
            "defence",
            INSIDE,
            r"\b(?:defeat|beat|fight|stop|eliminate|remove|block|kick|ban|catch|detect|fend off|get rid of|keep out)"
            r"(?:e?s|ing)? (?:all |any |every |the |unwanted ){0,2}(?:[a-z]+ )?"
            r"(?:spam|nsfw|porn|scam|fake|raid|adult|malicious) ?bots\b[^.\n]{0,40}",
            r"\b(?:defeat|beat|fight|stop|eliminate|remove|block|kick|ban|catch|detect|fend off|get rid of|keep out)"
            r"(?:e?s|ing)? (?:all |any |every |the )?(?:[a-z]+ )?(?:spammers|scammers|raiders)\b[^.\n]{0,40}",
            r"\b(?:spam|scam|nsfw|porn) ?bots (?:attempt|try|join|flood|infiltrate|invade|slip|wait)\b[^.\n]{0,80}",
        ),
    ),
    # what a test asks for and a design is not: "can't bypass liveness", "rather than an AI detector bypass"
    cued(
        "bypass|humanizer",
        turn(
            "claimed",
            NEXT,
            r"\b(?:can't|cannot|can not|must not|impossible to) (?=(?:bypass|be bypassed)\b)",
            r"\b(?:rather than|instead of) an? (?:ai )?(?:detector |detection |text )?(?=bypass|humanizer)",
        ),
    ),
    # who looks at a technique from afar: "a controversial technology", "apps that ... have emerged"
    cued(
        "controversial |emerged ",
        turn(
            "reported",
            SENTENCE,
            r"\bcontroversial (?:technology|technologies|technique|tools?|apps?|practice|software|applications?"
            r"|services?|use|phenomenon|trend)\b",
            r"\b(?:application|tool|app|service|site|program)s? [^.\n]{0,50}\b(?:has|have) (?:recently )?emerged\b",
        ),
    ),
)
