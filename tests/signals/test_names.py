"""Names are compared with the few brands and tokens that the table picks, and no other would answer."""

from __future__ import annotations

import random

from domainscan.assess import Pack
from domainscan.signals.names import _resembles, _side_by_side, name_table


def _labels(pack: Pack) -> list[str]:
    chance = random.Random(5)
    labels = [
        "copperkettle",
        "milldam-choir",
        "a",
        "ｃｈａｔｇｐｔ",
        "сhatgрt",
        "rnidjourney",
        "0penai-1ogin",
    ]
    for brand in pack.vocabulary.brands:
        for _ in range(12):
            letters = list(brand.token)
            at = chance.randrange(len(letters))
            letters[at : at + chance.randrange(2)] = chance.choice(["", "l", "1", "0", "rn", "x", "-", "о"])
            labels.append("".join(letters) + chance.choice(["", "-app", "ai"]))
        labels += brand.names
    return labels


def test_the_table_leaves_out_no_brand_that_a_label_resembles(pack: Pack) -> None:
    table, met = name_table(pack.vocabulary), 0
    for label in _labels(pack):
        resembled = [brand for brand in pack.vocabulary.brands if _resembles(brand, label)]
        assert set(resembled) <= set(table.near(label)), label
        met += len(resembled)
    assert met > 200


def test_the_table_leaves_out_no_token_that_stands_in_a_label(pack: Pack) -> None:
    table = name_table(pack.vocabulary)
    for token in pack.vocabulary.tokens:
        for first in token.near[0]:
            label = f"x{first}ai"
            answers = [one for one in pack.vocabulary.tokens if _side_by_side(one, label, [label], ())]
            assert set(answers) <= set(table.tokens_in(label)), label


def test_the_owner_is_the_first_brand_that_holds_the_name_or_one_above_it(pack: Pack) -> None:
    table = name_table(pack.vocabulary)
    for name, token in (
        ("chatgpt.com", "chatgpt"),
        ("www.openai.com", "chatgpt"),
        ("notopenai.com", None),
        ("com", None),
    ):
        owner = table.owner(name)
        assert (owner.token if owner else None) == token
