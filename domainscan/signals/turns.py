"""Turns: what the grammar of a sentence says of it, where no list of words can: who refuses, who else is speaking.

Each turn is tried on a sentence that holds words of an offer, never on a whole page, and no part of one repeats
without a limit. Text is folded: lower case, half width, straight apostrophes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

SENTENCE_LIMIT: Final = 1200  # characters of a sentence that are looked at
SENTENCE: Final = 0  # a turn that doubts all of its sentence
INSIDE: Final = -1  # one that doubts the words that it spans
AHEAD: Final = 160  # one that doubts what follows within so many characters, up to a "but"
NEXT: Final = 24  # and one that doubts what follows at once
LIST: Final = 240  # one that doubts a list: what follows within so many characters, up to the next colon


class Turn(NamedTuple):
    """A turn of speech: the voice it gives, what it doubts, and the words it has."""

    voice: str
    reach: int
    pattern: re.Pattern[str]
    cues: tuple[str, ...] = ()  # one of which stands in every sentence that takes it; (): it is tried on each


class Turned(NamedTuple):
    """A turn that a sentence takes: where its words stand, and from where to where it doubts."""

    voice: str
    start: int
    end: int
    first: int
    last: int


# What sellers of harm say they do not do: that promises, and refuses nothing ("we don't store photos", "不问用途").
_PROMISED: Final = (
    r"store|keep|save|logs?|ask|require|need|check|verify|care|judge|track|limit|restrict|filter|censor|charge|share"
    r"|see|look|record|collect|want|know|mind|moderate|refuse|reject|responsible|liable|affiliated|condone|encourage"
    r"|endorse|support|guarantee|take|assume|accept (?:respons|liab)[a-z]+|hold|be|have|get|stop|miss|worry|spam|bill"
    r"|use|discriminate|monitor|report|leak|reveal|disclose|watermark|retain|ban|block|work|associated|only|just|wait"
    r"|like|here|a|the|your|in|playing|joking|kidding|afraid|scared|fail|lie|cheap|expensive|say|leave|show|notice"
    r"|detect|trace|matter|expire|lecture|preach|scold|hesitate|blush|tire|forget|argue|warn|trigger|flag|crash|refus[a-z]+"
    r"|contain|come|go|cost|so|too|yet|even|always|all|as|for|to|from|that|this|with|on|by|an|any|illegal|detect[a-z]+"
)
_PROMISED_ZH: Final = (
    r"会?(?:存|保|留|记|收|问|查|审|需|用|限|过滤|管|要|看|承担|负|对|支持|退|得|同|错|断|仅|只|封|掉|怕|懂|难|满|泄|公开"
    r"|露|被|鼓励|参与|认识|方便|行|卡|加|可|打码|打水印|带水印|设|挑|监|干涉|担|一样|像|比|愁|贵|骗)"
)
_WE: Final = (
    r"\b(?:we|i|it|(?:the|our|this) (?:app|service|product|model|bot|companion|editor|tool|site|studio|team))"
    r"(?:'(?:re|m|ll|d|ve|s))?"
)
_NOT: Final = (
    r"(?: (?:do|does|did|will|would|can|could|is|are|am|have|has)? ?(?:not|never)"
    r"|(?: (?:do|does|did|wo|would|ca|could|is|are|have|has))?n't| cannot| refuse to| decline to)"
)
_WE_ZH: Final = r"(?:我们|我司|本店|本站|本平台|本公司|本产品|本工作室|本人|咱们|小店)"
_NO_LIMITS: Final = (
    r"need|limits?|logs?|sign|signup|censor[a-z]*|filter[a-z]*|registration|wait[a-z]*|catch|risk|restrict[a-z]*|way|law"
    r"|account|rules?|moderation|watermarks?|doubt|better|other|refunds?|hidden|subscription|ads|traces?|face|one|stop[a-z]*"
)
# Those who act, where the page is not one of them.
_DOERS: Final = (
    r"(?:sites?|websites?|pages?|apps?|bots?|channels?|services?|shops?|sellers?|operators?|compan(?:y|ies)|agenc(?:y|ies)"
    r"|vendors?|programs?|groups?|accounts?|tools?|forums?|platforms?|firms?|advertisers?|persons?|strangers?|callers?)"
)
_ACTS: Final = r"(?:promise|claim|advertise|pretend|boast|purport|charge|peddle)"
_STRANGERS_ZH: Final = r"(?:商家|卖家|店铺|店家|软件|平台|机构|公司|博主|群主|网站|网友|中介|商户|账号|主播)"
_SAID_ZH: Final = r"(?:打出|称|承诺|宣称|打着|兜售|贩卖|宣传|吹嘘|说(?!话))"
_HARMS_ZH: Final = (
    r"(?:涉黄|涉诈|违规|违法|虚假|伪造|换脸|变脸|去衣|脱衣|aigc|ai[生合换诈]|深伪|深度|刷[量单评]|诈骗|引流|仿冒|假"
    r"|合成|注入|翻拍|机器|水军|恶意|色情)"
)
_SEES_ZH: Final = (
    r"(?=[识检审拦抵防阻鉴])"  # before the looks behind, of which each costs more
    r"(?<!人脸)(?<!刷脸)(?<!活体)(?<!平台)(?:识别|检出|审出|拦截|抵御|防范|抵挡|阻断|鉴别|审核)出?"
)


# The colon under which a house lists what it does not do: "我们不会:", "we will not:". What sellers promise makes none.
_REFUSED_LIST_ZH: Final = (
    r"(?:不会|不做|不教|不接|不碰|不提供|不允许|谢绝|拒绝|绝不)(?:做|接|教|提供|碰|以下[^,。;:\n]{0,4}|如下|的事?|的是)?:"
    r"(?![^。;\n]{0,6}(?:保存|留存|存储|记录|泄露|公开|追问|查看|询问))"
)
_REFUSED_LIST: Final = (
    r"\b(?:(?:we|i|it|this \w{3,12}) (?:will not|won't|do not|don't|does not|doesn't|never)|you (?:may not|must not))"
    r"(?: (?:do|offer|sell|build|make|help with|accept|take|provide|teach|cover|touch|serve|list|host|allow|permit"
    r"|use [a-z ]{2,20})(?: for [a-z]{2,8})?)?:"
    r"(?!\W{0,4}(?:store|keep|log|share|sell your|ask|leak|track|save|judge|censor|filter|refuse))"
)
REFUSED_LIST: Final = re.compile(rf"(?:{_REFUSED_LIST}|{_REFUSED_LIST_ZH})$")

BOUNDARY: Final = r"\b"


def _turn(voice: str, reach: int, *patterns: str) -> Turn:
    return Turn(voice, reach, re.compile("|".join(patterns)))


def _cued(cues: str, turn: Turn) -> Turn:
    """A turn that is tried where one of the cues stands: to look for five takes a tenth of a pattern's time."""
    return turn._replace(cues=tuple(cues.split("|")))


def _words(voice: str, reach: int, *patterns: str) -> Turn:
    """A turn of a dozen patterns that begin where a word does: looked for once, and each is then told by its letter.

    3.6 µs a sentence, where each looked for a word of its own: 8.7.
    """
    either = "|".join(one.removeprefix(BOUNDARY) for one in patterns)
    return Turn(voice, reach, re.compile(rf"{BOUNDARY}(?:{either})"))


ENGLISH: Final[tuple[Turn, ...]] = (
    # "we don't clone celebrities", "we will never": what follows is refused
    _turn("prohibit", AHEAD, rf"{_WE}{_NOT}(?: (?:ever|also|simply|knowingly))? (?!(?:{_PROMISED})\b)[a-z]+"),
    # "there is no trading robot", "nobody earns 3 % a day"
    _turn(
        "prohibit",
        NEXT,
        rf"\bthere(?:'s| is| are|'re) no (?!(?:[a-z]+ )?(?:{_NO_LIMITS})\b)",
        r"\b(?:nobody|no one|none of us) (?:earns?|sells?|offers?|makes?|wins?|clones?|gives?)\b",
    ),
    # whoever wants it is sent away
    _turn(
        "prohibit",
        SENTENCE,
        r"\b(?:look|go|try|search) elsewhere",
        r"\bnot the (?:[a-z]+ )?(?:place|shop|studio|person|artist|tool) (?:for|to|you)\b",
        r"\bwrong (?:place|shop|person)|\b(?:do not|don't|never) ask (?:me|us) (?:for|to)\b|\bneed not apply",
    ),
    # how to have it taken down
    _turn(
        "defence",
        SENTENCE,
        r"\b(?:get|getting|have|having|got|had|want|wants|asking) [^.\n]{0,40}?(?<!account )(?<!profile )(?<!accounts )"
        r"(?:taken down|off the internet|taken offline"
        r"|removed from (?:google|search|the (?:site|internet|web|results)))",
    ),
    # what a guard or a polite machine does with it
    _turn(
        "prohibit",
        SENTENCE,
        r"\b(?:ends?|closes?|refuses?|rejects?|declines?|blocks?|shuts?|turns?|keeps?) "
        r"(?:a|any|every|all|the|such|them|these|those)\b[^.\n]{0,20}\b(?:sessions?|requests?|uploads?|out|away|down|chats?)\b",
    ),
    # whether it is: a question that a guard answers
    _turn(
        "defence",
        SENTENCE,
        r"\b(?:tells?|shows?|says?|checks?|decides?|sees?|know) (?:you |us |at once )?"
        r"(?:whether|if) (?:a|an|the|it|this)\b",
    ),
    # what is kept from leaving: "redacts e-mail addresses and card numbers"
    _cued(
        "redact|mask|nymi|tokeni",
        _turn(
            "defence",
            SENTENCE,
            r"\b(?:redacts?|masks?|anonymi[sz]es?|pseudonymi[sz]es?|tokeni[sz]es?)\b"
            r"[^.\n]{0,40}\b(?:numbers?|addresses|names|secrets|personal|pii|passwords?|credentials|cards?)\b",
        ),
    ),
    # a list of what is not done
    _cued(
        ":",
        _turn("prohibit", LIST, _REFUSED_LIST),
    ),
    # a drill: "training phishing mails to your staff", prompts "to test your model's guardrails"
    _cued(
        "training|simulated|mock|practice|drill|to test|to probe|to eval|to bench|to stress",
        _turn(
            "defence",
            INSIDE,
            r"\b(?:training|simulated|mock|practice|drill) (?:phishing|phish|smishing|vishing|attack)s?\b",
            r"(?:jailbreaks?|attacks?|prompts?|adversarial [a-z]+)(?: [a-z]+)? to (?:test|probe|evaluate|benchmark"
            r"|stress test) (?:your|a|the|any) (?:own )?[a-z]+(?:'s)? "
            r"(?:guardrails?|filters?|safety|defen[cs]es?|refusals?)\b",
        ),
    ),
    # a lawyer's or an office's title
    _turn(
        "reported",
        SENTENCE,
        r"^(?:client |legal )?(?:briefing|alert|advisory|case note|memo)(?: [\d-]{1,9})?: ",
    ),
    # how it is done to people
    _turn(
        "defence",
        SENTENCE,
        r"\bhow (?:the |a |an )?[a-z ]{2,24}(?:is|are|was|were) (?:made|done|used|hurt|harmed|tricked|scammed)\b",
    ),
    # one's own label
    _turn(
        "defence",
        SENTENCE,
        r"\b(?:every|each|all)\b[^.\n]{0,40}\b(?:is|are|gets?|stays?) (?:[a-z]+ly )?"
        r"(?:labelled|labeled|watermarked|marked as)",
    ),
    # others say so of what they sell: "commercial services claim to make text undetectable"
    _cued(
        "claim|promis|advertis|pretend|boast|purport|charg|peddl",
        _words(
            "claimed",
            SENTENCE,
            r"\b(?:commercial|paid|some|many|several|most|such|these|those|numerous|online) "
            rf"{_DOERS} (?:[a-z]+ )?{_ACTS}s?\b",
        ),
    ),
    # what a block list is made of: "`undress.txt` clothes removal apps (218)"
    _cued(".txt", _turn("defence", SENTENCE, r"[`/][a-z0-9 ]{1,30}\.txt\b")),
    # "age check by card, no sexual content, a crisis button"
    _cued(
        "no sex|no adult|no expl|no nsfw|no nud|no erot",
        _turn(
            "prohibit",
            INSIDE,
            r"\bno (?:sexual|adult|explicit|nsfw|nude|nudes|nudity|erotic)(?: or [a-z]+)?"
            r"(?: (?:content|chats?|material|images|pictures|photos|role ?play|talk)\b)?"
            r"(?! ?(?:filter|limit|restrict|moderat|rule|check|block|censor))",
        ),
    ),
    # that is no answer of a seller
    _cued(
        "n't | not ",
        _turn(
            "prohibit",
            INSIDE,
            r"\b(?:that|this|it)(?:'s| is| was)(?: not|n't) (?:what|something|a thing we|for that|possible here)\b",
        ),
    ),
    # others do it: "“humanizers” that promise", "a site which invites users", "pictures made with"
    _words(
        "reported",
        SENTENCE,
        rf"(?=[tw])(?:(?<=[a-z]s )|(?<=[a-z]s[\"”'] ))(?:that|which|who) (?:[a-z]+ )?{_ACTS}\b",
        rf"\b{_DOERS}[\"”']? (?:which|who) (?:{_ACTS}|invite)s?\b",
        rf"\b{_DOERS} that (?:promise|claim|pretend|invite)[sd]\b",
        # a study's own title: "an economic measurement of nudification websites"
        rf"\b(?:measurement|study|survey|taxonomy|anatomy|economics|ecosystem|prevalence|evaluation"
        rf"|characteri[sz]ation) of (?:[a-z]+ ){{0,3}}{_DOERS}",
        rf"\b(?:underground|rogue|shady|dodgy|fraudulent|criminal|copycat|imitation|illicit) {_DOERS}\b",
        r"\b(?:fraud|scam|crime|phishing) "
        r"(?:shops?|sellers?|groups?|vendors?|operators?|callers?|rings?|crews?|gangs?)\b",
        r"\b(?:pictures|images|photos|photographs|videos|clips|fakes|recordings) "
        r"(?:made|created|generated|altered|faked) (?:with|by|using) (?!our\b|this\b|the latest|ai\b|us\b)",
        r"(?=[ast])(?:^|(?<=[.,:;] ))(?:they|someone|somebody|a stranger|the caller|attackers?)"
        r"(?: then| will| may| might)? "
        r"(?:start|begin|ask for|phone|invite|promise|offer|claim|charge|pretend|pose|advertise|target|contact)s?\b",
        r"\b(?:are|is|were|was|being|get) (?:sold|offered|traded|rented|peddled|hawked) "
        r"(?:on|by|through|in|for|with|as|at)\b",
        r"\b(?:listings|adverts|advertisements|forum posts|spam messages) (?:for|of|selling|offering)\b",
        r"\b(?:fined|sued|penali[sz]ed|sanctioned|prosecuted|sentenced|convicted|disciplined|expelled)\b[^.\n]{0,60}\bfor\b",
        r"\bhad (?:offered|sold|charged|promised|advertised|marketed|bought)\b",
        r"\benforcement (?:notice|action)|\bpenalty notice",
        r"\bwe (?:(?:collect|crawl|analy[sz]e|examine|observe|measure|survey|track|annotate|interview)(?:d|ed)?"
        r"|removed|disabled|suspended|seized|sued|found) [^.\n]{0,24}\d",
    ),
)
CHINESE: Final[tuple[Turn, ...]] = (
    _cued(
        ":",
        _turn("prohibit", LIST, _REFUSED_LIST_ZH),
    ),
    # a study's own title: "“套壳”网站的规模与特征测量"
    _cued(
        "测量|研究|分析|调查|报告|综述|测评|评测|测试|评估",
        _turn(
            "reported",
            SENTENCE,
            r"(?:网站|软件|应用|服务|站点|平台|工具|黑产|市场)的?(?:规模|特征|生态|现状|危害|产业链|黑产链|治理)[^,。\n]{0,8}(?:测量|研究|分析|调查|报告|综述)",
            r"(?:模型|工具|软件|服务|平台)的?真实(?:能力|效果|水平)[^,。\n]{0,4}(?:测评|评测|测试|评估)",
        ),
    ),
    # "我们不做": what follows is refused
    _turn(
        "prohibit", AHEAD, rf"{_WE_ZH}[^,。;:\n]{{0,4}}?(?:不|没有|从未|拒绝|谢绝)(?!{_PROMISED_ZH})[^,。\n]"
    ),
    # "想要“自动评论引流”的朋友请绕行": whoever wants it is sent away
    _turn(
        "prohibit",
        INSIDE,
        r"(?:想|要|找|做|买|求)[^,。!?\n]{0,40}(?:绕道|绕行|另请高明|出门左转|免谈|免开尊口|请离开)",
        r"(?:问|要|找|想|做|求)[^,。!?\n]{1,10}的(?:都)?(?:别|勿|不要|请勿)(?:加|来|扰|问|找|打扰|联系)",
    ),
    # who would do it fails: "让“过脸”的人过不去"
    _turn(
        "defence",
        SENTENCE,
        r"让[^。,\n]{0,20}?(?:过不去|过不了|进不来|无处可|失效|做不成|止步|现形|落空|失灵|白费|骗不了|行不通)",
        r"拒之门外|(?:挡|拦)在门外",
        rf"(?:面对|应对|针对|防住)[^。,\n]{{0,16}}{_HARMS_ZH}",
        r"(?:判断|识别|鉴别|检测|分辨|核查)[^。,\n]{0,14}是否",
        r"(?:是怎么|是如何|怎样|如何|怎么)[^,。\n]{0,6}(?:骗人|骗走|骗钱|行骗|得手|作案|害人|坑人)",
    ),
    # a guard finds it: "识别去衣合成、刷量评论六类风险", "自动避开“根治”"
    _turn(
        "defence",
        SENTENCE,
        rf"{_SEES_ZH}[^。,\n]{{0,4}}{_HARMS_ZH}|[一二三四五六七八九十\d][类种项大]风险",
        r"(?:识别|拦截|避开|屏蔽|过滤|禁用)[^。,\n]{0,4}[“\"「]",
    ),
    # how to have it taken down
    _turn(
        "defence",
        SENTENCE,
        r"(?:怎么|如何|怎样|申请|协助|帮你|帮您|要求平台)[^。,\n]{0,12}"
        r"(?:撤下|维权|报案|(?:删除|移除|下架|举报|投诉)(?:影像|照片|图片|结果|页面|侵权))",
    ),
    # one's own label: "片头片尾均有“ai生成”字样"
    _turn(
        "defence",
        SENTENCE,
        r"(?:均|都|全部|常驻|始终|一律|自带)(?:带?有|带|标|注|附|加|显示|保留)[^,。\n]{0,12}(?:字样|标识|标志|提示)"
        r"(?![^。\n]{0,40}[去除抹消擦没无])",
    ),
    # what becomes of it: "去掉角标的pr不会合并", "再发二维码的,管家直接移出"
    _cued(
        "不会|不予|一律|移出|踢出|恕不",
        _turn(
            "prohibit",
            INSIDE,
            r"(?:^|(?<=[,。;!? ]))[^,。;!?\n 的]{1,24}的[^。;!?\n]{0,10}"
            r"(?:不会被?(?:合并|受理|通过|采纳|上架|收录|回复)"
            r"|(?:恕不|不予)(?:受理|合并|通过|采纳|上架|收录|回复|报销)"
            r"|一律(?:关闭|删除|拒绝|驳回|下架|移出|不收)|移出(?:群|本|$)|直接移出|踢出)",
        ),
    ),
    # what nobody can do here: "角标谁都去不掉"; what "cannot be removed" is sold on as removable is another thing
    _cued(
        "不掉|不了",
        _turn(
            "prohibit",
            INSIDE,
            r"(?:谁|都|也|永远|无法|根本)[^,。;!?\n]{0,4}[去抹擦删除换脱](?:除)?(?:不掉|不了)(?!的)",
        ),
    ),
    # a guard keeps it out: "在上传页挡掉去衣词汇"
    _cued(
        "挡掉|挡下|拦掉|拦下|屏蔽|滤掉",
        _turn("defence", SENTENCE, rf"(?:挡掉|挡下|拦掉|拦下|屏蔽掉?|过?滤掉)[^。,\n]{{0,4}}{_HARMS_ZH}"),
    ),
    # a neighbour tells how it went: "先加好友,再晒截图,然后说有个机器人", "差点转了八万", "民警上门劝住了"
    _cued(
        "先|差点|民警|警察|派出所",
        _turn(
            "reported",
            SENTENCE,
            r"先[^。!?\n]{2,30}?再[^。!?\n]{2,40}?(?:然后|最后|接着)[^。!?\n]{0,4}(?:说|骗|诱|哄|让你|叫你|拉你|要你)",
            r"差点儿?(?:就|又)?(?:被骗|上当|受骗|中招|转了|转走|转出|汇|打款|打了钱)",
            r"(?:民警|警察|派出所)[^。!?\n]{0,10}(?:劝|提醒|上门|拦|制止|止付|介绍说)",
            r"(?:报给|报到|找|去|来)(?:了)?派出所",
        ),
    ),
    # what others' tools do to a label or a picture: "被“去标识工具”洗掉"
    _cued(
        "被",
        _turn(
            "reported",
            INSIDE,
            r"被[^,。;\n]{0,16}(?:工具|软件|平台|程序|脚本)[^,。;\n]{0,4}(?:洗掉|抹掉|去掉|删掉|压缩掉|剥掉|破坏|移除)",
        ),
    ),
    # what a product does without: "gpt之类的模型本机未接入"
    _cued(
        "接入|内置",
        _turn(
            "prohibit",
            INSIDE,
            r"[^,。;\n]{1,24}(?:未接入|没接入|没有接入|不接入|未内置|没有内置)",
        ),
    ),
    # a chemist's rule
    _cued(
        "处方药",
        _turn(
            "defence",
            INSIDE,
            r"处方药[^,。;\n]{0,4}(?<!无需)(?<!不用)(?<!不需)凭[^,。;\n]{0,6}处方",
        ),
    ),
    # what is done with one's account or face: "被机器人接管,用来刷评论"
    _cued(
        "被",
        _turn(
            "reported",
            SENTENCE,
            r"被(?:骗子|对方|团伙|黑产|坏人|他人|别人|机器人|中介)[^,。\n]{0,4}(?:接管|拿去|盗用|控制|利用),?",
        ),
    ),
    # others do it: "有商家打出", "卖家承诺"
    _turn(
        "reported",
        SENTENCE,
        rf"(?:有的|有些|(?<![我们拥具没还站])有|某些?|部分|一些|不少|多家|个别|市面上|网上)[^,。\n]{{0,4}}{_STRANGERS_ZH}"
        rf"[^,。\n]{{0,8}}{_SAID_ZH}",
        rf"(?:对方|卖家|店主|群主|商家|店家|中介|买家)[^,。:\n]{{0,4}}(?:{_SAID_ZH}|回复|表示|报价|告诉)",
        r"(?:抽取|收集|采集|统计|核验|监测到|梳理|检索|捕获|发现|查获|处置|下架|拦下)[^。\n]{0,20}\d[条个款篇名起例家张段]",
        r"未经[^,。\n]{0,12}(?:同意|许可|授权)",  # the law's words; a seller says that none is needed
        r"(?:那些|那种|这种)[^,。\n]{0,20}的(?:商家|网站|软件|广告|生意|账号|链接)",
    ),
)
_WORD: Final = re.compile(r"[a-z]{2}")
# Where a refusal ends: the page turns to what it does. A Chinese comma has no blank behind it once folded.
_TURNED: Final = re.compile(
    r"\b(?:but|instead|except|unless)\b|, (?:we|i|just|only|so|you)\b|,(?![ 也更或])|[;:]|但|而是|只做|只卖|不过"
)
DEFANGED: Final = re.compile(
    r"[a-z\d.]{0,40} ?[\[({](?:\.|dot)[\])}]|\bh(?:xx|\*\*)ps?\b|[a-z\d.]{1,40}\[:\]"
)
_CONTACT: Final = re.compile(r"^(?:t|wa|telegram|discord|line)\W")


def turns_of(text: str) -> Iterator[Turned]:
    """The turns that a sentence takes, positions in its text; each script's are tried where it is written."""
    text = text[:SENTENCE_LIMIT]
    english: tuple[Turn, ...] = ENGLISH if _WORD.search(text) else ()
    for turn in english if text.isascii() else (*english, *CHINESE):
        if turn.cues and not _cue_in(text, turn.cues):
            continue
        for found in turn.pattern.finditer(text):
            yield Turned(turn.voice, *found.span(), *_doubted(turn, text, *found.span()))


def _cue_in(text: str, cues: tuple[str, ...]) -> bool:
    for cue in cues:  # noqa: SIM110  any() of a generator takes as long as a pattern
        if cue in text:
            return True
    return False


def _doubted(turn: Turn, text: str, start: int, end: int) -> tuple[int, int]:
    """From where to where the sentence is doubted for a turn at [start, end)."""
    if turn.reach == SENTENCE:
        return 0, SENTENCE_LIMIT * 100
    if turn.reach == INSIDE:
        return start, end
    if turn.reach == LIST:
        colon = text.find(":", end, end + LIST)
        return start, colon if colon >= 0 else end + LIST
    turned = _TURNED.search(text, end, end + turn.reach)
    return start, turned.start() if turned else end + turn.reach


def own_contact(address: str) -> bool:
    """Whether a defanged address is a messenger's, as a seller writes a handle: "t[.]me"."""
    return bool(_CONTACT.match(address))
