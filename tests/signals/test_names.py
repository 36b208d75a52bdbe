"""Names are compared with the few brands that the table picks, and cut into words by one search."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from domainscan.assess import BadPack, Pack, load_pack
from domainscan.signals.lookalikes import name_table, resembles
from domainscan.signals.segments import segments


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
        resembled = [brand for brand in pack.vocabulary.brands if resembles(brand, label)]
        assert set(resembled) <= set(table.near(label)), label
        met += len(resembled)
    assert met > 200


@pytest.mark.parametrize(
    ("label", "words", "why"),
    [
        ("sundressai", ["sundress", "ai"], "the longer word takes its letters with it"),
        ("nudemenu", ["nude", "menu"], "words side by side"),
        ("clothes-remover", ["clothes", "remover"], "a hyphen parts words"),
        ("deep-nude", ["deepnude"], "and long ones it does not"),
        ("big-nu-design", ["design"], "a short word does not cross a hyphen"),
        ("canudexus", [], "a short word stands at an end, or beside another"),
        ("xnude", ["nude"], "as here"),
        ("kennyaiporn", ["ai", "porn"], "a cue between a word and what may be one"),
        ("kaiporn", ["porn"], "one letter is no word"),
        ("domainnude", ["domain", "nude"], "the cue is inside a word"),
        ("nud1fy", ["nudify"], "a digit for a letter"),
        ("nudifyy", ["nudify"], "the word is there, whatever follows"),
        ("undreess", ["undres"], "a doubled letter"),
        ("n-u-d-e-p-i-c-s", ["nude", "pics"], "spelled out"),
        ("ｎｕｄｅ-pics", ["nude", "pics"], "full width"),
        ("zai脱衣", ["脱衣"], "Chinese has no ends of words"),
        ("milldam", [], "nothing"),
    ],
)
def test_a_label_is_cut_into_words(label: str, words: list[str], why: str, pack: Pack) -> None:
    found = [list(cut.words) for cut in segments(pack.vocabulary).cuts(label)]
    assert words in (found or [[]]), (why, found)


def test_every_word_that_a_token_begins_with_is_found_by_itself(pack: Pack) -> None:
    table = segments(pack.vocabulary)
    for token in pack.vocabulary.tokens:
        for word in (one for slot in token.near[:1] for one in slot if not one.startswith("@")):
            pieces = [piece for cut in table.cuts(word) for piece in cut.words]
            assert any(not table.classes(piece).isdisjoint(token.near[0]) for piece in pieces), word


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('[[token]]\ncategory = "H01"\nworth = 1\nnear = [["@fruit"], ["@vegetable"]]\n', "vegetable"),
        ('[[token]]\ncategory = "H99"\nworth = 1\nnear = [["@fruit"]]\n', "closed list"),
        ('[[token]]\ncategory = "H01"\nworth = 1\nnear = []\n', "needs"),
        ('[[fingerprint]]\nid = "p"\nkind = "parked"\nnetworks = ["192.0.2.7/24"]\n', "host bits"),
    ],
)
def test_a_pack_with_words_that_mean_nothing_is_refused(row: str, why: str, tmp_path: Path) -> None:
    start = '[pack]\nname = "p"\nversion = "1"\nlow = 1.0\nmedium = 3.0\nhigh = 6.0\n[namewords]\nfruit = ["quince"]\n'
    (tmp_path / "pack.toml").write_text(start + row, "utf-8")
    with pytest.raises(BadPack, match=why):
        load_pack(tmp_path)


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
