"""Turns of English: who else is speaking.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.others_en import ACTS, DOERS
from domainscan.signals.turn import INSIDE, SENTENCE, Turn, cued, turn, words

_GUESTS: Final = r"(?:people|users|customers|visitors|guests|trolls|students)"
_CRIMINALS: Final = r"(?:worm|fraud|dark|evil|wolf|ghost|xxx|poison|hacker|escape)"  # models named after them

SPEAKERS: Final[tuple[Turn, ...]] = (
    # what others' wares are, and who is told to leave them: "resellers usually run on stolen cards"
    cued(
        "reseller|stay away|steer clear|keep away|against the|against its|against their|against openai",
        turn(
            "reported",
            SENTENCE,
            r"\bresellers?\b[^.\n]{0,60}\b(?:usually|often|mostly|typically|tend to|running on|swap)\b",
            r"\b(?:stay|steer|keep) (?:well |far )?(?:away|clear) (?:from|of) (?!detect|ban|filter|moderat|the law)",
            r"\bagainst (?:the|its|their|openai's) (?:vendor's |provider's )?terms\b",
        ),
    ),
    # what befalls a picture elsewhere: "optimization services may remove C2PA manifests"
    cued(
        " may | might |often ",
        turn(
            "reported",
            SENTENCE,
            rf"(?<!our )(?<!this )\b(?:{DOERS}|networks|cdns|messengers|editors|browsers) "
            r"(?:(?:may|might)(?: also| often)?|often) (?:strip|remove|drop|discard|lose|compress)\b",
        ),
    ),
    # what a bot has to put up with: "sometimes people ask it to talk dirty"
    cued(
        "sometimes ",
        turn(
            "reported",
            SENTENCE,
            rf"\bsometimes {_GUESTS} (?:try|ask|type|tell|send|paste)\b",
            rf"\b{_GUESTS} sometimes (?:try|ask|type|tell|send|paste)\b",
        ),
    ),
    # what a bill does with it: "what the nudification bill would do"
    cued(
        "bill |act |law |statute|ordinance|amendment|makes it |made it |making it ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:bill|act|law|statute|ordinance|amendment) "
            r"(?:would|will|makes?|does|did|bans?|requires?|prohibits?|outlaws?|criminali[sz]es?|covers)\b",
            r"\b(?:makes|made|making) it (?:unlawful|illegal|an offen[cs]e|a crime|a felony)\b",
        ),
    ),
    # what laws are made of: "deepfake porn laws", "legislation addressing the crisis of deepfake porn"
    cued(
        " law| legislation|legislation | ban| bill",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:porn|pornography|deepfakes?|nudify|nudification|undressing|nudes?|images|apps?) "
            r"(?:laws?|legislation|bills?|bans?)\b(?! ?[:,]? (?:free|us|you)\b)",
            r"\blegislation (?:addressing|against|targeting|banning|outlawing|on|to)\b",
        ),
    ),
    # what swindlers do with it, and how one knows them: "voice clones can be used to impersonate executives"
    cued(
        "targeted by|be used to|scam|fraud|no legitimate|no genuine|no honest|no licensed|no regulated",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:was|were|been|being|are|is) targeted by\b",
            r"\b(?:can|could|may) be used to "
            r"(?:impersonate|deceive|trick|scam|defraud|mislead|harass|blackmail|steal)\b",
            r"\b(?:scams?|frauds?) (?:often )?looks? like\b",
            r"\bno (?:legitimate|genuine|honest|licensed|regulated) [a-z]+",
        ),
    ),
    # who looks at the trade: "the market for liveness bypass", "74 papers on avatars of the deceased"
    cued(
        "market |papers |articles |bibliography|literature ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:the|underground|black|grey|gray|illicit) market (?:for|in|of)\b",
            r"\d (?:papers|articles|studies|preprints) (?:on|about)\b",
            r"\bbibliography\b|\bliterature (?:on|about|review)\b",
        ),
    ),
    # a catalogue of attacks: "AML.CS0033: ...", "CVE-2026-1234"
    cued(
        "aml.|cve|cwe|mitre|t1|ta00",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:aml\.[a-z]{0,2}\d{4}|cve \d{4} \d|cwe \d{2,4}|t1\d{3}|ta00\d\d|mitre (?:att|atlas))\b",
        ),
    ),
    # who broke it to show it: "the red team demonstrated an attack that evades liveness checks"
    cued(
        "team |researcher|analyst|tester",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:red team|researchers?|analysts?|(?:pen)?testers?)(?: at [a-z]+| from [a-z]+)? "
            r"(?:have |has |had )?(?:demonstrated?|showed|shown|found|reported|discovered|managed|described|warned)\b",
        ),
    ),
    # what the technique does, or those who use it: "deepfakes bypass liveness for a few dollars"
    cued(
        "deepfake|swaps|clones|voices|fraudster|attacker|adversar|criminal|scammer|impostor|bad actor",
        turn(
            "reported",
            INSIDE,
            r"(?<!our )(?<!my )\b(?:deepfakes|face ?swaps|voice clones|cloned voices|fraudsters|attackers|adversaries"
            r"|criminals|scammers|impostors|bad actors) (?:can |could |may |might |now |often |easily |routinely "
            r"|still |already |successfully ){0,2}"
            r"(?:bypass|defeat|fool|evade|beat|trick|spoof|circumvent|get past|slip past)[^.\n]{0,40}",
            r"\b(?:deepfake|fraudster|attacker|adversary|criminal|scammer|impostor|bad actor) (?:can|could|may|might) "
            r"(?:[a-z]+ly )?(?:bypass|defeat|fool|evade|beat|trick|spoof|circumvent|get past|slip past)[^.\n]{0,40}",
        ),
    ),
    # a hole that is to be closed: "any user can set the field and bypass KYC", "KYC bypass, SSRF"
    cued(
        "bypass|skip|circumvent|exempt",
        turn(
            "reported",
            INSIDE,
            r"\b(?:any|every|an?|all) (?:[a-z]+ ){0,2}(?:users?|attacker|client|caller|account|customer|visitor|actor) "
            r"(?:can|could|may|might|was able to|were able to|is able to)\b[^\n]{0,160}?"
            r"\b(?:bypass|skip|circumvent|self exempt)[^.\n]{0,40}",
            r"\b(?:kyc|liveness|auth|authentication|verification|2fa|mfa) bypass(?:es)?\b[^.\n]{0,60}"
            r"\b(?:ssrf|xss|csrf|idor|rce|injection|replay|escalation|denial of service|traversal|takeover)\b",
            r"\b(?:ssrf|xss|csrf|idor|rce|injection|replay|escalation|denial of service|traversal|takeover)\b"
            r"[^.\n]{0,60}\b(?:kyc|liveness|auth|authentication|verification|2fa|mfa) bypass(?:es)?\b",
        ),
    ),
    # a flaw, and what is let by where nothing is real: "the flow lets a user bypass", "in the sandbox skip"
    cued(
        "let|allow|fix|sandbox|test mode|staging|dev |local |debug|mock",
        turn(
            "reported",
            INSIDE,
            r"\b(?:flow|endpoint|api|bug|flaw|hole|vulnerability|issue|route|logic|webhook|race)s? [^.\n]{0,24}?"
            r"(?:lets?|allows?|allowed|allowing|letting)\b[^.\n]{0,40}?\b(?:bypass|skip|circumvent|evade|spoof)[^.\n]{0,40}",
            r"\bfix(?:ed|es)?:? [^.\n]{0,60}?\b(?:bypass|skip)[^.\n]{0,40}",
            r"\b(?:in|for|on) (?:the |our )?(?:sandbox|test mode|staging|dev|local|debug|development|mock)\b"
            r"[^.\n]{0,60}?\b(?:bypass|skip)[^.\n]{0,40}",
            r"\b(?:bypass|skip)(?:es|s|ed|ping|ing)?\b[^.\n]{0,40}? (?:in|for|on) (?:the |our )?"
            r"(?:sandbox|test mode|staging|dev|local|debug|development|mock)\b",
        ),
    ),
    # what others do of whom a guard speaks: "students use humanizers"
    cued(
        "humanizers|humanisers|paraphrasers|bypassers|removers",
        turn(
            "reported",
            INSIDE,
            r"\b(?:students|people|candidates|applicants|cheaters|authors|writers|freelancers|users|pupils) "
            r"(?:now |often |increasingly |sometimes )?(?:use|buy|try|turn to|rely on|pay for)(?: [a-z]+){0,2} "
            r"(?:humani[sz]ers|paraphrasers|bypassers|(?:watermark|label) removers)\b",
        ),
    ),
    # a contest that is told of: "who wins the arms race?"
    cued(
        "arms race|cat and mouse|whack a mole",
        turn("reported", SENTENCE, r"\b(?:arms race|cat and mouse|whack a mole)\b"),
    ),
    # a reporter's title: "Inside a deepfake dating kit"
    cued(
        "inside a",
        turn("reported", SENTENCE, r"^inside an? (?!box|app|bot|group|channel|package)[a-z]"),
    ),
    # names of criminals' models in a row: who sells one names one
    cued(
        "gpt",
        turn(
            "reported",
            SENTENCE,
            rf"\b{_CRIMINALS} ?gpt\b(?:,| and| or|、| 및| et| y| und| e)+ ?{_CRIMINALS} ?gpt\b",
        ),
    ),
    # a study's title and its sentence: "evaluating evading attacks on detectors", "and show that it evades watermarks"
    cued(
        "ing | that",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:evaluating|benchmarking|assessing|measuring|probing|auditing|stress testing|investigating) "
            r"(?:the )?(?:[a-z]+ ){0,3}"
            r"(?:attacks?|evasion|robustness|detectors?|defen[cs]es?|watermarks?|watermarking)\b",
            r"\b(?:we|and) (?:also |first |then |further )?"
            r"(?:show|demonstrate|find|prove|reveal|observe|conclude|argue) that\b",
        ),
    ),
    # a market that is watched: "61 listings on nine boards offer", "the market for voice scam kits"
    cued(
        "listings |adverts |ads |offers |sellers |vendors |shops |channels |posts |market|trade|economy|ecosystem",
        turn(
            "reported",
            SENTENCE,
            r"\b\d+ (?:listings|adverts|ads|offers|sellers|vendors|shops|channels|posts) (?:on|in|across|from) ",
            r"\bthe (?:[a-z]+ )?(?:market|trade|economy|ecosystem) (?:for|in|of|behind) ",
        ),
    ),
    # what people were sent: "residents have had messages in the council's name", "the messages lead to a site"
    cued(
        "messages|calls|texts|emails|letters|adverts|videos| name",
        words(
            "reported",
            SENTENCE,
            r"\b(?:residents|customers|people|members|patients|parents|students|pupils|staff|readers|clients|families"
            r"|pensioners|neighbours|colleagues|some of you|many of you) (?:have|had|are|were)(?: been)? "
            r"(?:had|received|receiving|getting|sent|got|shown)\b"
            r"[^.\n]{0,30}\b(?:messages|calls|texts|emails|letters|adverts|videos)\b",
            r"\b(?:messages|calls|texts|emails|letters|adverts|videos) (?:lead|link|point|direct|take) "
            r"(?:you |people |users |them )?to (?:a|an|another)\b",
            r"\bin (?:our|the [a-z]{4,12}'s) name\b",
        ),
    ),
    # what a buyer is told he would get: "what you would be buying is a seat on somebody else's account"
    cued(
        "would be|'d be|really",
        turn(
            "reported",
            SENTENCE,
            r"\bwhat you(?: would|'d| are|'re) (?:really |actually )?(?:be )?(?:buying|paying|getting)\b",
        ),
    ),
    # a lawyer's or an office's title
    cued(
        "briefing|alert|advisory|case note|memo|summary|report|note|update",
        turn(
            "reported",
            SENTENCE,
            r"^(?:client |legal )?(?:briefing|alert|advisory|case note|memo)(?: [\d-]{1,9})?: ",
            r"^(?:operation|case|raid|incident|enforcement|investigation) (?:summary|report|note|update)\b",
        ),
    ),
    # who looks into it: "Inside a like farm: 900 phones", "Dissecting WormGPT's heirs"
    cued(
        "inside |dissecting |unmasking |tracking |tracing |infiltrating |exposing |anatomy of ",
        turn(
            "reported",
            SENTENCE,
            r"^(?:tracking|tracing|infiltrating|exposing) (?:the|a|an) ",
            r"(?:^|: )inside (?:the|a|an) [^.:\n]{0,30}?(?:farms?|econom(?:y|ies)|shops?|markets?|rings?|industry"
            r"|groups?|networks?|gangs?|scams?|trade|business)\b",
            r"^(?:dissecting|unmasking|(?:the )?anatomy of) ",
        ),
    ),
    # what some of many did: "9 % tried to jailbreak it", "one script used it as an API", "two offered to prescribe"
    cued(
        "tried|wanted|attempted|offered|promised|claimed|advertised|used it",
        turn(
            "reported",
            SENTENCE,
            r"(?:% |\bpercent |\bone (?:script|user|visitor|client|bot|buyer|caller) "
            r"|\b(?:two|three|four|five|six|\d{1,3}) )"
            r"(?:of [a-z]{2,12} )?(?:tried|wanted|attempted|offered|promised|claimed|advertised|used it)\b",
        ),
    ),
    # those who came and asked: "strangers who asked for free GPT got a picture of our cat"
    cued(
        "who ",
        turn("reported", SENTENCE, r"\bwho [^.\n]{0,30}?\b(?:asks?|asked|tries|tried) (?:for|it|us|me)\b"),
    ),
    # one of those looked at: "One sells comments at $4", "Others rent accounts"
    cued(
        "one |another |others |most |some |both ",
        turn(
            "reported",
            SENTENCE,
            r"^(?:one|another|others|most|some|both)(?: of (?:them|these|those))? "
            r"(?:sells?|offers?|promises?|charges?|rents?|claims?|advertises?|resells?)\b",
        ),
    ),
    # what comes of it: "growth bots get accounts banned"
    cued(
        "banned|suspended|blocked|closed|flagged|penali",
        turn(
            "reported",
            SENTENCE,
            r"\bgets? (?:your |the |their |people's |honest )?(?:accounts?|numbers?|pages?|channels?|users?|people) "
            r"(?:banned|suspended|blocked|closed|flagged|penali[sz]ed)\b(?!\?)",
        ),
    ),
    # what it cost a neighbour: "five apps that cost my father 40 euro", "my aunt lost her savings"
    cued(
        "cost |lost|fell for|clicked|downloaded|tricked|scammed|believed|paid",
        turn(
            "reported",
            SENTENCE,
            r"\bcost (?:my|me|him|us|them)\b",
            r"\b(?:my|our|his|their) (?:father|mother|mum|mom|dad|parents|grand[a-z]{2,9}|aunt|uncle"
            r"|neighbou?rs?|husband|wife|son|daughter)\b"
            r"[^.\n]{0,20}\b(?:lost|fell for|clicked|downloaded|was tricked|was scammed|believed|paid)\b",
        ),
    ),
    # what of it a guard looks at: "nudify spam", "undressing adverts"
    cued(
        "nudify |nudification |undress",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:nudify|nudification|undress|undressing) "
            r"(?:content|spam|adverts?|ads|imagery|material|abuse|extortion|threats?|incidents?|cases?|victims?|scandal"
            r"|problem|debate|epidemic)\b",
        ),
    ),
    # what a report does: "we compare promised features with leaked prompts", "we do not link to the shops"
    cued(
        "we |i ",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:we|i) (?:compare|describe|discuss|document|dissect|outline|examine|reversed"
            r"|reverse engineer(?:ed)?|counted)d? (?!ourselves|our\b|your\b|you\b)",
        ),
    ),
    # others say so of what they sell: "commercial services claim to make text undetectable"
    cued(
        "claim|promis|advertis|pretend|boast|purport|charg|peddl",
        words(
            "claimed",
            SENTENCE,
            r"\b(?:commercial|paid|some|many|several|most|such|these|those|numerous|online) "
            rf"{DOERS} (?:[a-z]+ )?{ACTS}s?\b",
        ),
    ),
    # what somebody else's page says of itself: "its pricing page states", "their FAQ claims"
    cued(
        " states| claims| says| advertises| notes| lists",
        turn(
            "reported",
            SENTENCE,
            r"(?<!our )\b(?:pricing|pages?|positioning|website|site|faq|documentation|docs|listing|homepage"
            r"|brochure|press release|changelog) (?:states|claims|says|advertises|notes|lists) (?:that )?[a-z]",
        ),
    ),
)
