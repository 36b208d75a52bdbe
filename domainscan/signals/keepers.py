"""Keepers: whether a short text about a model speaks to those who set a program up, or to visitors of a service.

A program's first leaf, its settings, its questions and answers name the same models and the same ways to them as a
relay's page. What differs is grammar: who is told to put which key where, and whether anything is let out or sold.
"""

from __future__ import annotations

import re
from typing import Final

from domainscan.model import Part
from domainscan.signals.words import Words

TOLD: Final = 1500  # characters of a page up to which it is asked
ABOUT: Final = ("gpt_word", "model_word", "home_model")
BRIEF: Final = 600  # characters of a short one
FULL: Final = (3, 5)  # kinds of such grammar that are full proof of a short text and of a longer
LET_OUT: Final = 2  # of which each kind of words for visitors takes so many back
_MODEL: Final = r"(?:openai|claude|anthropic|gemini|gpt|大模型|模型|供应商|provider)"
# What a gateway does for those who run it; two of them are its list of functions.
_FUNCTION: Final = (
    r"(?:(?:请求|流量|协议)转发|(?:请求|调用|访问|审计)日志|(?:密钥|key|令牌)(?:的)?(?:管理|轮换|脱敏)|使用量(?:跟踪|监控|统计)|用量统计"
    r"|配额(?:控制|管理)|(?:自动|失败|超时)?重试(?:机制|策略)|故障转移|熔断|健康检查|速率限制|流式(?:中转|转发|透传)|接口管理"
    r"|管理(?:界面|面板|后台)|轻量级|单二进制|基于[ a-z.+]{2,24}(?:语言|框架)?(?:开发|构建|编写|实现))"
)
_TWO_FUNCTIONS: Final = rf"{_FUNCTION}[^\0]{{1,200}}?{_FUNCTION}"
# What is said to those who keep the program, by kind.
_KEPT: Final[dict[str, re.Pattern[str]]] = {
    "own key": re.compile(
        r"\b(?:aistudio\.google|platform\.openai|console\.anthropic|console\.x\.ai|api\.x\.ai)\b|"
        r"(?:填入|填写|填上|填好|写好|需要|自备|准备好?|修改|支持多个|使用|用"
        r"|提供|创建|申请|配置|设置)[^。,;\n]{0,14}(?:api[ _]?key|密钥|\btoken|令牌)"
        r"|准备好?[^。,\n]{0,10}账号|(?:key|密钥)[^。,\n]{0,2}(?:自己带|自带|自备|参数)"
        r"|自己的[^。,\n]{0,12}(?:key|密钥|账号|token)|自己[^。,\n]{0,10}账户里|不等于api|(?:不会送|不包含"
        r"|不含|没有)api"
        r"|\b(?:your|own|need an?|requires? an?|with an?|set the) (?:[a-z]+ ){0,3}(?:api )?(?:key|keys"
        r"|secret)\b"
    ),
    "file or command": re.compile(
        r"\b(?:npx|uvx|npm (?:i|install)|pnpm|pip3? install|docker|git clone|brew install|wrangler|curl|pypi"
        r"|go build|make|systemctl)\b"
        r"|\bhtml ?文件|参数启动"
        r"|\b[a-z]{2,20}\.(?:py|json|toml|ya?ml|conf|sh|txt|env)\b|\.env\b|\blocalhost\b|\b127\.0\.0\.1"
        r"|(?:端口|port) ?\d{2,5}|\d{4}端口"
    ),
    "setting": re.compile(
        r"(?:在|打开|进入|到|于)[^。,;\n]{0,18}(?:设置|配置|环境变量|config)|自定义[^。,;\n]{0,10}(?:接口|代理"
        r"|域名|地址|api|base)"
        r"|(?:改|设|换|指)(?:为|成|向)[^。,;\n]{0,12}(?:地址|反代|代理|域名|localhost|http)|(?:填写|设置|配置"
        r"|修改)(?:好)?(?:正确的)?代理"
        r"|可选,默认|环境变量|换成自己的|代理(?:设置|地址|字段|服务器|主机)|配置文件|重启(?:程序"
        r"|服务)?(?:后)?生效|\bsettings?\b|\bbase[_ ]url\b|\bhttps?_proxy\b"
    ),
    "adapter": re.compile(
        rf"(?:把|将)[^。;\n]{{0,50}}(?:接口|api|协议|请求|格式|{_MODEL}|任务|上下文)[^。;\n]{{0,12}}"
        r"(?:(?:转换|转成|转为|适配|转发|聚合|统一|封装)(?:成|为|到|给|至)|标准化)"
        r"|适配(?:层|器)|转换(?:器|层)|(?:协议|格式)(?:转换|互转)|(?:接口|模型|api)(?:聚合)?(?:网关|路由|代理)(?:,|。"
        r"|程序|脚本)"
        r"|\b(?:converts?|translat(?:es?|ing|or)|in front of|adapter|drop in|adds? caching|sits between"
        r"|middleware)\b"
    ),
    "gateway": re.compile(_TWO_FUNCTIONS),
    "parts": re.compile(
        r"(?:功能|项目|系统|整体)?(?:特性|架构|结构)(?:说明|概览|如下|图)|功能(?:特性|特点)|核心功能|技术栈|目录结构|项目结构|快速开始|(?:操作|配置|部署)(?:流程|步骤)|必要条件"
        r"|(?:环境|系统|前置)(?:要求|条件)|常见(?:错误|报错)"
    ),
    "program": re.compile(
        r"客户端|服务端|前端|后端|插件|扩展|脚本|命令行|函数库|python库|可执行文件|桌面应用|开源|跨平台|油猴"
        r"|仪表盘|\bsdk\b|\bcli\b|readme|\bgithub\b|\breleases?\b"
        r"|\b(?:open source|self hosted|extension|add on|plugin|library|desktop|dashboard|command line"
        r"|lightweight)\b"
    ),
    "release": re.compile(
        r"\bv\d{1,2}\.\d{1,3}|更新日志|(?:新增|修复|优化)[: ]|\bchangelog\b|修复[^。,;\n]{2,12}(?:样式|问题"
        r"|失效|错误|bug)"
    ),
    "deployment": re.compile(
        r"部署(?:在|到|于|方式|步骤|后)|搭建[^。,\n]{0,6}自己的|(?:服务器|本地电脑|vps|软路由)上?(?:搭建|部署)|(?:docker|私有化?|本地|一键|自行)部署|托管|自己的(?:服务器|域名|vps"
        r"|网站|chatgpt)"
        r"|你自己的|\bvercel\b|\bnetlify\b|\bdeno\b|\bcloudflare\b|\bself host|\bdeploy"
    ),
    "question": re.compile(
        r"(?:什么|的)原因|(?:没有|未|不|尚未)[^。,\n]{0,4}(?:向|对)[^。,\n]{0,4}(?:中国|大陆|香港"
        r"|国内)[^。\n]{0,8}(?:开放|提供)"
        r"|不支持[^。,\n]{0,8}地区|(?:不|受)支持的?(?:国家|地区)|(?:说明|因为|由于)你?的?[^。,\n]{0,12}(?:网络"
        r"|额度|请求|地区)"
        r"|(?:有什么|有何)(?:区别|不同)|的区别|到官网|在官网"
        r"|\bsupported (?:countries|regions)|\b(?:does not|not) (?:list|offer|available)"
    ),
}
# What is said to visitors and buyers, by kind.
_OPEN: Final[dict[str, re.Pattern[str]]] = {
    "given": re.compile(
        r"(?:注册|登[录陆]|邀请|签到|新用户|下单)[^。,\n]{0,6}(?:送|赠|得|领)|赠送?\d"
        r"|每[天日人][^。,\n]{0,4}(?:\d|免费)|\d{1,4} ?次/|体验(?:卡|券|金)"
    ),
    "sold": re.compile(
        r"充值|倍率|[一二三四五六七八九\d] ?折|套餐|[月年季周日天]卡|元/|/月|\d元|售后|代充|成品号|拼车|合租"
        r"|商业(?:版|化|授权)|付费(?:业务|使用)|支持会员|分销|(?:在线|对接)支付|运营(?:系统|版)"
        r"|车位|上车|卡密|发货|下单|购买|出售"
        r"|官方价|官方的?\d|低至|支付宝|微信支付|赞助商|\b(?:buy|pay with|per month|top up|% off|cheaper"
        r"|resell|for sale)\b|\$\d"
    ),
    "let in": re.compile(
        r"免费(?:使用|用|体验|提问|对话|无限|的?gpt|的?chatgpt)|在线体验|体验站|演示站|打开即用|(?:无需|不用"
        r"|免)(?:注册|登录)|公益|镜像|号池|账号池|车队|直连|(?:无需|不用|免|不需要)(?:翻墙|魔法|梯子|代理|科学)|国内(?:可用|可直接|能用|直接|用户可)"
        r"|关注[^。,\n]{0,6}公众号|加群|进群|群里"
        r"|(?:网站|站点|应用)[^。,\n]{0,6}(?:收集|列表|清单|导航|合集|汇总)|(?:收集|整理"
        r"|汇总)[^。,\n]{0,14}(?:网站|站点|列表)"
        r"|本站|站长|发布页|最新网址|防失联|续费|广告位|备用(?:地址|网址)|大家"
        r"|可以?(?:在设置[^。,\n]{0,3})?(?:换成?|填写?|使用|用|自带|自备)自己的|默认[^。,\n]{0,6}(?:4o|gpt"
        r"|mini)"
        r"|\b(?:no|not require an?|without an?) (?:login|sign ?up|api key|key|vpn|card|account)\b"
        r"|(?<!need a )\bfree (?:access|gpt|claude|chatgpt|openai|unlimited)|\b(?:join|register|sign up)\b"
        r"|\bmirrors?\b"
    ),
}

# What tells together that a program is set up for its reader's own account.
_OWN_SETTING: Final = (frozenset(("file or command", "setting")), frozenset(("own key", "deployment")))
# What relays call themselves, and programs that one puts before one's own account.
_RELAY: Final = re.compile(r"中转(?!一下)")


def set_up(words: Words) -> Part:
    """From 0 to 1: how much of a short text about a model is said to those who run a program themselves."""
    if len(words.text) > TOLD or not any(map(words.has, ABOUT)):
        return NOT_SET_UP
    kept = [kind for kind, pattern in _KEPT.items() if pattern.search(words.text)]
    open_to = 0
    if len(kept) > 1:
        said = {kind for kind, pattern in _OPEN.items() if pattern.search(words.text)}
        if "let in" not in said and not _names_itself(kept) and _RELAY.search(words.text):
            said.add("let in")
        open_to = len(said)
    share = (len(kept) - LET_OUT * open_to) / FULL[len(words.text) > BRIEF]
    return Part("set_up", max(0.0, min(1.0, round(share, 3))), tuple(kept[:6]))


def _names_itself(kept: list[str]) -> bool:
    """Whether "中转" is what a program is called, and no offer: by what is set up for it."""
    return "gateway" in kept or any(pair.issubset(kept) for pair in _OWN_SETTING)


NOT_SET_UP: Final = Part("set_up", 0.0)
