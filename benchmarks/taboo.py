"""What no lexicon may hold and no fitted weight may rest on: opinion, belief, origin, language, the news of the day."""

from __future__ import annotations

from typing import Final

# Politics, government criticism, protest, religion, ethnicity, origin.
OPINION: Final = (
    "election", "vote rigging", "president", "parliament", "senator", "congress", "party leader",
    "communis", "democra", "republican", "socialis", "dissident", "activist", "protest",
    "demonstration against", "strike action", "riot", "censorship of", "human rights",
    "freedom of speech", "regime", "propaganda", "corruption", "war crime", "invasion", "refugee",
    "immigrant", "terroris", "muslim", "islam", "christian", "buddhis", "jewish", "hindu", "bible",
    "quran", "mosque", "ethnic", "uyghur", "tibet", "kurd", "roma people", "black people", "minority",
    "gay", "lesbian", "transgender", "earthquake", "pandemic", "vaccine", "rumour", "rumor", "opinion",
    "fake news", "政治", "选举", "总统", "主席", "总理", "民主", "自由", "人权", "抗议", "示威", "游行",
    "罢工", "上访", "维稳", "腐败", "贪官", "独裁", "共产", "党员", "异见", "宗教", "佛教", "基督",
    "伊斯兰", "穆斯林", "清真", "民族", "藏族", "维吾尔", "回族", "汉族", "台独", "港独", "战争", "难民",
    "移民", "恐怖主义", "同性恋", "地震", "疫情", "疫苗", "谣言", "舆情", "言论", "时政",
)  # fmt: skip
# What any program says of itself, harmful or not.
DISCLAIMER: Final = (
    "disclaimer", "educational purpose", "for educational", "own risk", "responsible for", "responsibility", "liable",
    "liability", "seller_rule", "免责", "仅供学习", "学习交流", "风险自负",
)  # fmt: skip
# Countries, peoples and languages. Access "from here" and "from abroad" is not among them: it is what relays sell.
ORIGIN: Final = (
    "china", "chinese", "russia", "japan", "korea", "india", "vietnam", "ukrain", "america", "europe", "africa",
    "taiwan", "hong kong", "english", "spanish", "french", "german", "arabic", "persian", "turkish", "中国", "中文",
    "汉语", "英文", "英语", "日本", "日语", "韩国", "俄罗斯", "俄语", "印度", "越南", "乌克兰", "美国", "欧洲", "台湾",
    "香港", "澳门", "北京", "上海", "广东", "福建", "河南",
)  # fmt: skip
# Words for the young: a table that weighs letters of names shall not rest on them.
YOUNG: Final = (
    "loli", "shota", "teen", "kid", "child", "girl", "boy", "minor", "school", "young", "baby", "jail", "tiny",
)  # fmt: skip
