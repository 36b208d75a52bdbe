"""Turns of those who report on attacks and frauds: data of guards, drills, a market's reports, offices, imitations.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import SENTENCE, Turn, cued, turn

_HARM_NAMES: Final = (
    r"(?:kyc|aml|liveness|jailbreak(?:ing)?|phishing|fraud|scams?|prompt injection|deepfakes?|synthetic identity"
    r"|money laundering)"
)

REPORTS: Final[tuple[Turn, ...]] = (
    # a row of a guard's data: "severity: 'CRITICAL'", "subcategory: 'jailbreak'", "explanation: it promises"
    cued(
        "severity|subcategory|explanation|recommendation|red flag|redflag|isscam|is scam|isphishing|is phishing"
        "|attack type|attacktype|threatcategory|threat category|expectedverdict|expected verdict|shouldblock"
        "|should block|correctanswer|correct answer|risklevel",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:severity|subcategory|explanation|recommendation|red ?flags?|is ?scam|is ?phishing|attack ?type"
            r"|threat ?category|expected ?verdict|should ?block|correct ?answer)[\"'`*]{0,3} ?[:=|]",
            r"\b(?:threatcategory|severity|risklevel|attacktype)\.[a-z]",
        ),
    ),
    # a guard's pattern: "/DAN\s+mode/i", "re.compile(r'nudify')"
    cued(
        "(?i)|mustcompile|re.compile|new regexp|(?:",
        turn(
            "defence", SENTENCE, r"\(\?i\)|\bmustcompile\(|\bre\.compile\(|\bnew regexp\(|\(\?:[^)\n]{2,80}\)"
        ),
    ),
    # the list a guard goes by: "JAILBREAK_PHRASES = [", "const scamPatterns: RegExp[] = ["
    cued(
        "phrases|patterns|keywords|indicators|signatures|markers|triggers|regexes",
        turn(
            "defence",
            SENTENCE,
            r"(?:jailbreak|injection|attack|scam|fraud|phishing|suspicious|malicious|unsafe|harmful|dangerous|spam|abuse|risk)"
            r"(?:[a-z]{1,12}| ){0,3}(?:phrases|patterns|keywords|indicators|signatures|markers|triggers|regexes)"
            r"(?: ?: ?[a-z\[\], ]{1,24})? ?= ?(?:new set\(|frozenset\(|set\()?[\[{(]",
        ),
    ),
    # by what a fraud is known: "five signs that", "is a scam"; what is none is sold
    cued(
        "signs |fraud|scam|ponzi|hoax",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2}|warning|telltale|tell tale|common|clear) "
            r"signs (?:that|of|you|to)\b",
            r"\b(?:is|are|was|were) (?:a |an )?(?:outright |classic |complete )?(?:fraud|scam|hoax|ponzi scheme)s?\b",
        ),
    ),
    # what a model is asked so that it refuses: "Attempt to activate developer mode", "Describe methods to bypass KYC"
    cued(
        "attempt|describe |explain ",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:attempts?|attempting) to "
            r"(?:bypass|activate|override|extract|circumvent|trick|manipulate|jailbreak|evade)\b"
            r"(?! (?:again|until))",
            r"\b(?:describe|explain) (?:the )?(?:methods?|ways|techniques|steps|how) (?:to|for) "
            r"(?:bypass|evade|circumvent|launder|defraud|forge|create fake|avoid)",
        ),
    ),
    # a drill for people: "this is a training simulation"
    cued(
        "simulation|simulator|exercise|role play|roleplay",
        turn(
            "defence",
            SENTENCE,
            r"\b(?:training|scam|phishing|fraud|awareness|safety|security) (?:simulation|simulator|exercise)s?\b",
        ),
    ),
    # a report of a market: "projected to grow from $2B", "market research report"
    cued(
        "market|cagr|projected to",
        turn(
            "reported",
            SENTENCE,
            r"\bmarket (?:research|report|size|overview|analysis|landscape)\b",
            r"\bmarket is (?:expected|projected|valued|estimated)\b",
            r"\bcagr\b|\bprojected to (?:grow|reach|exceed)\b",
            r"\bmarket (?:represents|has grown|is growing|grew|continues)\b",
        ),
    ),
    # what a swindler does, one step after another: "a scammer scrapes a clip", "the caller then asks for a code"
    cued(
        "scammer|fraudster|attacker|criminal|impostor|imposter|swindler|con artist",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:an?|the|one) (?:scammer|fraudster|attacker|criminal|impost[eo]r|swindler|con artist)s? "
            r"(?:then |now |only |simply |just |first |will |can |could |may |might |who ){0,2}[a-z]{3,}",
        ),
    ),
    # kinds of attack in a catalogue: "TP-0059: Automated mule accounts", a table's row of signs and times
    cued(
        "tp |ttp|tactic|technique ",
        turn(
            "reported",
            SENTENCE,
            rf"\b(?:tp|ttp|tactic|technique) ?\d{{2,5}}\b[^.\n]{{0,80}}|\b{_HARM_NAMES} (?:tactics|ttps)\b",
        ),
    ),
)

REPORTS_ZH: Final[tuple[Turn, ...]] = (
    # what an office acts against: "整治……刷分控评等问题"; what a seller solves is another thing
    cued(
        "整治|打击|查处|严查|遏制|惩治|清理|清查|治理|等问题|等行为|等乱象|等突出|等违",
        turn(
            "reported",
            SENTENCE,
            r"^[^,。;\n]{0,8}?(?:整治|打击|查处|严查|遏制|惩治|(?:集中|专项|全面)(?:清理|清查|治理))"
            r"(?!大师|工具|软件|助手|神器)[^。\n]{2,}",
            r"^(?![^。\n]{0,80}(?:解决|避免|规避|告别|不再|远离|遇到|担心|帮|搞定|轻松))[^。\n]{2,160}?"
            r"等(?:突出|违法|违规|违法违规|不良)?(?:问题|乱象|行为|现象)(?=[;。,:]|$)",
        ),
    ),
    # news of an imitation: "仿某某官方App手机木马出现", "冒充官网传播"; a seller warns of others
    cued(
        "仿|冒充|假冒|冒用|伪装|山寨",
        turn(
            "reported",
            SENTENCE,
            r"(?<!谨防)(?<!防止)(?<!当心)(?<!警惕)(?:仿冒|假冒|冒充|冒用|伪装成|伪装为|伪装|山寨|仿)[^,。;\n]{1,16}?"
            r"(?:官方|官网|app|客户端|应用|网站|安装包)[^。\n]{0,24}?(?:木马|恶意|钓鱼|病毒|传播|诈骗|骗局|窃取|出现|曝光|泛滥|上线诱)",
        ),
    ),
    # how an attack is told step by step: "攻击手段:利用……", "根本原因:缺乏"
    cued(
        "手段|手法|方式|流程|过程|路径|原因|后果|教训|启示|危害",
        turn(
            "reported",
            SENTENCE,
            r"(?:攻击|诈骗|作案|犯罪|欺诈|黑客)(?:手段|手法|方式|流程|过程|路径)[:为是]|(?:根本原因|事件后果|教训|启示|危害):",
        ),
    ),
    # what a system looks for in models: "用于评估大语言模型在面对越狱提示时安全性"
    cued(
        "评估|检测系统|评测|测试",
        turn(
            "defence",
            SENTENCE,
            r"(?:评估|评测|测试|衡量|检验)[^。\n]{0,24}(?:安全性|鲁棒性|抗攻击|防护能力|防御能力|对齐)|(?:攻击|越狱|注入|钓鱼|诈骗)(?:攻击)?检测(?:系统|平台|工具|器)",
        ),
    ),
)
