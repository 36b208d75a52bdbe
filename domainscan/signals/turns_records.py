"""Turns of records and rules: counts in a table, a guard's samples and patterns, a diary of habits, a list's own index.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, SENTENCE, Turn, cued, turn

RECORDS: Final[tuple[Turn, ...]] = (
    # a count in a record, and nothing that is sold: "upvotes: 210, verified: true"
    cued(
        "upvotes|likes|followers|comments|votes|views|ratings|reviews|stars",
        turn(
            "reported",
            INSIDE,
            r"\b(?:upvotes|likes|followers|comments|votes|views|ratings|reviews|stars)[\"']?: ?"
            r"[\"']?\d[\d.,]{0,9}[\"']?, ?[\"']?[a-z ]{2,20}[\"']?:",
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
            r"\brelaps(?:e|ed|es|ing)\b|\bnofap\b|\bdays? without porn\b|\b(?:no|less) porn (?:for|today|this)\b",
        ),
    ),
    # the index of a list: "[NSFW chat](#nsfw-chat)" names a chapter
    cued("](#", turn("reported", INSIDE, r"\[[^\]\n]{2,60}\]\(#[^)\n]{1,80}\)")),
    # what a program says that it is not: "this is not a reverse engineered client"
    cued(
        " not | not* | *not| **not",
        turn(
            "prohibit",
            INSIDE,
            r"\b(?:is|are) \*{0,2}not\*{0,2} an? (?:[a-z]{2,14} ){0,2}"
            r"(?:reverse engineered|unofficial|mirror|relay|jailbreak|cracked|bypass|undress|deepfake)[^.\n]{0,30}",
        ),
    ),
    # what a test makes sure of: "can't bypass liveness with a photo"
    cued(
        "can't |cannot |unable to |couldn't |could not ",
        turn(
            "defence",
            INSIDE,
            r"\b(?:can't|cannot|unable to|couldn't|could not) (?:be )?"
            r"(?:bypass|spoof|circumvent|defeat)(?:ed)?\b[^.\n]{0,40}",
        ),
    ),
    # words that are looked out for, by the name of their list or of what asks: "adultKeywords = [", "is_nsfw_domain("
    cued(
        "adult|nsfw|porn|explicit|abus|harmful|toxic|risky|blocked|banned|forbidden|disallowed|prohibited|unsafe",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:adult|nsfw|porn|explicit|abuse|abusive|harmful|toxic|risky|blocked|banned|forbidden|disallowed"
            r"|prohibited|unsafe) ?(?:topics?|keywords?|words|terms|hosts?|domains?|patterns?|queries|phrases?)"
            r"[\"']?(?: ?: ?[a-z\[\], ]{1,24})? ?[=:] ?(?:new set\(|frozenset\(|set\()?[\[{(]",
            r"\bis ?(?:adult|nsfw|porn|explicit|unsafe|blocked|banned|forbidden|harmful|toxic)(?: [a-z]{2,10}){0,2} ?"
            r"(?:= ?)?\(",
        ),
    ),
    # code that looks for such words in a text: "any(word in prompt.lower() for word in"
    cued(
        "any(",
        turn(
            "defence",
            SENTENCE,
            r"\bany\([a-z]{1,8}(?:\.[a-z]{2,8}\(\))? in [a-z.()]{1,24}(?: [a-z]{1,12})? for ",
        ),
    ),
    # what is said of it in the open: "schools struggle with such apps", "draws criticism", "teachers say"
    cued(
        " with |criticism|outrage|backlash|scrutiny|outcry|condemn| fire| say| said| warn| are w| fear| worry",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:struggl(?:e|es|ed|ing)|grappl(?:e|es|ed|ing)|reckon(?:s|ed|ing)?) with\b",
            r"\b(?:draws?|drew|faces?|faced|facing|sparks?|sparked|amid|under) (?:[a-z]{3,12} )?"
            r"(?:criticism|outrage|backlash|scrutiny|outcry|condemnation|fire)\b",
            r"\b(?:teachers|parents|police|experts|researchers|critics|campaigners|officials|prosecutors|lawyers"
            r"|psychologists|victims|lawmakers|regulators|advocates|charities) (?:say|said|warn|warned|fear|worry"
            r"|are warning|are worried)\b",
        ),
    ),
    # whom a law holds to account: "whoever sells such a program is liable"
    cued(
        "liable|guilty|punish|offence|offense|whoever",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:is|are|be|found|held) (?:[a-z]+ly )?(?:liable|guilty|punishable|punished)\b",
            r"\b(?:commits?|constitutes?|committed) an? (?:[a-z]+ )?offen[cs]e\b",
        ),
    ),
    # what leaves a mark where it is, or puts it there: "does not remove the watermark", "adds content credentials"
    cued(
        "not remove|not strip|not erase|not delete|not alter|adds |embeds |attaches |add |embed ",
        turn(
            "defence",
            INSIDE,
            r"\b(?:does|do|did|will|would|can|could) not (?:remove|strip|erase|delete|alter)\b[^.\n]{0,40}",
            r"\b(?:adds?|embeds?|attach(?:es)?) (?:an? |the |its )?(?:visible |invisible |hidden )?"
            r"(?:content credentials|watermarks?|c2pa|ai labels?)\b",
        ),
    ),
    # a case that is to be refused, and the order by which a machine tells it: "expect: block", "answer 'unsafe' if"
    cued(
        "expect|answer|return|respond|reply|output|label",
        turn(
            "defence",
            SENTENCE,
            r"\bexpect(?:ed)?(?: ?(?:behaviou?r|result|outcome|verdict|response|output))?[\"']?: ?[\"']?"
            r"(?:the model )?(?:should |must )?(?:refus|block|reject|deny|denied|decline|unsafe|detected|flagged|true)",
            r"\bexpect(?:ed)?(?: [a-z]{2,10})?[\"']?: ?[\"']?"
            r"(?:block|refus|reject|den(?:y|ied)|flag|unsafe|fail|disallow)",
            r"\b(?:answer|return|respond|reply|output|label)(?:s|ed)?(?: it)?(?: with| as)? [\"'`]"
            r"(?:unsafe|block(?:ed)?|refuse|reject|nsfw|flag(?:ged)?|true|false|yes|no)[\"'`] (?:if|when|for)\b",
        ),
    ),
    # what a guard writes down, and by what it counts: "blocked prompt: ...", "keyword weights = {", "412 hosts"
    cued(
        "blocked |rejected |refused |flagged |weights|hosts|domains|.txt",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:blocked|rejected|refused|flagged) (?:the )?(?:prompt|request|message|input|upload|attempt)s?\b",
            r"\b(?:score|risk|keyword|term|word) weights\b",
            r"\b\d[\d,.]{0,8} (?:unique )?(?:hosts|domains)\b",
            r"^[# ]{0,4}(?!pip )[a-z\d ]{1,30}\.txt ?[—–:(]",
        ),
    ),
    # who helps those it was done to: "if someone shares a fake nude of you", "my ex used an app to"
    cued(
        "if someone|if somebody|if anyone|my ex|my husband|my boyfriend|my partner|my classmate|my colleague|my boss"
        "|my neighbo|my friend|my former|help |support |advice ",
        turn(
            "reported",
            SENTENCE,
            r"\bif (?:someone|somebody|anyone) (?:has |is |ever )?"
            r"(?:shar|post|mad|mak|sen[dt]|threat|us|creat|upload|spread)(?:es?|ed|ing|ens?|ened|ening|s)?\b",
            r"\bmy (?:ex|former [a-z]+|husband|boyfriend|partner|classmates?|colleagues?|boss|neighbou?r|friends?) "
            r"(?:has |have |had )?(?:used|made|created|posted|shared|sent|threatened|threatens|uploaded)\b",
            r"\b(?:help|support|advice) (?:with|for|against|on|after) (?:the )?"
            r"(?:victims|survivors|fake|deepfakes?|ai nudes|nonconsensual|leaked|image based|intimate)\b",
        ),
    ),
    # what became of those who did it: "two men were fined", "leads to a permanent ban"
    cued(
        "fined|jailed|sentenced|arrested|charged with|convicted|detained|prosecuted|indicted| ban|suspension"
        "|termination",
        turn(
            "reported",
            SENTENCE,
            r"(?<!nobody )(?<!no one )(?<!never )\b(?:was|were|been|is|are|gets?|got) (?:[a-z]+ly )?"
            r"(?:fined|jailed|sentenced|arrested|charged with|convicted|detained|prosecuted|indicted)\b",
            r"\b(?:leads?|results?|resulting) (?:to|in) (?:an? |your )?(?:[a-z]+ )?(?:bans?|suspension|termination)\b",
        ),
    ),
    # who was asked about it: "interviews with 40 users", "312 participants"
    cued(
        "interview|participants|respondents|survey",
        turn(
            "reported",
            SENTENCE,
            r"\binterview(?:s|ed)? (?:with )?(?:\d|[a-z]+teen|twenty|thirty|forty|fifty)",
            r"\b\d[\d,]{0,6} (?:participants|respondents|interviewees)\b|\b(?:a |our |the )?survey of \d",
        ),
    ),
    # a diary of trades, and no robot: "log trades, see your win rate"
    cued(
        "log trades|log your trades|trading journal|trade journal|journal your|review your trades|log every trade",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:log|journal|review) (?:your |every |all )?trades?\b|\btrad(?:e|ing) journal\b",
        ),
    ),
    # what becomes of messages with it, and of requests: "messages that link to such bots are removed"
    cued(
        "removed|deleted|muted|hidden|filtered|refused|rejected|blocked",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:messages?|links?|posts?|uploads?|comments?|ads|adverts|pictures|prompts|members) "
            r"(?:that|which|who|with|containing|for|asking)\b[^.\n]{0,140}? (?:is|are|get|gets|will be) "
            r"(?:removed|deleted|muted|hidden|blocked|filtered|rejected|refused)\b",
        ),
    ),
    # who asks that it be taken off, and services that gave it up: "request the removal of", "removed erotic roleplay"
    cued(
        "removal of|takedown of|deletion of|erotic|nsfw|adult|explicit|sexual",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:request|demand|seek|ask for) (?:the )?(?:removal|takedown|deletion) of\b",
            r"\b(?:removes?|removed|bans?|banned|restricts?|restricted|drops?|dropped) (?:all |its |the )?"
            r"(?:erotic|nsfw|adult|explicit|sexual) (?:role ?play|chats?|features?|mode|conversations?)\b",
        ),
    ),
    # a community's rule: "our server does not tolerate"
    cued(
        "not allow|not permit|not tolerate",
        turn(
            "prohibit",
            AHEAD,
            r"\b(?:community|server|group|forum|channel|site|platform|rules?|policy|terms) "
            r"(?:does|do) not (?:allow|permit|tolerate)\b",
        ),
    ),
    # a thing that is taken out of a basket: "can the dress be removed from my order"
    cued(
        " order| cart| basket| wishlist| catalog",
        turn(
            "prohibit",
            INSIDE,
            r"\b[a-z]{2,12} (?:be |been |is |was |are )?remov(?:e|ed|ing)\b[^.\n]{0,16} from "
            r"(?:my|your|the|an?) (?:order|cart|basket|wishlist|catalog(?:ue)?)\b",
        ),
    ),
    # a picture for a doctor: "a photo of the mole without clothing over it"
    cued(
        " mole| rash| lesion| wound| scar|patient",
        turn(
            "defence",
            INSIDE,
            r"\b(?:photos?|pictures?|images?) of (?:the|a|your|any) (?:moles?|rash|lesions?|wound|scar)\b[^.\n]{0,60}",
            r"\bpatients? (?:must |should )?(?:remove|take off|undress)[^.\n]{0,40}",
        ),
    ),
)

RECORDS_ZH: Final[tuple[Turn, ...]] = (
    # what another house asks for: "an overseas phone number is needed to sign up"
    cued(
        "手机号",
        turn(
            "reported",
            INSIDE,
            r"(?<![不无免])(?:需要?|要求|须|必须)(?:使用|提供|有|用)?(?:国外|海外|境外|外国|美国)(?:的)?手机号",
        ),
    ),
)
