"""Pages that pose as an AI brand, and what they try to take from the visitor who believes it."""

from __future__ import annotations

import re
from typing import Final

from domainscan.model import Failure, Observation, Page, Part, Reading
from domainscan.signals.context import Brand, Context, PageWords, host_of, once
from domainscan.signals.hits import Hit
from domainscan.signals.links import SHOWN_AS, programs_of
from domainscan.signals.lookalikes import name_table
from domainscan.signals.names import brand_lookalike
from domainscan.signals.voices import spoken
from domainscan.signals.words import Words

CLAIM_REACH: Final = 30  # characters between a brand and its "official site"
ABOUT_REACH: Final = 24  # characters between a brand and what is said about it
CLOSE_REACH: Final = 5  # in running text
# What developers say of the vendor's own: "the official OpenAI SDK", "通过官方 Claude Code 客户端", "接口客户端".
DEVELOPERS: Final = re.compile(
    r"official (?:[a-z]+ ){0,3}(?:apis?|sdks?|cli|librar(?:y|ies)|docs|documentation|endpoints?|packages?)\b"
    r"|(?:through|via|using|behind|wraps|spawns|with) the official \b"
    r"|官方(?:[a-z]+ ?){0,3}(?:api|接口|文档|sdk|cli|库|仓库|npm|python|格式|控制台)"
    # what the vendor takes for it is a measure: "仅为官方价的1/7", "官方的几分之一"
    r"|官方(?:的)?(?:价|定价|报价|计费|几分之|[一二三四五六七八九十\d]+(?:折|%|分之|/))"
    r"|(?:指南|文档|手册|教程|说明|readme)[ (]{0,2}中文版"
    r"|(?:接口|api|http|sdk|请求|格式的?|支持[a-z]{2,12}的)客户端|[在到去](?:其|它的)?官网|客户端(?:认证|鉴权|库|sdk|代码|请求|协议|实现)"
    # a lesson sends its reader to the vendor: "首先访问该家官网", "登录该家官网并选择计划"
    r"|(?:需要?|先|首先|接着|随后|自行|必须)(?:前往|访问|登[录陆]|打开|进入|浏览|去|到)[^,。\n]{0,10}(?:官方网站|官网)(?!入口)"
    r"|(?:前往|访问|登[录陆]|打开|进入)[^,。\n]{0,10}(?:官方网站|官网)(?:并|后[,选点注]|上?查[看询]|上注册"
    r"|[^,。\n]{0,4},(?:进入|点击|找到|选择)[^,。\n]{0,4}(?:设置|账户|个人|订阅))"
)
DEVELOPERS_REACH: Final = 34
# What stands before an owner's address, as "free-chatgpt.com" is folded to "free chatgpt.com", and what behind makes
# it a part of another's: "claude.ai.shop".
_BEFORE: Final = re.compile(
    r"(?:[^a-z\d.\s]|\b(?:site|website|page|at|is|to|on|see|visit)) ?(?:https?://)?(?:www\.)?\Z"
)
_BEHIND: Final = re.compile(r"[a-z\d]|\.[a-z\d]")
AI_WORDS: Final = ("model_word", "biometric_tool", "answer_engine")
# What nearly every page reads, made once.
NO_BRAND: Final = Reading(0.0, "worth", (), (Part("several", 0.0), Part("disclosed", 0.0)))
NO_LURES: Final = Reading(
    0.0,
    "lures",
    (),
    tuple(Part(name, 0.0) for name in ("foreign_login", "brand_login", "program", "disguised", "words")),
)


@once
def brand_imitation(observation: Observation, context: Context) -> Reading | Failure:
    """How a page that is not the owner's uses an AI brand.

    Parts: `title` (the brand leads title or heading, and the line does not speak about it: "alternatives to",
    "fake"), `claim` ("official", "log in", "download" beside it), `sells` (membership or licences of the
    brand), `mentions` (places in all), `several` (brands of different owners in title and headings), `owner`,
    `disclosed` (says it is not).
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    if name_table(context.vocabulary).owner(observation.name):
        return Reading(0.0, "worth", (), (Part("owner", 1.0),))
    if not read.brands and "unofficial" not in read.words.among(("unofficial",)):
        return NO_BRAND
    best: tuple[float, tuple[Part, ...]] = (0.0, ())
    for brand in read.brands:
        parts = _use_of(brand, read)
        worth = sum(part.value for part in parts if part.name in ("title", "claim", "sells"))
        if worth > best[0]:
            best = (worth, parts)
    disclosed = sorted(read.words.terms("unofficial"))
    shown = tuple(disclosed[:4])
    several = sorted(
        brand.token for brand in read.brands
        if any(_leads(read, hit) for hit in read.words.of(f"brand:{brand.token}"))
    )  # fmt: skip
    more = Part("several", float(len(several)), tuple(several[:6]))
    return Reading(best[0], "worth", (), (*best[1], more, Part("disclosed", float(len(disclosed)), shown)))


def _leads(read: PageWords, hit: Hit) -> bool:
    return read.words.zone(hit.start) in ("title", "heading")


def _use_of(brand: Brand, read: PageWords) -> tuple[Part, ...]:
    words = read.words
    places = words.of(f"brand:{brand.token}")
    if not brand.distinct:
        places = [hit for hit in places if words.nearest(AI_WORDS, hit, 40)]
    if not places:
        return ()
    own = [hit for hit in places if spoken(words, hit)]
    leading = [
        hit for hit in own if _leads(read, hit) and not words.nearest(("about_brand",), hit, ABOUT_REACH)
    ]
    reach = {hit: CLOSE_REACH if words.zone(hit.start) == "text" else CLAIM_REACH for hit in own}
    claims = [hit for hit in own if _claimed(words, brand, hit, reach[hit])]
    claims = [hit for hit in claims if not words.nearest(("unofficial",), hit, 80)]
    sells = [hit for hit in own if words.nearest(("price_word",), hit, 60)]
    found = (("title", leading), ("claim", claims), ("sells", sells if leading else []))
    return (
        Part("mentions", float(len(places))),
        *(Part(name, float(bool(hits)), tuple(words.quote(hit) for hit in hits[:2])) for name, hits in found),
    )


def _claimed(words: Words, brand: Brand, place: Hit, reach: int) -> bool:
    """Whether the page says beside the brand that it is the official place, or hands it out.

    Who names the vendor's interface, or the owner's own address as the official one, claims nothing.
    """
    claim = words.nearest(("official_claim",), place, reach)
    if claim is None:
        return False
    start, end = max(0, claim.start - DEVELOPERS_REACH), claim.end + DEVELOPERS_REACH
    return not (DEVELOPERS.search(words.text, start, end) or _names_owner(words.text[start:end], brand))


def _names_owner(text: str, brand: Brand) -> bool:
    """Whether an address of the brand's owner stands in the text, and not as a part of another's."""
    for owner in brand.owners:
        at = text.find(owner)
        if at > 0 and _BEFORE.search(text, 0, at) and not _BEHIND.match(text, at + len(owner)):
            return True
    return False


def lures(observation: Observation, context: Context) -> Reading | Failure:
    """What a page tries to take, where it poses as an AI brand or speaks of AI tools.

    Parts: `foreign_login` (a password goes to another site), `brand_login` (a password, code or key is
    asked for under a brand that is not the site's own), `program` (a download under such a brand),
    `disguised` (video.mp4.exe), `words` (seed phrases, pasted commands, switched-off protection; strength
    of the H06 offers).
    """
    page = context.page(observation)
    if isinstance(page, Failure):
        return page
    read = context.vocabulary.read(page)
    secrets = _secret_forms(page)
    offered = [link.url for link in programs_of(observation, context)]
    strength, shown = read.strength("H06")
    if not (secrets or offered or shown or strength or read.words.has_cue("program_name")):
        return NO_LURES
    posed = _poses(observation, context)
    about_ai = posed or any(read.words.of(group) for group in AI_WORDS)
    foreign = [
        action for action in secrets
        if about_ai and host_of(action) and not context.same_site(host_of(action), observation.name)
    ]  # fmt: skip
    programs = offered if posed else []
    disguised = [one for one in offered if one.count(".") > 1 and _is_disguised(one)]
    worded = _disguised_words(read) if not disguised else []
    pressed = read.words.of("account_lure") and any(
        spoken(read.words, hit) for hit in read.words.of("account_lure")
    )
    parts = (
        Part("foreign_login", float(len(foreign)), tuple(foreign[:2])),
        Part("brand_login", float(bool(secrets) and posed) * (2.0 if pressed else 1.0), tuple(secrets[:2])),
        Part("program", float(len(programs)), tuple(programs[:3])),
        Part("disguised", float(len(disguised) + len(worded)), tuple((*disguised, *worded)[:3])),
        Part("words", strength if about_ai else 0.0, shown),
    )
    return Reading(float(sum(part.value > 0 for part in parts)), "lures", (), parts)


def _poses(observation: Observation, context: Context) -> bool:
    """Whether name or page use a brand that is not the site's own, and the page does not say so openly."""
    page, name = brand_imitation(observation, context), brand_lookalike(observation, context)
    if isinstance(page, Failure) or isinstance(name, Failure):
        return False
    owner = page.part("owner").value or name.part("owner").value
    own_brand = owner or page.part("disclosed").value > 0
    return not own_brand and float(page.value) > 0 and float(page.value) + float(name.value) >= 1.0


SECRETS: Final = frozenset(
    (
        "password",
        "passcode",
        "otp",
        "cvv",
        "card",
        "seed",
        "phrase",
        "secret",
        "private",
        "api",
        "mnemonic",
        "token",
    )
)
SECRETS_ZH: Final = ("密码", "验证码", "卡号", "身份证", "助记词", "私钥", "密钥", "银行卡")


def _secret_forms(page: Page) -> list[str]:
    """The actions of forms that ask for what nobody should give away; "" is written as the page itself."""
    found = []
    for form in page.forms:
        for field in form.fields:
            asked = f"{field.name} {field.label}".lower()
            words = asked.replace("_", " ").replace("-", " ").split()
            if (
                field.kind == "password"
                or not SECRETS.isdisjoint(words)
                or (not asked.isascii() and any(one in asked for one in SECRETS_ZH))
            ):
                found.append(form.action or page.url)
                break
    return found


def _is_disguised(url: str) -> bool:
    return any(f"{one}." in url.lower().rsplit("/", 1)[-1] for one in SHOWN_AS)


def _disguised_words(read: PageWords) -> list[str]:
    """File names such as video.mp4.exe in the page's own voice."""
    words = read.words
    found: list[str] = []
    if not words.has_cue("program_name"):
        return found
    for shown in SHOWN_AS:
        for end in (".exe", ".scr", ".msi"):
            at = words.text.find(shown + end)
            if at >= 0 and spoken(words, Hit(at, at + len(shown + end))):
                found.append(shown + end)
    return found
