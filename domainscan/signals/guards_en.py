"""Turns of English: who guards against it, finds it or keeps it out.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, NEXT, SENTENCE, Turn, cued, turn

GUARDS: Final[tuple[Turn, ...]] = (
    # a guard's own name: "pip install nude-guard", "the deepfake detector"; a "nude filter" is what sellers have
    cued(
        "guard|check|detector|detection|classifier|shield|blocker|scanner",
        turn(
            "defence",
            INSIDE,
            r"\b(?:nud(?:e|ity|es)|nsfw|porn|undress(?:ing)?|nudif[a-z]+|deepfakes?|face ?swap"
            r"|voice clon(?:e|ing)|spoof) (?:image |content |voice |video |attack )?"
            r"(?:guard|checks?|checker|detectors?|detection|classifiers?|shield|blockers?|scanner)\b",
        ),
    ),
    # what a detector finds all the same: "catches text run through humanizers", "holds after paraphrasing"
    cued(
        "humani|paraphras|bypass|rewritten|remov|purif|launder",
        turn(
            "reported",
            INSIDE,
            r"\b(?:detects?|catch|catches|flags?|spots?|identify|identifies|exposes?|recogni[sz]es?)"
            r"(?: (?!and\b|then\b|or\b|but\b|your\b|our\b)[a-z]{1,14}){0,5} "
            r"(?:humani[sz]ed|humani[sz]ers?|humani[sz]ation|paraphrased|paraphrasing|bypassers?|rewritten)\b",
            r"\b(?:survives?|resists?|withstands?|holds? (?:up )?after|robust (?:to|against)|resistant to|resilient to"
            r"|even after|still (?:found|read|detected|there) after)(?: [a-z]{1,14}){0,4} "
            r"(?:humani[sz]ing|humani[sz]ers?|humani[sz]ation|paraphras[a-z]{1,3}|removal|removing|purification|laundering)\b",
        ),
    ),
    # what a detector learns from: "retrained monthly on the outputs of humanizers"
    cued(
        "train|tested against|tested on",
        turn(
            "reported",
            INSIDE,
            r"\b(?:(?:re)?train(?:s|ed|ing)?|tested)\b[^.\n]{0,40}? (?:on|with|against)\b[^.\n]{0,40}?"
            r"\b(?:humani[sz]ers|humani[sz]ed|paraphrasers|paraphrased|bypassers|evasion)\b",
        ),
    ),
    # what it is not made for: "enhancement rather than watermark removal"
    cued(
        "rather than|as opposed to",
        turn(
            "prohibit",
            NEXT,
            r"\b(?:rather than|as opposed to)"
            r"(?= (?:[a-z]+ )?(?:watermark|logo|mark|label|metadata|bypass|detect|evasion|evad))",
        ),
    ),
    # a case of its own: what is tested to be refused
    cued(
        "assert|expect(",
        turn("reported", SENTENCE, r"\bassert(?:true|false|in|equal|raises|equals)?\b[ (]|\bexpect\("),
    ),
    # what a guard keeps off: "stops deepfake injection and virtual cameras"
    cued(
        "stop|prevent|catch|fend|protects against|guards against",
        turn(
            "defence",
            AHEAD,
            r"(?<!never )(?<!not )(?<!n't )\b(?:stops?|stopping|prevents?|preventing|catch|catches|catching|fends? off"
            r"|(?:protects?|guards?|defends?) against) (?:all |any |every |the |real time |live |ai )?"
            r"(?=deepfake|face swap|injection|virtual cam|synthetic|spoof|fake|presentation attack"
            r"|voice clon|undress|nudif)",
        ),
    ),
    # the parts of a filter's list: "lists: ads, gambling, adult, malware"
    cued(
        "malware|phishing",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:ads|gambling|trackers|tracking|dating|piracy)\b,?[^.\n]{0,160}[,/] ?(?:and )?(?:malware|phishing)\b",
            r"\b(?:malware|phishing),[^.\n]{0,160}\b(?:ads|gambling|trackers|tracking|dating|piracy)\b",
        ),
    ),
    # a policy of a guard: "block erotic roleplay, allow health questions"; who promises that nothing is blocked sells
    cued(
        "block|reject|flag|deny|denies|disallow|decline",
        turn(
            "defence",
            NEXT,
            r"(?<!never )(?<!not )(?<!n't )(?<!no )(?<!without )\b(?:block|blocks|reject|rejects|flag|flags|deny|denies"
            r"|disallow|disallows|decline|declines):? (?:all |any |every |the )?"
            r"(?=erotic|sexual|sexting|adult|nsfw|explicit|porn|nud|undress|deepfake|face swap|voice clon|jailbreak)",
        ),
    ),
    # who looks for it: "models to identify and categorize jailbreak prompts"
    cued(
        "identif|detect|classif|categori|recogni",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:identify|identifies|detects?|classify|classifies|categori[sz]es?|recogni[sz]es?)(?: and [a-z]+)? "
            r"(?:[a-z]+ )?(?:jailbreaks?|jailbreak prompts?|prompt injections?|phishing|deepfakes?|spam|malware)\b",
        ),
    ),
    # what a model is prey to, and a study's remedy: "vulnerable to jailbreak attacks", "a defense against jailbreaks"
    cued(
        "vulnerab|susceptib|prone to|defens|defenc|defend|mitigat|attack success|robust",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:vulnerable|susceptible|prone|vulnerability|susceptibility) to (?:[a-z]+ ){0,3}"
            r"(?:jailbreak|prompt injection|adversarial)",
            r"\b(?:defen[cs]es?|defend(?:s|ing)?|robust(?:ness)?|mitigat(?:es?|ing)) (?:against |of |to )?"
            r"(?:[a-z]+ ){0,3}(?:jailbreak|prompt injection|adversarial (?:suffix|attack))",
            r"\b(?:lowers?|reduces?|reducing|cuts?|drops?) (?:the )?attack success",
        ),
    ),
    # a filter's list of words: "messages run through a small list (crypto giveaway, ...)", "the block list holds"
    cued(
        "list",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:through|against|on|by) (?:a|the|our|my|its) (?:small |short |long )?lists?\b(?: of)? ?[(:]",
            r"\b(?:word|phrase|block|ban|deny|filter) ?lists?\b",
        ),
    ),
    # how to have it taken down
    cued(
        "taken down|off the internet|taken offline|removed from ",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:get|getting|have|having|got|had|want|wants|asking) [^.\n]{0,40}?"
            r"(?<!account )(?<!profile )(?<!accounts )"
            r"(?:taken down|off the internet|taken offline"
            r"|removed from (?:google|search|the (?:site|internet|web|results)))",
        ),
    ),
    # whether it is: a question that a guard answers
    cued(
        "whether |if ",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:tells?|shows?|says?|checks?|decides?|sees?|know) (?:you |us |at once )?"
            r"(?:whether|if) (?:a|an|the|it|this)\b",
        ),
    ),
    # what becomes of it at a guard's: "bulk accounts are scored"
    cued(
        "scored|turned away|stopped|caught|weeded out|filtered out",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:are|is) (?:scored|turned away|stopped|caught|weeded out|filtered out)\b(?! (?:by|up))",
        ),
    ),
    # what is kept from leaving: "redacts e-mail addresses and card numbers"
    cued(
        "redact|mask|nymi|tokeni",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:redacts?|masks?|anonymi[sz]es?|pseudonymi[sz]es?|tokeni[sz]es?)\b"
            r"[^.\n]{0,40}\b(?:numbers?|addresses|names|secrets|personal|pii|passwords?|credentials|cards?)\b",
        ),
    ),
    # a drill: "training phishing mails to your staff", prompts "to test your model's guardrails"
    cued(
        "training|simulated|mock|practice|drill|to test|to probe|to eval|to bench|to stress",
        turn(
            "defence",
            INSIDE,
            r"\b(?:training|simulated|mock|practice|drill) (?:phishing|phish|smishing|vishing|attack)s?\b",
            r"(?:jailbreaks?|attacks?|prompts?|adversarial [a-z]+)(?: [a-z]+)? to (?:test|probe|evaluate|benchmark"
            r"|stress test) (?:your|a|the|any) (?:own )?[a-z]+(?:'s)? "
            r"(?:guardrails?|filters?|safety|defen[cs]es?|refusals?)\b",
        ),
    ),
    # how it is done to people
    cued(
        " made| done| used| hurt| harmed| tricked| scammed",
        turn(
            "defence",
            SENTENCE,
            r"\bhow (?:the |a |an )?[a-z ]{2,24}(?:is|are|was|were) (?:made|done|used|hurt|harmed|tricked|scammed)\b",
        ),
    ),
    # one's own label
    cued(
        "labelled|labeled|watermarked|marked as",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:every|each|all)\b[^.\n]{0,40}\b(?:is|are|gets?|stays?) (?:[a-z]+ly )?"
            r"(?:labelled|labeled|watermarked|marked as)",
        ),
    ),
    # a program that only plays at it: "Auto Mailbox Creator (simulation tool)"
    cued(
        "simulation|mock",
        turn(
            "defence",
            SENTENCE,
            r"\((?:a )?(?:simulation|mock)(?: (?:tool|only))?\)|\bmock (?:account|profile|user)s?\b",
            r"\bsimulation tool for (?:educat|testing|training|class|teach)",
        ),
    ),
    # who acts on it: "the site cracks down on people who buy followers"
    cued(
        "against|crack|clamp",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:act(?:s|ed|ing)?|mov(?:es?|ed|ing)|proceed(?:s|ed)?|(?:takes?|took|taking) action) against"
            r" (?:[a-z]+ )?(?:users|people|accounts|services|apps|companies|sellers|sites|shops|those|fake|bots?)\b",
            r"\b(?:crack(?:s|ed|ing)?|clamp(?:s|ed|ing)?) down on\b|\bcrackdown\b",
        ),
    ),
    # how a criminals' model is told of: "such-and-such GPT has emerged as a concern"
    cued(
        "surfaced|emerged|appeared",
        turn(
            "reported",
            SENTENCE,
            r"\b[a-z]{2,10} ?gpt\b[^.\n]{0,40}\b(?:has|have|had) (?:recently )?(?:surfaced|emerged|appeared)\b",
        ),
    ),
    # what a block list is made of: "`undress.txt` clothes removal apps (218)"
    cued(".txt", turn("defence", SENTENCE, r"[`/][a-z0-9 ]{1,30}\.txt\b")),
)
