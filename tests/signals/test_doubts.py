"""Doubts: who refuses, quotes, lists or speaks of others, and what only looks like it and sells all the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domainscan.model import Assessment, Observation, Page, Reading
from domainscan.signals.context import Context, PageWords
from domainscan.signals.pages import manner
from domainscan.signals.turns import turns_of

CLEAR = 0.9  # strength from which rules speak of an offer

DOUBTED = [
    ("It is no ChatGPT 套壳:它不是又一个ChatGPT套壳,国内直连。", "H07", "what it is not"),
    ("把请求改成 OpenAI 兼容格式,转发到你的中转站。", "H07", "a relay that is the reader's"),
    ("以下内容已**剔除**其中的“无审查/越狱版”GPT 下载链接,99 元。", "H14", "left out of a text"),
    ("The tool makes no claim to make AI text undetectable by Turnitin.", "H09", "no claim"),
    ("Design rule 4: never buy aged accounts.", "H11", "what one never buys"),
    ("**Never** auto-vote or auto-comment with bots.", "H11", "in bold"),
    ("We don’t clone celebrities or the voice of anyone without consent.", "H02", "refused, curved apostrophe"),
    ("We will never send a video, or ask you to remove clothes from a photo of a woman.", "H01", "refused"),
    ("There's no trading robot, and nobody earns 3 % per day here.", "H03", "there is none"),
    ("我们不是群控,也没有手机墙。", "H11", "not what we are"),
    ("我们不向个人出售任何“认证代过”服务。", "H02", "refused, and quoted"),
    ("想要“云手机自动评论引流”的朋友请绕行。", "H11", "sent away"),
    ("让“过脸”的人过不去", "H02", "who does it fails"),
    ("一次调用识别换脸、去衣合成、刷评论六类风险。", "H11", "a guard looks for it"),
    ("How to get a deepfake nude taken down", "H01", "help to remove it"),
    ("It works for pictures made with nudify apps, too.", "H01", "made by others"),
    ('"Humanizers" that promise undetectable essays swap synonyms.', "H09", "their promise"),
    ("A site which invites users to upload a photo of a woman and receive a nude.", "H01", "a court's words"),
    ("We collected 3,907 listings for jailbroken language models, $89 a month.", "H14", "counted"),
    ("有商家打出广告:逝者复活,明星也能复活,10元起,无需授权。", "H15", "others advertise"),
    ("对方承诺日收益 3%、保本,带你进群充值的 AI 机器人。", "H03", "what somebody promised"),
    ("undress-any-girl[.]example ; nudify lure", "H01", "an address nobody is to click"),
    (
        "Removed without notice:\nnudify apps for any photo\njailbreak prompts for GPT, $20",
        "H14",
        "items under a line that removes",
    ),
    (
        "以下内容会被删除,情节严重的永久封号:\n·卖换脸软件、去水印去标识工具,99 元",
        "H09",
        "items under a line that bans",
    ),
    ("Can I nudify any photo of a woman? That is not what it's for.", "H01", "an answer that declines"),
    ("Can it nudify any photo of a woman? We won't help with it.", "H01", "an answer that refuses"),
    ("**Can it nudify any photo of a woman?** No. The filter stops it.", "H01", "an answer in bold"),
    ("问：能帮我刷好评吗？答：我们不做这个。", "H11", "an answer that refuses, in Chinese"),
    ("We will not: clone the voice of anyone without consent, nudify any photo.", "H01", "a list of refusals"),
    ("We do not: 1. nudify any photo of a woman. 2. sell undress bots.", "H01", "numbered items of refusals"),
    ("我们不会:照片一键去衣;克隆任何人的声音。", "H01", "a list of refusals, in Chinese"),
    ('They sell "Nudify any photo" kits.', "H01", "somebody else's words in prose"),
    ("禁止转售接口;冒用平台名称;用于照片一键去衣,99 元。", "H01", "a part of what is forbidden"),
    ("【不要用】 1. 照片一键去衣,秒出。2. 各种镜像站。", "H01", "under a heading that warns"),
    ("A longitudinal measurement of nudification websites", "H01", "the title of a study"),
    ("“一键去衣”网站的规模与特征测量", "H01", "the title of a study, in Chinese"),
    ("Commercial services claim to make ChatGPT essays undetectable by Turnitin.", "H09", "they claim"),
    ("Shops sell bots that nudify any photo of a woman for $5.", "H01", "others trade, in the plural"),
    ("It won't take clothes off any photo of a woman, $5.", "H01", "what is done to a person is no promise"),
    ("Companions may flirt; they don't do nsfw roleplay or sexting.", "H12", "who is spoken of refuses"),
    ("What the 'nudification' bill would do to every undress app.", "H01", "a bill"),
    ("The country needs deepfake porn laws.", "H01", "laws that are wanted"),
    ("Clone anyone's voice: AI voice clones can be used to impersonate executives.", "H02", "what it can be used for"),
    ("Messages run through a small list (nudify any photo of a woman, nitro free).", "H01", "a filter's list"),
    ("词表分四层:直接拦:照片一键去衣。", "H01", "a filter's list, in Chinese"),
    ("明州禁照片一键去衣技术生效。", "H01", "a ban, in Chinese"),
    ("Models that identify and categorize jailbreak prompts for GPT, $20 of compute.", "H14", "who looks for it"),
    ("购买“降ai率”服务的,按作弊处理。", "H09", "what becomes of who buys it"),
    ("Attacks become cheaper by models such as WormGPT, FraudGPT and DarkGPT.", "H14", "names in a row"),
    ("Residents have had messages of an AI trading robot, guaranteed daily profit, deposit 200 dollars.", "H03",
     "what people were sent"),
    ("The videos lead you to a page of a trading robot with guaranteed daily profit, deposit 200 dollars.", "H03",
     "where videos lead"),
    ("What you would be buying is a shared ChatGPT account from an account pool, works in China.", "H07",
     "what a buyer is told he would get"),
    ("Fake followers and bulk accounts are scored within 20 ms.", "H11", "what becomes of it at a guard's"),
    ("步骤:在防火墙上屏蔽ChatGPT镜像站。", "H07", "a guard keeps it out"),
    ("卖账号、代发、刷票刷评,清退。", "H11", "what is done for it"),
    ("刷好评、刷量者一律封号。", "H11", "what is done to those who do it"),
    ("讲座从一段明星换脸、任意声音克隆的视频谈起。", "H02", "where a talk begins"),
    ("首页写着免翻墙、免费ChatGPT镜像站。", "H07", "what somebody found there"),
    ("有同事把源码贴进免翻墙的ChatGPT镜像站。", "H07", "whom it happened to"),
    ("视频注入、骗过人脸活体的换脸占远程面签攻击的比例由9%升至27%。", "H02", "what is counted"),
    ("本报做了个实验:刷好评、刷量,每条1元。", "H11", "what a paper tried"),
    ("Bots are removed without notice if they hand out jailbreak prompts for GPT, $20.", "H14", "removed for it"),
    ("没必要去找什么GPT越狱提示词,9.9元。", "H14", "what a reader is told to leave"),
    ("法案将要求照片一键去衣软件登记。", "H01", "a bill, in Chinese"),
    ("Nobody should buy followers, 9 euro for 1,000.", "H11", "what nobody should buy"),
    ("Growth bots with auto comments get accounts banned.", "H11", "what comes of it"),
    ("Inside a phone farm: 900 phones, auto comments, $2 per 1000.", "H11", "who looks into it"),
    ("讲师演示了群控软件,一人管五十个号,学费 99 元。", "H11", "who showed it"),
    ("后者称“免翻墙直接用ChatGPT镜像站”。", "H07", "somebody's words after who says them"),
    ("用模型分出疑似刷评、刷好评的店铺。", "H11", "what is suspected"),
    ("禁止事项:他人の顔を使うこと。照片一键去衣すること。", "H01", "a sentence under a heading that bans"),
    ("以下问题直接关闭:1. 求群控软件 2. 问如何刷好评", "H11", "a list of what is closed"),
]  # fmt: skip
CAMOUFLAGED = [
    ("You never wait. Buy aged accounts here, 500 for $5.", "H11", "a promise before it"),
    ("不是单个账号:ChatGPT 镜像站,国内直连,免费用 GPT-4。", "H07", "what it is not is no mirror"),
    ("We don't store photos: upload one and undress any girl.", "H01", "a promise, not a refusal"),
    ("We are not responsible for misuse. Nudify any photo, $5.", "H01", "a disclaimer"),
    ("Shops sell this for $50. Nudify any photo of a woman here, $5.", "H01", "others trade in another sentence"),
    ("We don't do boring, we undress any photo of a woman.", "H01", "the refusal ends at the comma"),
    ("Nobody will know. Nudify any photo of a woman.", "H01", "nobody knows: the promise"),
    ("There is no easier way to nudify any photo of a woman.", "H01", "no easier way: praise"),
    ("We remove clothes from any photo of a woman in 10 seconds.", "H01", "they remove clothes, not listings"),
    ("Get any nudify result removed of its watermark. Nudify any photo.", "H01", "no take-down"),
    ("我们不问用途,照片一键去衣,秒出效果。", "H01", "不问: a promise"),
    ("我们不一样,照片一键去衣,秒出效果。", "H01", "the refusal ends at the comma"),
    ("有专业团队,照片一键去衣,秒出效果。", "H01", "their own team"),
    ("避开平台检测,AI生成标识一键去除。", "H09", "what is escaped defends nobody"),
    ("点“去衣”,照片里的衣服一键脱衣。", "H01", "the name of a button"),
    ("AI脱衣,照片一键去衣,加 t[.]me/handle", "H01", "the seller's own handle"),
    ("Will she find out? No. Nudify any photo of a woman.", "H01", "no: the promise"),
    ("Will Turnitin flag your text from our AI humanizer? No.", "H09", "what a buyer fears, denied"),
    ("Do you log who uses the undress bot? No.", "H01", "what a buyer is glad to be spared"),
    ("Can I nudify any photo of a woman? Yes.", "H01", "a visitor's question, agreed to"),
    ('{"cta_start":"Nudify any photo","price":"$3"}', "H01", "a value in data"),
    ("We never refuse: nudify any photo of a woman.", "H01", "no list of refusals"),
    ("We don't store: your photos. Nudify any photo of a woman.", "H01", "a list of promises"),
    ("我们不会保存照片:一键去衣,照片秒出。", "H01", "a list of promises, in Chinese"),
    ("绝不让您失望:照片一键去衣,秒出效果。", "H01", "praise before a colon"),
    ("禁止盗图;盗图必究。照片一键去衣,秒出效果。", "H01", "what is forbidden ends with its sentence"),
    ("【不要用】盗版。照片一键去衣,秒出效果。", "H01", "no item under the heading that warns"),
    ("【不要用】 1. 盗版。【推荐】 1. 照片一键去衣,秒出效果。", "H01", "the next heading"),
    ("Our services claim a place in your heart: nudify any photo.", "H01", "one's own services"),
    ("Our features:\nnudify apps for any photo\njailbreak prompts for GPT, $20", "H14", "an ordinary list"),
    ("We don't take responsibility: nudify any photo of a woman.", "H01", "what is not taken on is a promise"),
    ("Companions don't do limits: nsfw roleplay and sexting all night.", "H12", "limits are not done: praise"),
    ("No bill to explain: nudify any photo of a woman.", "H01", "a bill that is paid"),
    ("Bans are for others: nudify any photo of a woman.", "H01", "bans that are laughed at"),
    ("Clone anyone's voice from ten seconds, it can be used in calls at once.", "H02", "used by the buyer"),
    ("On the list of features: nudify any photo of a woman.", "H01", "an ordinary list"),
    ("照片一键去衣,命中率高,秒出效果。", "H01", "hits that are praised"),
    ("云手机矩阵:降低封禁风险,大量账号互不牵连。", "H11", "a ban that is escaped, before a colon"),
    ("刷视频脚本,自动刷视频,随机点赞抖音短视频,界面不做更改。", "H11", "what is left as it is"),
    ("百无禁忌:照片一键去衣技术,秒出效果。", "H01", "nothing is banned"),
    ("降ai率,按字数处理,当天交稿。", "H09", "handled by the word"),
    ("WormGPT and its sibling answer anything, $60 a month.", "H14", "one name beside a price"),
    ("Customers have received thousands of pictures: nudify any photo.", "H01", "what customers received was bought"),
    ("Bulk accounts are stopped by nobody: fake followers from 2 dollars.", "H11", "stopped by nobody"),
    ("What you are getting: fake followers and bulk accounts, 2 dollars.", "H11", "a list of goods"),
    ("不会被屏蔽的ChatGPT镜像站,免翻墙。", "H07", "what guards do not find"),
    ("刷好评、刷量,封号包赔。", "H11", "who is banned is paid"),
    ("Inside our rack: buy followers, $2 per 1000.", "H11", "one's own, looked into"),
    ("Reviews of 9 % more buyers: buy followers, $2 per 1000.", "H11", "praise by number"),
    ("禁止事项:盗图。价格:照片一键去衣,9 元。", "H01", "the next colon ends what is banned"),
    ("从零讲起:照片一键去衣,秒出效果。", "H01", "where a lesson for sale begins"),
    ("节点:衣物检测,照片一键去衣。", "H01", "what a program looks for before it paints"),
    ("听起来像真人的客服。评论刷好评、刷量,每条 1 元。", "H11", "a voice that sounds real is another thing"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "category", "why"), DOUBTED, ids=[row[2] for row in DOUBTED])
def test_what_is_refused_quoted_or_told_of_others_is_no_offer(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert any(one.offer.category == category for one in read.mentions), "the harm is named"
    assert read.strength(category)[0] < CLEAR


@pytest.mark.parametrize(("text", "category", "why"), CAMOUFLAGED, ids=[row[2] for row in CAMOUFLAGED])
def test_what_only_looks_like_a_doubt_takes_nothing_back(
    text: str, category: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    assert PageWords(page(text=text), context.vocabulary).strength(category)[0] >= CLEAR


TURNS = [
    ("we do not clone strangers", {"prohibit"}, "a refusal"),
    ("we do not log what you make", set(), "a promise of sellers"),
    ("我们不做仿声", {"prohibit"}, "a refusal"),
    ("我们不留记录", set(), "a promise of sellers"),
    ("there is no robot", {"prohibit"}, "there is none"),
    ("there is no limit", set(), "there is no limit"),
    ("agencies that promise followers", {"reported"}, "others promise"),
    ("models that write everything", set(), "a thing described"),
    ("they start with a video", {"reported"}, "others act"),
    ("she says whatever you type", set(), "the toy speaks"),
    ("卖家称包过", {"reported"}, "a seller is quoted"),
    ("对方说话实时变声", set(), "说话: the other one talks"),
    ("未经本人同意使用他人声音", {"reported"}, "the law's words"),
    ("无需本人同意", set(), "a seller's words"),
    ("片头片尾均有“ai生成”字样", {"defence"}, "one's own label"),
    ("视频都带“ai生成”字样,一键抹掉", set(), "a label to be wiped off"),
    ("“免翻墙”的网页,我点进去看了看", {"reported"}, "a visitor tells"),
    ("“免翻墙”的网站,我们直连", set(), "the page's own site"),
    ("it won't take clothes off anybody", {"prohibit"}, "what is done to a person"),
    ("it won't take your time", set(), "a promise"),
    ("他说自己是客服", set(), "a person who acts is another turn"),
    ("识别去衣合成", {"defence"}, "a guard finds it"),
    ("人脸识别换脸也能过", set(), "what is to be passed"),
    ("how to get it taken down", {"defence"}, "help"),
    ("it will not pretend to be your lover", {"prohibit"}, "a machine that refuses"),
    ("it will not detect or trace a thing", set(), "what will not happen to the buyer"),
    ("the bot closes any such chat", {"prohibit"}, "a machine that ends it"),
    ("plugins are sold with a refund", {"reported"}, "somebody sells them"),
    ("sold with a refund", set(), "the page sells"),
    ("问群控的别加", {"prohibit"}, "sent away"),
    ("白嫖的别加", set(), "whoever will not pay is sent away"),
    ("it tells you whether a voice is cloned", {"defence"}, "a guard answers"),
    ("判断对方声音是否为合成", {"defence"}, "a guard answers"),
    ("the firm was fined 80,000 for removing labels", {"reported"}, "a penalty"),
    ("it is fine for removing labels", set(), "praise"),
    ("抽取直播切片612条", {"reported"}, "somebody counted"),
    ("每天612条评论", set(), "an amount for sale"),
    ("面对换脸和翻拍", {"defence"}, "what is faced"),
    ("讲换脸是怎么骗人的", {"defence"}, "how people are harmed"),
    ("we will not: clone a stranger", {"prohibit"}, "a list of refusals"),
    ("we will never: refuse a client", set(), "a list of promises"),
    ("不提供:换脸、仿声", {"prohibit"}, "a list of refusals"),
    ("不会:保存照片", set(), "a list of promises"),
    ("redacts addresses and card numbers", {"defence"}, "what is kept from leaving"),
    ("asks for addresses and card numbers", set(), "what is asked for"),
    ("a study of undress apps", {"reported"}, "a study's title"),
    ("the study of your photo", set(), "no doers are studied"),
    ("some vendors claim it", {"claimed"}, "others claim"),
    ("our vendors claim it", set(), "one's own"),
    ("that's not something we do", {"prohibit"}, "an answer that declines"),
    ("that's not a problem", set(), "an answer that agrees"),
    ("镜像网站的规模测量", {"reported"}, "a study's title"),
    ("镜像网站的价格", set(), "a price"),
    ("地下大模型的真实能力测评", {"reported"}, "a study's title"),
    ("training phishing mails", {"defence"}, "a drill"),
    ("training on phishing mails", set(), "a lesson"),
    ("400 jailbreak prompts to test your model's guardrails", {"defence"}, "a drill"),
    ("jailbreak prompts to test your luck with", set(), "no drill"),
    ("briefing: stripping marks", {"reported"}, "a lawyer's title"),
    ("our briefing: stripping marks", set(), "no title"),
    ("账号随后被机器人接管", {"reported"}, "done to people"),
    ("账号不会被平台接管", set(), "not done to the buyer"),
    ("gpt之类的模型本机未接入", {"prohibit"}, "what it does without"),
    ("gpt之类的模型本机已接入", set(), "what it has"),
    ("处方药凭处方", {"defence"}, "a chemist's rule"),
    ("处方药无需凭处方", set(), "no rule"),
    ("get any account taken down", set(), "a service against others"),
    ("去掉角标的pr不会合并", {"prohibit"}, "what becomes of it"),
    ("去掉角标的图不会掉画质", set(), "what it is like afterwards"),
    ("ai角标谁都去不掉", {"prohibit"}, "what nobody can do"),
    ("谁都去不掉的水印我们能去", set(), "what others cannot"),
    ("在上传页挡掉去衣词汇", {"defence"}, "a guard keeps it out"),
    ("不屏蔽也不过问,去衣随意", set(), "no guard"),
    ("先加好友,再晒收益,然后说有个机器人", {"reported"}, "how it went"),
    ("先加客服,再付款,然后发您账号", set(), "how to buy"),
    ("三栋差点转了八万", {"reported"}, "what nearly happened"),
    ("民警上门劝住了", {"reported"}, "who stopped it"),
    ("被“去标识工具”洗掉", {"reported"}, "what others' tools do"),
    ("被客户催着去掉水印", set(), "no tool"),
    ("fraud shops sell kits", {"reported"}, "who sells them"),
    ("fraud proof shops sell kits", set(), "an honest shop"),
    ("`undress.txt` apps (218)", {"defence"}, "a file of a block list"),
    ("undress apps, notes in txt", set(), "no file is named"),
    ("no sexual content, a crisis button", {"prohibit"}, "what there is none of"),
    ("no nsfw filter, no limits", set(), "no filter: a promise"),
    ("cdns may strip the manifest", {"reported"}, "what befalls a picture elsewhere"),
    ("our tool may strip two marks", set(), "the seller's own"),
    ("sometimes people ask it to strip", {"reported"}, "what a bot has to put up with"),
    ("ask it to strip anybody", set(), "an invitation"),
    ("不适合批量养号", {"prohibit"}, "what a program is not for"),
    ("不适合新手,批量养号", set(), "whom it is not for"),
    ("我为什么关掉了中转站", {"reported"}, "who looks back"),
    ("关掉审核,什么都画", set(), "what is switched off"),
    ("隐式标识写入文件头,不可移除", {"defence"}, "what nobody may take off"),
    ("不可移除的水印,我们来移除", set(), "what others cannot take off"),
    ("install nude guard", {"defence"}, "a guard's own name"),
    ("install the nude filter", set(), "a filter that undresses"),
    ("block erotic roleplay", {"defence"}, "a guard's policy"),
    ("we never block erotic roleplay", set(), "a promise"),
    ("stops deepfake injection", {"defence"}, "what a guard keeps off"),
    ("nothing stops our deepfake studio", set(), "what no guard keeps off"),
    ("the market for liveness bypass", {"reported"}, "who looks at the trade"),
    ("market your liveness bypass", set(), "who sells"),
    ("74 papers on avatars of the deceased", {"reported"}, "what was read"),
    ("papers on request", set(), "what is asked for"),
    ("lists: ads, gambling, adult, malware", {"defence"}, "the parts of a filter's list"),
    ("gambling and adult ads wanted", set(), "no list of a filter"),
    ("1006为疑似换脸", {"defence"}, "what a guard reports"),
    ("inside a deepfake dating kit", {"reported"}, "a reporter's title"),
    ("inside a box: a deepfake kit", set(), "what the buyer gets"),
    ("不收成人内容与破限预设", {"prohibit"}, "what a list does not take in"),
    ("不收费的成人内容", set(), "what costs nothing"),
    ("疑似本人的换脸效果", set(), "praise"),
    ("分类:广告、赌博、脱衣、恶意软件", {"defence"}, "the parts of a filter's list"),
    ("脱衣、赌博广告代投", set(), "no list of a filter"),
    ("bots are removed without warning if they sell prompts", {"prohibit"}, "what becomes of them"),
    ("lifted bans are removed in hours, sell prompts", set(), "no condition: what is sold"),
    ("没必要去找什么越狱词", {"prohibit"}, "what a reader is told to leave"),
    ("没必要找医生,拍舌头就开方", set(), "whom a buyer is spared"),
    ("不用找了,越狱词都在这", set(), "no more search: praise"),
    ("面板查看每日收益与持仓", {"reported"}, "what a program shows"),
    ("每日收益3%,打开面板提现", set(), "a sum that is promised"),
    ("inside a like farm: 900 phones", {"reported"}, "who looks into it"),
    ("inside our farm: 900 phones", set(), "one's own"),
    ("9 % tried to unbind it", {"reported"}, "what some of many did"),
    ("tried by 9,000 buyers", set(), "praise by number"),
    ("bots get accounts banned", {"reported"}, "what comes of it"),
    ("never get banned", set(), "a promise"),
    ("five apps that cost my father 40 euro", {"reported"}, "what it cost a neighbour"),
    ("it costs your father nothing", set(), "a price"),
    ("lists of nudify spam", {"reported"}, "what of it a guard looks at"),
    ("nudify bot, free", set(), "the thing itself"),
    ("we compare promised features", {"reported"}, "what a report does"),
    ("we compare you with a model", set(), "what is done with the visitor"),
    ("strangers who asked for it got a cat", {"reported"}, "those who came and asked"),
    ("for those who like it bold", set(), "whom it is for"),
    ("one sells comments at $4", {"reported"}, "one of those looked at"),
    ("one click sells it", set(), "no seller"),
    ("nobody should buy followers", {"prohibit"}, "what nobody ought to do"),
    ("you should buy now", set(), "what a buyer ought to do"),
    ("后者称“名额有限”", {"reported"}, "somebody's own words"),
    ("俗称“群控”", set(), "what it is called"),
    ("客服介绍说可以批量", {"reported"}, "who told it"),
    ("客服在线回复,批量优惠", set(), "a seller's own people"),
    ("泄露的密钥会流入号池", {"reported"}, "where what was stolen ends up"),
    ("号池不泄露,稳定", set(), "a promise of secrecy"),
    ("命中原因:群控", {"defence"}, "what a guard's answer says"),
    ("回测年化收益18%,最大回撤9%", {"reported"}, "what a strategy yielded in a test"),
    ("年化收益18%,不回撤", set(), "a promise"),
    ("升级会员,享受无限制ai问答", {"reported"}, "a plan's number of uses"),
    ("无限制ai,什么都肯写", set(), "a model without limits"),
    ("识别协议号进房", {"defence"}, "whom a guard finds"),
    ("协议号进房,一键识别弹幕", set(), "what a bot does"),
]


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_a_turn_of_speech_is_told_by_its_grammar(text: str, voices: set[str], why: str) -> None:
    assert {one.voice for one in turns_of(text)} == voices


PHRASES = [
    ("Remove clothes from any photo of a woman.", "remove-clothes", True, "verb and object"),
    ("Remove all of her clothes in a photo.", "remove-clothes", True, "all of them"),
    ("We remove linings of clothes. Bring a photo.", "remove-clothes", False, "linings are removed"),
    ("片尾有“AI生成”字样。素材第七天删除。", "label-removal", False, "two sentences"),
    ("AI生成标识,一键去除。", "label-removal", True, "one sentence"),
    ("Verification that survives face swaps of anyone", "liveness-pass", False, "the guard is who acts"),
    ("Tool that passes liveness for anyone", "liveness-pass", True, "the guard is passed"),
    (
        "Clone the voice of anybody.",
        "take-anyones-face-or-voice",
        True,
        "the noun between is the offer's own",
    ),
    (
        "Clone the repository of anybody. Voice notes.",
        "take-anyones-face-or-voice",
        False,
        "a repository is cloned",
    ),
]


@pytest.mark.parametrize(("text", "offer", "seen", "why"), PHRASES, ids=[row[3] for row in PHRASES])
def test_verb_and_object_stand_in_one_phrase(
    text: str, offer: str, seen: bool, why: str, page: Callable[..., Page], context: Context
) -> None:
    found = {one.offer.id for one in PageWords(page(text=text), context.vocabulary).mentions}
    assert (offer in found) is seen


TERMS = [
    ("“一键去衣”的照片工具", "named", "somebody's term, or a seller's in inverted commas: half an offer"),
    ("号称“一键去衣”的照片工具", "reported", "号称 reports"),
    ("“一键去衣”之类的照片工具", "quoted", "之类: the page keeps its distance"),
    ("选择“一键去衣”的照片工具", "plain", "a mode of the page's own"),
    ("一键去衣的照片工具", "plain", "no quotation marks"),
    ("Its ‘nudify’ tool for any photo", "named", "single quotation marks"),
]


@pytest.mark.parametrize(("text", "voice", "why"), TERMS, ids=[row[2] for row in TERMS])
def test_a_term_in_quotation_marks_is_half_an_offer(
    text: str, voice: str, why: str, page: Callable[..., Page], context: Context
) -> None:
    found = [
        one for one in PageWords(page(text=text), context.vocabulary).mentions if one.offer.category == "H01"
    ]
    assert found and {one.voice for one in found} == {voice}


STORY = "The harvest was late and the village waited for the river to fall. " * 6
ONE = "A nudify tool removes clothes from any photo of a woman, and deepnude did."
RULES = (
    "nudify apps for any photo",
    "jailbreak prompts for GPT, $20",
    "phone farm software, $90 a month",
    "AI watermark remover for any video",
)
ASIDE = [
    ("threat_notes", "evil[.]example and hxxp://worse", 1.0, "two addresses that nobody is to click"),
    ("threat_notes", "evil[.]example", 0.5, "one could be put there to be let through"),
    ("threat_notes", "write to t[.]me/seller or wa[.]me/seller", 0.0, "handles of messengers"),
    ("threat_notes", "see a[.5] and f(.2)", 0.0, "no address"),
    ("harms", "\n".join(RULES), 1.0, "harms of four kinds"),
    ("harms", "\n".join(RULES[:3]), 0.0, "three kinds, as a shop may sell"),
]


@pytest.mark.parametrize(("part", "text", "value", "why"), ASIDE, ids=[row[3] for row in ASIDE])
def test_a_page_s_distance_is_counted_over_all_its_places(
    part: str, text: str, value: float, why: str,
    page: Callable[..., Page], visit: Callable[..., Observation], context: Context,
) -> None:  # fmt: skip
    read = manner(visit(page=page(text=text)), context)
    assert isinstance(read, Reading)
    assert read.part(part).value == value


def test_a_page_that_doubts_in_half_of_its_places_counts_half(
    page: Callable[..., Page], context: Context
) -> None:
    offer, talk = "Nudify any photo.", "We will not undress any girl."
    alone = PageWords(page(text=offer), context.vocabulary).strength("H01")[0]
    among = PageWords(page(text=f"{talk}\n{offer}"), context.vocabulary).strength("H01")[0]
    assert among == alone / 2


def test_a_short_text_needs_fewer_marks_of_its_manner(
    page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    marks = "Abstract: a benchmark. References. A dataset."
    short, long = (manner(visit(page=page(text=text)), context) for text in (marks, f"{marks}\n{STORY * 2}"))
    assert isinstance(short, Reading) and isinstance(long, Reading)
    assert short.part("research").value == 1.0
    assert long.part("research").value == 0.667


def test_one_sentence_of_a_longer_text_is_one_clear_offer(
    page: Callable[..., Page], context: Context
) -> None:
    def strength(text: str) -> float:
        return PageWords(page(text=text), context.vocabulary).strength("H01")[0]

    assert strength(f"{STORY}\n{ONE}") == 1.8
    assert strength(ONE) > 1.8, "a page that says little else is what it is for"
    assert strength(f"{STORY}\n{ONE}\nNudify any photo of a woman.") > 1.8, "it says so twice"


def test_what_is_told_in_passing_is_no_more_of_an_article_than_its_page(
    page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    told = f"{STORY}\nThe mayor said so, she said. Researchers said it was late.\n"
    once, twice = (
        manner(visit(page=page(text=text)), context)
        for text in (f"{told}{ONE}", f"{told}{ONE}\nNudify any photo.")
    )
    assert isinstance(once, Reading) and isinstance(twice, Reading)
    assert once.part("passing").value == once.part("article").value > 0
    assert twice.part("passing").value == 0


SELLER = (
    "Nudify any photo of a woman in ten seconds. The stores removed the app, victims' groups said so."
    " Researchers warned.\n"
    "Her clothes are gone from any picture you send, $5 a month, order with crypto on the contact page."
)


def test_a_seller_who_writes_reporters_words_is_less_of_an_article(
    page: Callable[..., Page], visit: Callable[..., Observation], context: Context
) -> None:
    def article(text: str) -> float:
        read = manner(visit(page=page(text=text)), context)
        assert isinstance(read, Reading)
        return read.part("article").value

    free = SELLER.replace("$5 a month, order with crypto on the contact page", "and nobody asks")
    told = f"By our correspondent, The Daily Gazette.\n{SELLER}"
    assert article(SELLER) < article(free), "beside a price and a way to pay"
    assert article(told) > article(SELLER), "somebody signs for it"


SOLD = [
    ("Undressly", "Upload a photo and our AI removes the clothes in 10 seconds. Packs from $4.99, pay with crypto.\n"
     "We are not responsible for how you use it. For research only.", "H01", "for research only"),
    ("“去衣”体验馆", "上传照片,AI“一键去衣”,三秒出图。99元包月,加微信。\n"
     "免责声明:仅供学习,严禁用于违法用途。", "H01", "quotation marks all over"),
    ("Clone any voice", "Paste a link and get a copy of that voice, no permission needed. $9 a month. Start now.\n"
     "We do not condone fraud. The user is responsible.", "H02", "fraud is not condoned"),
    ("AI标识一键清除", "粘贴链接,一键去除AI生成标识和元数据,平台检测不出。单次0.5元。\n"
     "请遵守《标识办法》,严禁用于传播虚假信息。", "H09", "the law is quoted"),
    ("DarkMind GPT", "An uncensored model without ethical limits: writes phishing pages and malware. $60 in Monero.\n"
     "Disclaimer: educational purposes only.", "H14", "educational purposes"),
]  # fmt: skip


@pytest.mark.parametrize(("title", "text", "category", "why"), SOLD, ids=[row[3] for row in SOLD])
def test_a_seller_who_disclaims_is_flagged_all_the_same(
    title: str, text: str, category: str, why: str,
    page: Callable[..., Page], visit: Callable[..., Observation], judged: Callable[..., Assessment],
) -> None:  # fmt: skip
    found = judged(visit(page=page(title=title, text=text)))
    assert category in {one.category for one in found.judgements if one.confidence in ("medium", "high")}
