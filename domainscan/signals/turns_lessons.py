"""Turns of Chinese sentences that compare, explain or warn: lessons, failed calls, traps, a trade seen from outside.

No part of one but a word's letters repeats without a limit.
"""

from __future__ import annotations

from typing import Final

from domainscan.signals.turn import INSIDE, SENTENCE, Turn, cued, turn

LESSONS_ZH: Final[tuple[Turn, ...]] = (
    # ways to a model set side by side: "官方接口与镜像站的区别", "本文从五个维度对比", "先分清三种接入方式"
    cued(
        "区别|差异|本文|这篇文章|分清|横评|实测排名",
        turn(
            "reported",
            SENTENCE,
            r"(?:官方|官网|直连|原厂)[^。;!?\n]{0,16}(?:与|和|跟|同|vs)[^。;!?\n]{0,24}的?(?:区别|差异)",
            r"(?:本文|这篇文章)(?:将|会|主要|不)?(?:核对|对比|比较|讨论|分析|梳理|解释|说明|盘点|从[^,。\n]{2,16}(?:角度|维度|方面))",
            r"(?:先|要|需)?分清[^,。\n]{0,6}种|横评|实测排名",
        ),
    ),
    # what may come of it: "合租的订阅存在封号风险"; a seller says that there is none
    cued(
        "风险|被封",
        turn(
            "reported",
            SENTENCE,
            r"(?<!没有)(?<!不)(?:存在|面临|带来|有着|伴随|带有|可能有|承担)[^,。;\n]{0,10}(?:封号|被封|封禁|跑路|泄露|盗号|掺水|失效|合规|隐私)"
            r"[^,。;\n]{0,4}(?:的)?(?:风险|隐患)",
            r"(?:小心|当心|容易|可能会?)被封号?(?:,|。|;|$)",
        ),
    ),
    # what a program says when a call fails: "请求过于频繁,请稍后重试(常见于合租账号)"
    cued(
        "请稍后|无效或已过期|重新登录|常见于|请求失败|加载失败|连接失败",
        turn(
            "reported",
            SENTENCE,
            r"(?:过于频繁|请求失败|加载失败|连接失败|获取失败|请求超时|服务不可用)[^。\n]{0,12}(?:请稍后|重试|再试)|无效或已过期|常见于",
        ),
    ),
    # a model of the mainland is reached from there: "deepseek国内直连", not beside one that is not
    cued(
        "国内直连|国内可用|国内直接|无需翻墙|不用翻墙|无需魔法|无需代理|无需科学上网|免翻墙|国内能用|国内可直接|直连",
        turn(
            "reported",
            INSIDE,
            r"(?<![a-z\d、/,和及与+ ])(?:deepseek|kimi|qwen|glm|minimax|豆包|通义(?:千问)?|千问|智谱"
            r"(?:清言)?|文心(?:一言)?|讯飞(?:星火)?|混元|硅基流动|国产(?:的)?(?:ai)?(?:大|编程|语言)?(?:模型|接口|平台|服务))(?:的?(?:官方)?(?:api|接口|平台|模型))?"
            r" ?[,:(—]? ?(?:在|均可?|都可?|可)?"
            r"(?:[,、/ ]{0,2}(?:国内(?:网络)?(?:直连|可用|直接(?:访问|调用|使用|用)|能用|可直接(?:访问|用))|直连"
            r"|(?:无需|不用|免|不需要)(?:翻墙|魔法|代理|科学上网|梯子|vpn))){1,4}",
        ),
    ),
    # a trap: "看似合法,实际指向", "诱导用户下载"
    cued(
        "看似|诱导|诱骗|诱使",
        turn(
            "reported",
            SENTENCE,
            r"看似[^。;!?\n]{0,30}(?:实际|实则|其实)|诱[导骗使](?:用户|受害|员工|开发者|访客|他人|人们)[^。;!?\n]{0,8}(?:下载|点击|安装|执行|运行|输入|访问|扫)",
        ),
    ),
    # a trade looked at from outside: "初创公司多数只是套壳", "一位负责人曾直言"
    cued(
        "初创|创业圈|创业热潮|创业公司|直言|注定|业内|业界|分析师|降价潮|价格战",
        turn(
            "reported",
            SENTENCE,
            r"(?:初创|创业)(?:公司|企业|团队|圈|热潮)|曾?直言[:,“\"]|注定[^,。\n]{0,4}(?:消亡|失败|淘汰)"
            r"|(?:业内|业界)(?:人士|普遍|认为)|分析师|降价潮|价格战",
        ),
    ),
    # a lesson's own steps: "为了能够调用它,我们首先需要先注册账号", "这里需要注意的是"
    cued(
        "我们首先|首先需要|需要注意的是|为了能够|接下来我们|我们来看|我们需要先|我们可以看到",
        turn(
            "reported",
            SENTENCE,
            r"(?:我们)?首先需要先?(?:注册|获取|申请|安装|创建|准备|导入|配置|了解)|(?:这里)?需要注意的是,"
            r"|为了能够?(?:调用|使用|访问|接入)[^。\n]{1,30},[^。\n]{0,20}我们|(?:接下来|下面)我们(?:来|将|就|需要)|我们来看|我们需要先",
        ),
    ),
)
