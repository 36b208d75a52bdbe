"""Turns of Chinese: who refuses, who else is speaking, who fends it off.

Each is tried on a sentence that holds words of an offer, and no part of one repeats without a limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import AHEAD, INSIDE, LIST, SENTENCE, Turn, cued, turn

# What sellers of harm say they do not do: that promises, and refuses nothing ("不问用途").
_PROMISED: Final = (
    r"会?(?:存|保|留|记|收|问|查|审|需|用|限|过滤|管|要|看|承担|负|对|支持|退|得|同|错|断|仅|只|封|掉|怕|懂|难|满|泄|公开"
    r"|露|被|鼓励|参与|认识|方便|行|卡|加|可|打码|打水印|带水印|设|挑|监|干涉|担|一样|像|比|愁|贵|骗)"
)
_WE: Final = r"(?:我们|我司|本店|本站|本平台|本公司|本产品|本工作室|本人|咱们|小店)"
_STRANGERS: Final = r"(?:商家|卖家|店铺|店家|软件|平台|机构|公司|博主|群主|网站|网友|中介|商户|账号|主播)"
_SAID: Final = r"(?:打出|称|承诺|宣称|打着|兜售|贩卖|宣传|吹嘘|说(?!话))"
_HARMS: Final = (
    r"(?:涉黄|涉诈|违规|违法|虚假|伪造|换脸|变脸|去衣|脱衣|aigc|ai[生合换诈]|深伪|深度|刷[量单评]|诈骗|引流|仿冒|假"
    r"|合成|注入|翻拍|机器|水军|恶意|色情)"
)
_SEES: Final = (
    r"(?=[识检审拦抵防阻鉴])"  # before the looks behind, of which each costs more
    r"(?<!人脸)(?<!刷脸)(?<!活体)(?<!平台)(?:识别|检出|审出|拦截|抵御|防范|抵挡|阻断|鉴别|审核)出?"
)

# The colon under which a house lists what it does not do: "我们不会:". What sellers promise makes none.
REFUSED_LIST: Final = (
    r"(?:不会|不做|不教|不接|不碰|不提供|不允许|谢绝|拒绝|绝不)(?:做|接|教|提供|碰|以下[^,。;:\n]{0,4}|如下|的事?|的是)?:"
    r"(?![^。;\n]{0,6}(?:保存|留存|存储|记录|泄露|公开|追问|查看|询问))"
)

CHINESE: Final[tuple[Turn, ...]] = (
    cued(
        ":",
        turn("prohibit", LIST, REFUSED_LIST),
    ),
    # a study's own title: "“套壳”网站的规模与特征测量"
    cued(
        "测量|研究|分析|调查|报告|综述|测评|评测|测试|评估",
        turn(
            "reported",
            SENTENCE,
            r"(?:网站|软件|应用|服务|站点|平台|工具|黑产|市场)的?(?:规模|特征|生态|现状|危害|产业链|黑产链|治理)[^,。\n]{0,8}(?:测量|研究|分析|调查|报告|综述)",
            r"(?:模型|工具|软件|服务|平台)的?真实(?:能力|效果|水平)[^,。\n]{0,4}(?:测评|评测|测试|评估)",
        ),
    ),
    # "我们不做": what follows is refused
    turn("prohibit", AHEAD, rf"{_WE}[^,。;:\n]{{0,4}}?(?:不|没有|从未|拒绝|谢绝)(?!{_PROMISED})[^,。\n]"),
    # "想要“自动评论引流”的朋友请绕行": whoever wants it is sent away
    turn(
        "prohibit",
        INSIDE,
        r"(?:想|要|找|做|买|求)[^,。!?\n]{0,40}(?:绕道|绕行|另请高明|出门左转|免谈|免开尊口|请离开)",
        r"(?:问|要|找|想|做|求)[^,。!?\n]{1,10}的(?:都)?(?:别|勿|不要|请勿)(?:加|来|扰|问|找|打扰|联系)",
    ),
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
    # how to have it taken down
    turn(
        "defence",
        SENTENCE,
        r"(?:怎么|如何|怎样|申请|协助|帮你|帮您|要求平台)[^。,\n]{0,12}"
        r"(?:撤下|维权|报案|(?:删除|移除|下架|举报|投诉)(?:影像|照片|图片|结果|页面|侵权))",
    ),
    # one's own label: "片头片尾均有“ai生成”字样"
    turn(
        "defence",
        SENTENCE,
        r"(?:均|都|全部|常驻|始终|一律|自带)(?:带?有|带|标|注|附|加|显示|保留)[^,。\n]{0,12}(?:字样|标识|标志|提示)"
        r"(?![^。\n]{0,40}[去除抹消擦没无])",
    ),
    # what becomes of it: "去掉角标的pr不会合并", "再发二维码的,管家直接移出"
    cued(
        "不会|不予|一律|移出|踢出|恕不",
        turn(
            "prohibit",
            INSIDE,
            r"(?:^|(?<=[,。;!? ]))[^,。;!?\n 的]{1,24}的[^。;!?\n]{0,10}"
            r"(?:不会被?(?:合并|受理|通过|采纳|上架|收录|回复)"
            r"|(?:恕不|不予)(?:受理|合并|通过|采纳|上架|收录|回复|报销)"
            r"|一律(?:关闭|删除|拒绝|驳回|下架|移出|不收)|移出(?:群|本|$)|直接移出|踢出)",
        ),
    ),
    # what nobody can do here: "角标谁都去不掉"; what "cannot be removed" is sold on as removable is another thing
    cued(
        "不掉|不了",
        turn(
            "prohibit",
            INSIDE,
            r"(?:谁|都|也|永远|无法|根本)[^,。;!?\n]{0,4}[去抹擦删除换脱](?:除)?(?:不掉|不了)(?!的)",
        ),
    ),
    # a guard keeps it out: "在上传页挡掉去衣词汇"
    cued(
        "挡掉|挡下|拦掉|拦下|屏蔽|滤掉",
        turn("defence", SENTENCE, rf"(?:挡掉|挡下|拦掉|拦下|屏蔽掉?|过?滤掉)[^。,\n]{{0,4}}{_HARMS}"),
    ),
    # a neighbour tells how it went: "先加好友,再晒截图,然后说有个机器人", "差点转了八万", "民警上门劝住了"
    cued(
        "先|差点|民警|警察|派出所",
        turn(
            "reported",
            SENTENCE,
            r"先[^。!?\n]{2,30}?再[^。!?\n]{2,40}?(?:然后|最后|接着)[^。!?\n]{0,4}(?:说|骗|诱|哄|让你|叫你|拉你|要你)",
            r"差点儿?(?:就|又)?(?:被骗|上当|受骗|中招|转了|转走|转出|汇|打款|打了钱)",
            r"(?:民警|警察|派出所)[^。!?\n]{0,10}(?:劝|提醒|上门|拦|制止|止付|介绍说)",
            r"(?:报给|报到|找|去|来)(?:了)?派出所",
        ),
    ),
    # what others' tools do to a label or a picture: "被“去标识工具”洗掉"
    cued(
        "被",
        turn(
            "reported",
            INSIDE,
            r"被[^,。;\n]{0,16}(?:工具|软件|平台|程序|脚本)[^,。;\n]{0,4}(?:洗掉|抹掉|去掉|删掉|压缩掉|剥掉|破坏|移除)",
        ),
    ),
    # what a product does without: "gpt之类的模型本机未接入"
    cued(
        "接入|内置",
        turn(
            "prohibit",
            INSIDE,
            r"[^,。;\n]{1,24}(?:未接入|没接入|没有接入|不接入|未内置|没有内置)",
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
    # what is done with one's account or face: "被机器人接管,用来刷评论"
    cued(
        "被",
        turn(
            "reported",
            SENTENCE,
            r"被(?:骗子|对方|团伙|黑产|坏人|他人|别人|机器人|中介)[^,。\n]{0,4}(?:接管|拿去|盗用|控制|利用),?",
        ),
    ),
    # others do it: "有商家打出", "卖家承诺"
    turn(
        "reported",
        SENTENCE,
        rf"(?:有的|有些|(?<![我们拥具没还站])有|某些?|部分|一些|不少|多家|个别|市面上|网上)[^,。\n]{{0,4}}{_STRANGERS}"
        rf"[^,。\n]{{0,8}}{_SAID}",
        rf"(?:对方|卖家|店主|群主|商家|店家|中介|买家)[^,。:\n]{{0,4}}(?:{_SAID}|回复|表示|报价|告诉)",
        r"(?:抽取|收集|采集|统计|核验|监测到|梳理|检索|捕获|发现|查获|处置|下架|拦下)[^。\n]{0,20}\d[条个款篇名起例家张段]",
        r"未经[^,。\n]{0,12}(?:同意|许可|授权)",  # the law's words; a seller says that none is needed
        r"(?:那些|那种|这种)[^,。\n]{0,20}的(?:商家|网站|软件|广告|生意|账号|链接)",
    ),
)
