"""Hints: how terms with numbers, names and kinds are found and added up, and what a pack may not say of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from domainscan.assess import BadPack, load_pack
from domainscan.signals.hints import Hint, Hints, add_up
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.words import Words


def hint(kind: str, worth: float, *terms: str, **more: object) -> Hint:
    return Hint(kind, ("H07",), worth, "a reason", "a source", terms, **more)  # type: ignore[arg-type]


def kinds_on(hints: list[Hint], text: str, title: str = "", host: str = "") -> tuple[list[str], bool]:
    """The kinds that count on a page, strongest first, and whether both roles are there."""
    words = Words([("title", title), ("text", text)], Lexicon({}))
    counted, both = add_up(tuple(Hints(hints).seen(words, host.split("."), ())), "H07")
    return [one.hint.kind for one in counted], both


NUMBERS = [
    ("送#次", "登录送20次", True, "digits in the middle"),
    ("送#次", "登录送 20 次", True, "with blanks"),
    ("送#次", "每天送十次", True, "a Chinese numeral"),
    ("送#次", "送若干次", False, "no number"),
    ("每天#%", "每天1.8%", True, "a fraction in the middle"),
    ("#元包月", "9.9元包月", True, "at the edge the nearest digit does"),
    ("#毛", "一毛不拔", False, "一 is no number: it stands in too many words"),
    ("# messages", "20 messages a day", True, "Latin words keep their blanks"),
]


@pytest.mark.parametrize(("term", "text", "found", "why"), NUMBERS, ids=[row[3] for row in NUMBERS])
def test_a_term_with_a_number_finds_every_number(term: str, text: str, found: bool, why: str) -> None:
    assert (kinds_on([hint("quota", 0.5, term)], text)[0] == ["quota"]) is found, why


NAMES = [
    ("title", "*gpt*", "鲸落GPT", "", True, "any part of the title"),
    ("title", "*gpt*", "鲸落", "", False, "the text is not the title"),
    ("title", "ai", "Air shows", "", False, "a whole word"),
    ("host", "*ai", "", "lvchaai", True, "the end of a label"),
    ("host", "ai", "", "lvcha-ai2", True, "between a hyphen and a digit"),
    ("host", "ai", "", "airport", False, "letters inside another word"),
]


@pytest.mark.parametrize(
    ("place", "term", "title", "host", "found", "why"), NAMES, ids=[row[5] for row in NAMES]
)
def test_a_name_holds_a_term(place: str, term: str, title: str, host: str, found: bool, why: str) -> None:
    kinds, _ = kinds_on([hint("named", 0.2, term, place=place)], "gpt 聊天", title, host)
    assert (kinds == ["named"]) is found, why


def test_a_kind_counts_once_with_its_strongest_hint() -> None:
    two = [hint("quota", 0.3, "额度"), hint("quota", 0.6, "签到")]
    words = Words([("text", "签到领额度")], Lexicon({}))
    counted, _ = add_up(tuple(Hints(two).seen(words, (), ())), "H07")
    assert [one.hint.worth for one in counted] == [0.6]


def test_no_word_is_of_two_kinds_and_the_longer_term_holds_the_shorter() -> None:
    three = [hint("software", -0.9, "开源"), hint("wrapper", 0.5, "基于开源项目"), hint("queue", 0.2, "项目")]
    assert kinds_on(three, "基于开源项目部署")[0] == ["wrapper"]
    assert kinds_on(three, "开源")[0] == ["software"]


def test_a_category_needs_what_is_offered_and_how() -> None:
    both = [hint("model", 0.5, "gpt", topic=True), hint("quota", 0.5, "签到")]
    assert kinds_on(both, "gpt 签到") == (["model", "quota"], True)
    assert kinds_on(both, "签到") == (["quota"], False)
    assert kinds_on(both, "gpt") == (["model"], False)


WRONG = [
    ('category = ["H99"]', "closed list"),
    ('category = ["H07"]\nplace = "footer"', "place"),
    ('category = ["H07"]\ngroups = ["nobody"]', "group"),
    ('category = ["H07"]\nplace = "host"\ngroups = ["known"]', "groups for a page"),
    ('category = ["H07"]\nreason = " "', "a reason"),
    ('category = ["H07"]\nworth = nan', "worth"),
]


@pytest.mark.parametrize(("row", "said"), WRONG, ids=[row[1] for row in WRONG])
def test_a_pack_refuses_a_hint(row: str, said: str, tmp_path: Path) -> None:
    lines = [row]
    for key, value in (
        ("kind", '"x"'),
        ("worth", "0.5"),
        ("reason", '"r"'),
        ("source", '"s"'),
        ("terms", '["t"]'),
    ):
        if f"{key} =" not in row:
            lines.append(f"{key} = {value}")
    pack = '[pack]\nname = "p"\nversion = "1"\nlow = 1\nmedium = 3\nhigh = 6\n[group]\nknown = ["a"]\n'
    (tmp_path / "pack.toml").write_text(pack + "[[hint]]\n" + "\n".join(lines) + "\n", "utf-8")
    with pytest.raises(BadPack, match=said):
        load_pack(tmp_path)


def test_a_pack_accepts_the_same_hint_without_the_mistake(tmp_path: Path) -> None:
    pack = '[pack]\nname = "p"\nversion = "1"\nlow = 1\nmedium = 3\nhigh = 6\n'
    row = '[[hint]]\nkind = "x"\ncategory = ["H07"]\nworth = 0.5\nterms = ["t"]\nreason = "r"\nsource = "s"\n'
    (tmp_path / "pack.toml").write_text(pack + row, "utf-8")
    assert load_pack(tmp_path).vocabulary.hints


def test_an_item_of_a_list_of_what_is_forbidden_is_no_hint() -> None:
    goods = Lexicon({"list_ban": ["禁售"], "prohibit": ["禁止"]})
    hints = Hints([hint("unbound", 1.0, "越狱"), hint("attack", 1.5, "盗号")])
    for text, kinds in (
        ("禁售:越狱提示词;盗号软件。", set()),
        ("热卖:越狱提示词;盗号软件。", {"unbound", "attack"}),
    ):
        words = Words([("title", "名录"), ("text", text)], goods)
        assert {one.hint.kind for one in hints.seen(words, (), ())} == kinds
