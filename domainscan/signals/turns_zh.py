"""Turns of Chinese: who refuses, who else is speaking.

Each is tried on a sentence that holds words of an offer, and no part of one but a word's letters repeats without a
limit.
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
# The colon under which a house lists what it does not do: "我们不会:". What sellers promise makes none.
REFUSED_LIST: Final = (
    r"(?:不会|不做|不教|不接|不碰|不提供|不允许|谢绝|拒绝|绝不)(?:做|接|教|提供|碰|以下[^,。;:\n]{0,4}|如下|的事?|的是)?:"
    r"(?![^。;\n]{0,6}(?:保存|留存|存储|记录|泄露|公开|追问|查看|询问))"
    r"|(?:不予(?:回复|受理|处理|回答)|不再(?:回复|受理)|概不回复|(?:直接|一律|会被)(?:关闭|删除|驳回|下架))[^,。;:\n]{0,8}:"
)

# Words without which nobody says that others do it.
_OTHERS_DO: Final = (
    "打出|称|承诺|宣称|打着|兜售|贩卖|宣传|吹嘘|说|回复|表示|报价|告诉"
    "|抽取|收集|采集|统计|核验|监测到|梳理|检索|捕获|发现|查获|处置|下架|拦下|未经|那些|那种|这种"
)

CHINESE: Final[tuple[Turn, ...]] = (
    cued(
        ":",
        turn("prohibit", LIST, REFUSED_LIST),
    ),
    # what a program is not for: "不适合批量养号", "不适合绕过风控"
    cued("不适合", turn("prohibit", AHEAD, r"不适合(?:做|用来|用于|拿来|绕过|批量|任何)")),
    # who looks back on it: "我为什么关掉了自己的中转站"
    cued("关掉|关停", turn("reported", SENTENCE, r"(?:为什么|为何|决定|后来|最后)[^,。\n]{0,4}关[掉停]")),
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
    # what a strategy yielded in a test: "回测年化收益18%,最大回撤9%"
    cued(
        "回测|最大回撤|夏普",
        turn(
            "reported",
            SENTENCE,
            r"回测[^。\n]{0,16}(?:收益|年化|胜率)|(?:收益|年化|胜率)[^。\n]{0,16}(?:最大回撤|夏普)|最大回撤[^。\n]{0,24}(?:年化|收益)",
        ),
    ),
    # what a plan lets one do as often as one likes: "享受无限制ai问答", "无限制生成次数"
    cued(
        "无限制",
        turn(
            "reported",
            INSIDE,
            r"(?:享受|畅享|尊享|升级|解锁|获得|开通|包含|会员|pro版?)[^。\n]{0,6}无限制(?:地|的|使用|次数)?(?:ai)?(?:问[书答诊]|答疑|导出|下载|翻译|总结|摘要|阅读|批改|转写|存储|上传|次数|项目|文档)",
            r"无限制(?:地|的)?(?:使用|对话|生成|提问|导出|下载|翻译)?次数",
            r"(?:默认|次数|数量|长度|大小|并发|速率|时长)(?:值|上限)?(?:为|是|:)?无限制",
        ),
    ),
    # "面板查看每日收益": what a program shows is no promise
    cued(
        "收益|盈亏",
        turn(
            "reported",
            INSIDE,
            r"(?:查看|展示|显示|统计|计算|记录|导出|看板|面板|曲线|日历|报表)[^,。\n]{0,6}(?:收益|盈亏)(?:与|和|及|、|曲线|统计|日历|报表|情况|率)",
        ),
    ),
    # "没必要去找什么越狱词": a reader is told to leave it
    cued(
        "没必要|没有必要|犯不着|用不着|何必|千万别|最好别|奉劝|劝你|建议别|建议不要",
        turn(
            "prohibit",
            AHEAD,
            r"(?:没有?必要|犯不着|用不着|何必|千万别|最好别|奉劝[^,。\n]{0,6}别|劝你别|建议(?:大家|各位)?(?:别|不要))"
            r"(?:再|去|花钱|到处|费劲){0,2}(?:找|买|用|求|搜|信|碰|下载?|装|试|充|付费)(?!医生|律师|医院|梯子|魔法)",
        ),
    ),
    # a weekly's title, a lesson in one's own, and what is found about: "市面上有一些网站"
    cued(
        "周刊|周报|月刊|早报|属于|市面上",
        turn(
            "reported",
            SENTENCE,
            r"(?:周刊|周报|月刊|早报)(?:[:(#]|第|\d)",
            r"(?:搭建|部署|架设|打造)[^,。\n]{0,8}属于(?:自己|你自己|你|您|个人)的",
            r"市面上[^,。\n]{0,4}(?:有一些|有些|有不少|存在|流传)[^,。\n]{0,20}(?:网站|平台|服务|站点)",
        ),
    ),
    # "不建议购买第三方代开的账号", and what is said of it: "合租违反使用条款"
    cued(
        "不建议|不推荐|别去",
        turn(
            "prohibit",
            AHEAD,
            r"(?:不建议|不推荐|别去)(?:大家|各位)?(?:再|去|花钱|在[^,。\n]{1,6})?(?:找|买|购买|用|使用|碰|尝试|相信|输入)",
        ),
    ),
    cued(
        "违反",
        turn(
            "reported", SENTENCE, r"(?:其实|均|都|明显|严重)违反(?:了)?[^。,\n]{0,14}(?:条款|协议|规定|政策)"
        ),
    ),
    # "我们不做": what follows is refused
    cued(
        "不|没有|从未|拒绝|谢绝",
        turn("prohibit", AHEAD, rf"{_WE}[^,。;:\n]{{0,4}}?(?:不|没有|从未|拒绝|谢绝)(?!{_PROMISED})[^,。\n]"),
    ),
    # "想要“自动评论引流”的朋友请绕行": whoever wants it is sent away
    cued(
        "绕道|绕行|另请高明|出门左转|免谈|免开尊口|请离开|别|勿|不要",
        turn(
            "prohibit",
            INSIDE,
            r"(?:想|要|找|做|买|求)[^,。!?\n]{0,40}(?:绕道|绕行|另请高明|出门左转|免谈|免开尊口|请离开)",
            r"(?:问|要|找|想|做|求)[^,。!?\n]{1,10}的(?:都)?(?:别|勿|不要|请勿)(?:加|来|扰|问|找|打扰|联系)",
        ),
    ),
    # what it is not, and others are: "它不是又一个chatgpt套壳"
    cued(
        "不是|并非|绝非",
        turn(
            "reported",
            INSIDE,
            r"(?:不是|并非|绝非)[^,。;!?\n]{0,16}?(?:套壳|镜像站?|中转站?|代充|逆向)",
        ),
    ),
    # a relay that is the reader's: "转发到你的中转站"
    cued("中转", turn("reported", INSIDE, r"(?:你|您|用户|自己)(?:自己|已有|现有|配置|购买)?的?中转站?")),
    # what was left out of a text: "已剔除其中的“无审查”下载链接"
    cued("剔除", turn("prohibit", AHEAD, r"(?:已|均已|全部)[*]{0,2}剔除[*]{0,2}(?:了|其中)?")),
    # a ban: "明州禁一键脱衣ai技术生效"
    cued(
        "禁",
        turn(
            "reported",
            SENTENCE,
            r"(?:[州省市国]|欧盟|议会|法院|政府)(?:将|拟|已|正式)?禁(?:止|售|用)?"
            r"[^,。;\n]{1,20}(?:生效|通过|立法|技术|应用|软件)",
        ),
    ),
    # what becomes of who buys it: "购买“降ai率”服务的,按作弊处理"
    cued(
        "处理|处分|不及格|零分|取消",
        turn(
            "prohibit",
            SENTENCE,
            r"按(?:作弊|违规|违纪|抄袭|学术不端)[^。\n]{0,4}(?:处理|处分|论处)|(?:记|计|判)(?:零分|不及格)|取消(?:成绩|学分|学位)",
        ),
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
    # what a vendor does with its prices: "openai下调gpt接口价格"
    cued(
        "下调|上调|宣布",
        turn(
            "reported",
            SENTENCE,
            r"(?:openai|anthropic|google|谷歌|微软|xai|深度求索|字节|阿里|百度|厂商)[^,。\n]{0,6}(?:下调|上调|宣布)",
        ),
    ),
    # where what was stolen ends up: "泄露的key几小时内就会进入中转商的号池"
    cued(
        "泄露|被盗|失窃|盗取|偷来",
        turn(
            "reported",
            SENTENCE,
            r"(?:泄露|被盗|失窃|盗取|偷来)的?[^,。\n]{1,20}(?:进入|流入|流向|卖给|出现在|拿去|转卖)",
        ),
    ),
    # somebody's own words after who says them: "后者称“名额有限”"; not what one calls it ("俗称")
    cued(
        '称“|称:“|称"|称:"|称「|称:「',
        turn("reported", SENTENCE, r"[^自简俗昵名尊戏别号人统通合]称:?[“\"「]"),
    ),
    # who showed or told it: "讲师演示了", "客服介绍说"; a seller's own people "在线回复"
    cued(
        "讲师|学员|客服|销售|业务员|工作人员|店主|群主|嫌疑人",
        turn(
            "reported",
            SENTENCE,
            r"(?:讲师|学员|客服|销售|业务员|工作人员|店主|群主|嫌疑人)[^,。\n]{0,2}"
            r"(?:演示了|展示了|介绍说|介绍称|告诉|声称|推荐了|还推荐|回复说|回复称|透露|坦言|承认|供述)",
        ),
    ),
    # and what is done for it: "卖账号、代发、刷票刷评,清退。"; "封号包赔" and "封了就换" go on
    cued(
        "清退|封号|封禁|除名|下架|拉黑|踢出|移出|解约|开除|退学|报警|禁言|报案",
        turn(
            "prohibit",
            SENTENCE,
            r"(?:,|:|—|者|的)"
            r"(?= ?(?:一律|一概|直接|立即|立刻|永久|当场|即刻)?"
            r"(?:清退|封号|封禁|除名|下架|拉黑|踢出|移出|解约|开除|退学|报警|禁言|报案)(?:[。;!\n]|$))",
        ),
    ),
    # a talk that begins with it: "讲者将从一支伪造的影片谈起"
    cued(
        "谈起|说起",
        turn("reported", SENTENCE, r"从[^,。;\n]{2,24}(?:谈起|说起)"),
    ),
    # what somebody found there: "首页写着与官网同步", "它说自己是gpt 5", "“免翻墙”的网页,我点进去看了看"
    cued(
        "写着|打着|标着|自称|宣称|声称|自己是|的网页|的网站|的链接|的广告|的小程序|的帖子",
        turn(
            "reported",
            SENTENCE,
            r"(?:首页|页面|网页|网站|广告|海报|标题|简介|弹窗|页脚|对方|客服)(?:上|里|中)?(?:写着|打着|标着|自称|宣称|声称)",
            r"(?:它|对方|客服|网站|模型)(?:说|称|声称|自称)自己是",
            r"[”」\"]的(?:网页|网站|链接|广告|小程序|帖子),?(?:我(?!们)|记者|编辑|笔者|民警|到底|究竟|是真|靠谱)",
        ),
    ),
    # what is counted, and what a paper tried: "视频注入占攻击的比例升至27%", "本刊做了个实验"
    cued(
        "受访|比例|比重|本刊|本报|记者|编辑部",
        turn(
            "reported",
            SENTENCE,
            r"受访(?:者|机构|用户|企业|银行)|占[^,。;\n]{2,16}的?(?:比例|比重)",
            r"(?:本刊|本报|记者|编辑部)[^。\n]{0,8}(?:实验|测试|暗访|体验|调查|卧底|面前)",
        ),
    ),
    # whom it happened to: "发现有同事把源码贴进“免费gpt”网页"
    cued(
        "同事|员工|学生|居民|老人|读者|村民|业主|家长|市民|群众",
        turn(
            "reported",
            SENTENCE,
            r"(?:发现|有)(?:个别|不少|多名|一些|几位|一位)?(?:同事|员工|学生|居民|老人|读者|村民|业主|家长|市民|群众)"
            r"(?:把|被|将|收到|遭|误|接到|点开|扫了)",
        ),
    ),
    # a bill: "法案拟禁止"
    cued(
        "法案|草案|修正案",
        turn(
            "reported", SENTENCE, r"(?:法案|草案|修正案)[^,。\n]{0,6}(?:拟|将|要求|规定|禁止|明确|新增|提出)"
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
    # what a list does not take in: "只收日常题材,不收成人内容"
    cued(
        "不收",
        turn(
            "prohibit",
            AHEAD,
            r"(?<![也都])不收(?![费钱取])(?:录|任何)?(?=[^,。;\n]{0,8}(?:成人|色情|情色|涉黄|低俗|裸露|nsfw|破限|违法|违规|脱衣|换脸|真人))",
        ),
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
    cued(
        _OTHERS_DO,
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
    ),
)
