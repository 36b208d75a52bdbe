"""Turns of Chinese: who guards against it, finds it or keeps it out.

Each is tried on a sentence that holds words of an offer, and no part of one repeats without a limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import INSIDE, SENTENCE, Turn, cued, turn

_HARMS: Final = (
    r"(?:涉黄|涉诈|违规|违法|虚假|伪造|换脸|变脸|去衣|脱衣|aigc|ai[生合换诈]|深伪|深度|刷[量单评]|诈骗|引流|仿冒|假"
    r"|合成|注入|翻拍|机器|水军|恶意|色情|套壳|(?:大?模型|gpt)?镜像站|群控|云控|接码|改机|养号|外挂|小号|黑产|羊毛"
    r"|批量注册|垃圾|协议号|作弊|脚本|挂机)"
)
_SEES: Final = (
    r"(?=[识检审拦抵防阻鉴])"  # before the looks behind, of which each costs more
    r"(?<!人脸)(?<!刷脸)(?<!活体)(?<!平台)(?:识别|检出|审出|拦截|抵御|防范|抵挡|阻断|鉴别|审核)出?"
)

GUARDS: Final[tuple[Turn, ...]] = (
    # who would do it fails: "让“过脸”的人过不去"
    turn(
        "defence",
        SENTENCE,
        r"让[^。,\n]{0,20}?(?:过不去|过不了|进不来|无处可|失效|做不成|止步|现形|落空|失灵|白费|骗不了|行不通)",
        r"拒之门外|(?:挡|拦)在门外",
        rf"(?:面对|应对|针对|防住)[^。,\n]{{0,16}}{_HARMS}",
        r"(?:判断|识别|鉴别|检测|分辨|核查)[^。,\n]{0,14}是否",
        r"(?:是怎么|是如何|怎样|如何|怎么)[^,。\n]{0,6}(?:骗人|骗走|骗钱|行骗|得手|作案|害人|坑人)",
    ),
    # a guard finds it: "识别去衣合成、刷量评论六类风险", "自动避开“根治”"
    turn(
        "defence",
        SENTENCE,
        rf"{_SEES}[^。,\n]{{0,4}}{_HARMS}|[一二三四五六七八九十\d][类种项大]风险",
        r"(?:识别|拦截|避开|屏蔽|过滤|禁用)[^。,\n]{0,4}[“\"「]",
    ),
    # what a detector finds all the same: "能检出改写过的文本"
    cued(
        "改写|洗稿|降重|人工化|拟人化|降ai",
        turn(
            "reported",
            INSIDE,
            r"(?:识别出?|检出|检测出?|查出|发现|抓出)(?:经过?|被|是否)?[^,。\n]{0,6}(?:改写|洗稿|降重|人工化|拟人化|降ai率?)(?:后|过)?的?"
            r"(?:文本|内容|稿件?|文章|段落|痕迹)",
        ),
    ),
    # what the technique does, or those who use it: "换脸可以绕过人脸识别", "攻击者利用注入绕过活体"
    cued(
        "绕过|骗过|突破|破解|躲过|欺骗",
        turn(
            "reported",
            INSIDE,
            r"(?<!们的)(?<!本店)(?:deepfakes?|深度伪造|深伪|换脸技术|换脸攻击|攻击者|黑产|不法分子|犯罪分子|骗子|诈骗分子|黑客)"
            r"[^,。;:\n]{0,12}?(?:通过|利用|使用|借助|可以?|能够?|会|正在|试图|企图|成功)[^,。;:\n]{0,24}?"
            r"(?:绕过|骗过|突破|破解|躲过|欺骗)[^,。;\n]{0,12}",
        ),
    ),
    # whether it is found without its mark: "去掉水印后还能查出吗"
    cued(
        "水印后|水印之后|标识后|标识之后|改写后|降重后",
        turn(
            "reported",
            INSIDE,
            r"(?:去掉?|去除|移除|裁掉?|抹掉|删掉?|经过?)?(?:水印|标识|改写|降重)之?后[^,。\n]{0,4}?(?:还能?|仍然?|也能|依然|照样|能否)"
            r"[^,。\n]{0,4}?(?:查|检|识别|追溯|溯源|认出)",
        ),
    ),
    # how it works, asked and told: "降重到底是怎么“干活”的"
    cued(
        "是怎么|是如何|底层逻辑",
        turn(
            "explain",
            SENTENCE,
            r"(?:到底|究竟)?是(?:怎么|如何)[ \"“「]{0,2}(?:干活|工作|运作|回事|实现|判断|判定|识别|检测)|底层逻辑",
        ),
    ),
    # how to have it taken down
    turn(
        "defence",
        SENTENCE,
        r"(?:怎么|如何|怎样|申请|协助|帮你|帮您|要求平台)[^。,\n]{0,12}"
        r"(?:撤下|维权|报案|(?:删除|移除|下架|举报|投诉)(?:影像|照片|图片|结果|页面|侵权))",
    ),
    # a filter's list of words: "词表分四层:直接拦:", "命中后删除", "广告识别新增三类"
    cued(
        "词表|词库|命中|直接拦|拦截|识别新增",
        turn(
            "defence",
            SENTENCE,
            r"(?:词表|词库|敏感词|违禁词|黑名单)[^。\n]{0,6}(?:分|共|含|收|有|按|由|从)|命中(?:后|即|则|规则|原因|示例)|直接拦|(?:广告|垃圾|违规|风险)识别(?:新增|增加)",
        ),
    ),
    # one's own label: "片头片尾均有“ai生成”字样"
    turn(
        "defence",
        SENTENCE,
        r"(?:均|都|全部|常驻|始终|一律|自带)(?:带?有|带|标|注|附|加|显示|保留)[^,。\n]{0,12}(?:字样|标识|标志|提示)"
        r"(?![^。\n]{0,40}[去除抹消擦没无])",
    ),
    # what a guard reports: "1005为疑似虚拟相机"
    cued(
        "疑似",
        turn(
            "defence",
            SENTENCE,
            r"疑似(?:为|是)?(?:ai|虚拟|翻拍|注入|换脸|变声|伪造|合成|克隆|深伪|脱衣|机器|未标识|生成|攻击)",
        ),
    ),
    # the parts of a filter's list: "分类:广告、赌博、成人、恶意软件"
    cued(
        "恶意软件|钓鱼|木马|挖矿",
        turn(
            "defence",
            SENTENCE,
            r"(?:广告|赌博|博彩|约会|追踪|盗版)[、/,][^。\n]{0,60}[、/,和及](?:恶意软件|钓鱼|木马|挖矿)",
            r"(?:恶意软件|钓鱼|木马|挖矿)[、/,][^。\n]{0,60}(?:广告|赌博|博彩|约会|追踪|盗版)",
        ),
    ),
    # what the house does not let anybody take off: "隐式标识写入文件头,不可移除"
    cued(
        "不可|不能|不得|无法|不允许",
        turn(
            "defence",
            INSIDE,
            r"[^,。;!?\n]{0,16},?[^,。;!?\n]{0,12}(?:不可|不能|不得|无法|不允许)(?:被|随意|擅自|自行){0,2}"
            r"(?:移除|去除|删除|抹除|篡改|关闭|剥离|隐藏)(?!的)",
        ),
    ),
    # a guard keeps it out: "在上传页挡掉去衣词汇"
    cued(
        "挡掉|挡下|拦掉|拦下|屏蔽|滤掉",
        turn(
            "defence",
            SENTENCE,
            rf"(?<!被)(?:挡掉|挡下|拦掉|拦下|屏蔽掉?|过?滤掉)(?!的)[^。,\n]{{0,4}}{_HARMS}",
        ),
    ),
    # a chemist's rule
    cued(
        "处方药",
        turn(
            "defence",
            INSIDE,
            r"处方药[^,。;\n]{0,4}(?<!无需)(?<!不用)(?<!不需)凭[^,。;\n]{0,6}处方",
        ),
    ),
)
