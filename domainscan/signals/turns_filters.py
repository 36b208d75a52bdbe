"""Turns of those who keep crowds, scripts and rewriters out: filter lists, what a program leaves alone, exam questions.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, SENTENCE, Turn, cued, turn

_LISTED: Final = (
    r"(?:patterns?|words?|terms?|keywords?|phrases?|titles?"
    r"|domains?|signals?|topics?|regex(?:es)?|markers|triggers)"
)
# What a program's readme leaves alone, however it is run.
_LEFT: Final = (
    r"(?:实现|支持|包含|涉及|内置|集成|用于|采用|引入|接入|提供"
    r"|参与|开发|承接|执行|协助|生成|编写|鼓励)(?:任何)?"
)

FILTERS: Final[tuple[Turn, ...]] = (
    # a filter's list in a program: "spam_patterns = [...]", "titles_to_skip: [...]"
    cued(
        "=|:",
        turn(
            "prohibit",
            SENTENCE,
            r"\b(?:risk|risky|spam|scam|fraud|block|blocked|deny|denied"
            r"|ban|banned|forbidden|prohibited|sensitive|suspicious"
            r"|abuse|abusive|unsafe|malicious|review|reject|exclude"
            r"|excluded|ignore|ignored|skip|junk|violation|blackhat)"
            rf"[ _]{_LISTED}\b[^=:\n]{{0,24}}[=:] ?(?:[\[{{(]|new |set|frozenset|re\.|tuple|list|terms)",
            rf"\b{_LISTED}[ _]to[ _](?:drop|skip|block|ignore|exclude|filter|remove|reject|avoid|flag|deny)\b",
            r"signals? = (?:terms|words|match)?[\[(]",
        ),
    ),
    # what is said of a message by who warns of it ("this message promises a sure profit"), and the fields of a
    # filter's samples ("threatCategory: ...")
    cued(
        "message|email|e mail|text|sms|caller|call|site|profile|ad |ads|advert|post|offer|red flag|redflag|scam|fraud"
        "|phishing|threat|severity",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:this|such an?|these|the) (?:message|email|text message|sms|post|advert|offer)s? "
            r"(?:promises?|claims?|invites?|pretends?|impersonates?|pressures?|urges?|lures?)\b",
            r"\bthis (?:message|e ?mail|text|call|advert|ad|post) "
            r"(?:promises|claims|asks|tries|pretends|urges|pressures|impersonates|uses)\b",
            r"\b(?:threatcategory|threat category|threat type|bankingthreat|severity)\b ?[.:=(]",
            r"\bthis (?:message|e ?mail|text|ad|advert|post|caller|site|website|profile) "
            r"(?:promises|claims|impersonates|pretends|invites"
            r"|pressures|tries to|asks you to|uses (?:urgency|fear))\b",
            r"\b(?:red ?flags?|is[ _]?scam|is[ _]?fraud|is[ _]?phishing"
            r"|scam[ _]?type|fraud[ _]?type|threat[ _]?category)"
            r"['\"]? ?[:=.]",
        ),
    ),
    # what others write: "posts such as 'buy accounts here'"
    cued(
        "such as|like|saying|that say|titled|containing",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:posts?|messages?|ads|adverts|comments|titles|spam|listings|queries|searches|phrases) "
            r"(?:such as|like|saying|that say|titled|containing) ['\"`]",
        ),
    ),
    # a rule of moderators: "match: ['buy followers'] action: hide"
    cued(
        "action:",
        turn(
            "prohibit",
            SENTENCE,
            r"\baction: ?['\"]?(?:hide|ban|block|remove|delete|reject|mute|flag|quarantine|drop|warn|review)\b",
        ),
    ),
    # a glossary: "account farm: accounts registered in bulk"
    cued(
        "farm:|panel:|puppet:|pod:|farming:|stuffing:|drainer:",
        turn(
            "reported",
            SENTENCE,
            r"\b(?:(?:account|like|click|bot) farm|smm panel|sock puppet|engagement pod"
            r"|account farming|credential stuffing|wallet drainer): (?:a|an|one|accounts|people|someone)\b",
        ),
    ),
    # what a program's aims leave out: "no use of unofficial clients", "no scraping of sessions"
    cued(
        "no use of|no scraping|no circumvent|no evasion|no evading|no credential",
        turn(
            "prohibit",
            AHEAD,
            r"\bno (?:use of|scraping|circumvent(?:ing|ion)|evasion"
            r"|evading|credential (?:sharing|harvesting|stuffing))\b",
        ),
    ),
    # what it is called by others, and is not: "rather than a detector bypass or a humanizer"
    cued(
        "rather than|and not",
        turn(
            "reported",
            INSIDE,
            r"\b(?:rather than|and not) (?:as )?(?:a|an|any|another) ['\"]?(?:ai )?"
            r"(?:detector|detection|humani[sz]er|evasion|bypass|spam|bot|follow)[^.\n]{0,60}",
        ),
    ),
    # by what two things are told apart: "what is the difference between a farm and a pod"
    cued(
        "difference",
        turn("reported", SENTENCE, r"\b(?:what is|what's|what are) the (?:real |key |main )?differences?\b"),
    ),
    # who tells machines from people: "fake follower classifier", "twitter bot detection"
    cued(
        "detect|classif|identif",
        turn(
            "defence",
            INSIDE,
            r"\b(?:twitter|social|telegram|instagram|reddit|spam|fake|sybil|troll|click|coordinated)[ -]?"
            r"(?:media |network |news |account |review |profile "
            r"|follower |farm |behavio[u]?r )?(?:bots? |accounts? )?"
            r"(?:detection|detector|detectors|classifier|classifiers|classification|identification)\b",
            r"\b(?:detect(?:s|ing)?|identif(?:y|ies|ying)|distinguish(?:es"
            r"|ing)?|spot(?:s|ting)?|flag(?:s|ging)?) (?:[a-z]+ ){0,3}"
            r"(?:bots?|bot accounts|fake (?:accounts|followers|reviews"
            r"|profiles|engagement)|spam accounts|sock ?puppets?)\b",
        ),
    ),
    # plans of an honest program: "no subscriptions, no data collection, no limits"
    cued(
        "no limit|no usage limit",
        turn(
            "reported",
            INSIDE,
            r"\bno (?:subscriptions?|sign ?ups?|data collection|ads|api keys?"
            r"|credit cards?|tracking|telemetry|paywalls?|accounts?|fees)\b"
            r"(?:(?!filter|censor|refus|restrict|judg|moderat|nsfw"
            r"|rules|guard|taboo)[^.\n]){0,60}?\bno (?:usage )?limits?\b",
        ),
    ),
)

FILTERS_ZH: Final[tuple[Turn, ...]] = (
    # "不实现反检测、自动互动或批量养号": what a program leaves alone
    cued(
        "不",
        turn(
            "prohibit",
            AHEAD,
            rf"(?:^[^\w]{{0,4}}|[。;:!\n] ?|[-•*] "
            rf"|本项目|本工具|本程序|本仓库|该工具|当前版本|我们|也|均|绝|坚决|明确|暂)不会?{_LEFT}"
            r"(?![^,。;:\n]{0,8}(?:退|审核|限制|封号|水印|查))[^,。;:\n]",
            r"不(?:应|得|要|可|准|允许)(?:被)?(?:用于|用来|用作|引入|内置|集成|实现|滥用)[^,。;:\n]",
        ),
    ),
    # "不要用自动私信、绕风控作为卖点", "避免出现刷量"
    cued(
        "不要|切勿|请勿|避免|不得|严禁",
        turn(
            "prohibit",
            AHEAD,
            r"(?:不要|切勿|请勿|不得|严禁|避免)(?:再)?(?:用|使用|引入|采用|加入|实现|提供|出现|宣传|写|做成?|以|借助|通过)"
            r"[^,。;:\n]{0,40}?(?:作为|当作|当成|卖点|话术|字样|功能|方案|手段|方式|代码|源码|实现|模块|入口)",
        ),
    ),
    # a question of an exam: "以下关于免杀的说法,错误的是?"
    cued(
        "以下|下列|说法",
        turn(
            "reported",
            SENTENCE,
            r"(?:以下|下列)[^。?\n]{0,24}(?:说法|描述|叙述|选项|做法|哪[项个种些])[^。?\n]{0,8}(?:错误|正确|不属于|属于|是)",
            r"(?:以下|下列)(?:哪[个项种些一]|[^。?\n]{0,30}(?:说法|描述|叙述|做法|选项|行为))[^。\n]{0,12}(?:是|有|属|错|正确)",
            r"(?:说法|描述|叙述|做法)[^。\n]{0,4}(?:错误|正确|不正确|不恰当)的是",
        ),
    ),
    # words that are kept out, in brackets: "敏感词(代刷、收号)自动折叠"
    cued(
        "敏感词|违禁词|违规词",
        turn("defence", INSIDE, r"(?:敏感词|违禁词|违规词)[^。,(\n]{0,4}\([^)\n]{1,80}\)"),
    ),
    # what was found and shut: "打掉接码平台线索三条", "手法由群控转向真人"
    cued(
        "封停|打掉|捣毁|查处|端掉|抓获|追回|手法",
        turn(
            "reported",
            SENTENCE,
            r"(?:封停|打掉|捣毁|查处|端掉|抓获|追回)[^。\n]{0,24}(?:账号|工作室|平台|窝点|团伙|损失|线索|人员|嫌疑)"
            r"|(?:刷单|作弊|诈骗|引流|作案)手法(?:由|从|转|升级|变)",
        ),
    ),
    # the vendor's own plan: "升级到付费版以去除水印"
    cued(
        "升级",
        turn(
            "reported",
            INSIDE,
            r"升级(?:到|为|至|成)[^,。\n]{0,10}(?:付费|会员|专业|高级|正式|pro|plus)[^,。\n]{0,8}(?:去除|移除|去掉|无|取消)[^,。\n]{0,6}水印",
        ),
    ),
    # machines of a house under one control: "通过群控系统统一加减机"
    cued(
        "群控",
        turn(
            "reported",
            SENTENCE,
            r"(?:冷水|冷机|制冷|冷却|冷冻|电梯|空调|水泵|锅炉|充电桩?|光伏|逆变|机房|楼宇|动环|照明|风机|无人机|储能)[^。\n]{0,60}群控",
            r"群控[^。\n]{0,14}(?:加减机|主机|冷|机组|水泵|电梯|空调|楼宇|节能|能耗|充电|照明)",
        ),
    ),
    # a guard: "防恶意刷赞", "识别异常行为,如刷赞"
    cued(
        "防|异常|恶意|违规|虚假|作弊",
        turn(
            "defence",
            INSIDE,
            r"防(?:止|范|御)?(?:用户|被|恶意|重复|机器|自动|批量){0,3}刷(?:赞|票|量|单|粉|评|屏|榜|接口|短信|券|礼|号|分)?",
            r"(?:监测|识别|检测|发现|过滤|拦截|打击|治理|防范|遏制|清理)[^。\n]{0,20}(?:异常|恶意|违规|虚假|作弊|不良)[^。\n]{0,24}",
        ),
    ),
    # of what a crowd is made, as those tell who suffer it: "充斥着大量营销号", "往往由批量注册的账号组成"
    cued(
        "充斥|泛滥|往往由|大多由|多由|背后是",
        turn(
            "reported",
            SENTENCE,
            r"(?:充斥|泛滥|往往由|大多由|多由|背后是)[^。\n]{0,24}(?:账号|号码|脚本|机器人|水军|营销号|刷手|僵尸)",
        ),
    ),
    # who is told what to look for: "你是黑灰产情报分析助手"
    cued(
        "黑产|灰产|黑灰|反诈|反欺诈|风控",
        turn(
            "reported",
            SENTENCE,
            r"(?:黑灰?产|灰产|反诈|反欺诈|风控)[^。\n]{0,10}(?:分析|识别|检测|审核|情报"
            r"|抽取|研判)[^。\n]{0,4}(?:助手|专家|师|员|模型|系统|prompt|提示词)",
        ),
    ),
    # labels for those who annotate: "标签二:刷量", "标注员只看文本"
    cued(
        "标签|类别|标注",
        turn(
            "reported", SENTENCE, r"(?:标签|类别)(?:[一二三四五六七八九十]|\d{1,2})[:(]|标注(?:员|规范|指南)"
        ),
    ),
    # what befalls who does it: "发布账号租售内容的,首次禁言七日"
    cued(
        "的,",
        turn(
            "reported",
            SENTENCE,
            r"(?:发布|从事|参与|提供|存在|涉及|使用)[^。\n]{1,50}的,[^。\n]{0,10}(?:禁言|封禁|永久关闭|永久封|扣除|扣\d|下架|清退|处罚|限制登录|予以)",
        ),
    ),
    # a filter's list of words: "检测词", "风险词"
    cued(
        "检测词|风险词|黑词|拦截词|过滤词|监控词|屏蔽词",
        turn("defence", SENTENCE, r"(?:检测词|风险词|黑词|拦截词|过滤词|监控词|屏蔽词)"),
    ),
)
