"""Handles count where the page wants to be contacted under them."""

from __future__ import annotations

import pytest

from domainscan.model import Link
from domainscan.read.contacts import contacts_in

TEXTS = [
    ("Telegram: @quiet_harbour", ["telegram:quiet_harbour"], "Telegram"),
    ("飞机联系 @QuietHarbour", ["telegram:quietharbour"], "its nickname, in small letters"),
    ("Telegram is a messenger", [], "the word alone"),
    ("客服QQ：23456789", ["qq:23456789"], "QQ"),
    ("QQ群 345678901 欢迎", ["qq:345678901"], "a group"),
    ("QQ 2024年", [], "a year"),
    ("微信号：harbour_2024", ["wechat:harbour_2024"], "WeChat"),
    ("加vx: 13912345678", ["wechat:13912345678"], "WeChat by telephone"),
    ("微信支付 now", [], "a payment, and a short word"),
    ("联系电话：13912345678", ["phone:13912345678"], "a telephone"),
    ("Call +44 20 7946 0018 today", ["phone:442079460018"], "an international one"),
    ("订单号 13912345678", [], "a number without a word of contact is any number"),
    ("Order 13912345678 shipped", [], "the same in English"),
    ("邮箱 sales@quiet-harbour.example", ["email:sales@quiet-harbour.example"], "e-mail"),
    (
        "Contact us at sales@quiet-harbour.example.",
        ["email:sales@quiet-harbour.example"],
        "e-mail, in English",
    ),
    ("The author, j.smith@university.example, writes", [], "an author's"),
    ("Telegram: " + "x" * 20 + " @far_away_name", [], "too far away"),
]


@pytest.mark.parametrize(("text", "expected", "why"), TEXTS, ids=[row[2] for row in TEXTS])
def test_handles_in_a_text(text: str, expected: list[str], why: str) -> None:
    assert contacts_in(text, ()) == expected


LINKS = [
    ("https://t.me/QuietHarbour", ["telegram:quietharbour"], "a channel"),
    ("https://t.me/QuietHarbour/42", ["telegram:quietharbour"], "a message in it"),
    ("https://t.me/+AbCdEfGhIjKl", ["telegram:+AbCdEfGhIjKl"], "an invitation, whose letters count"),
    ("https://t.me/joinchat/AbCdEfGhIjKl", ["telegram:+AbCdEfGhIjKl"], "the older form"),
    ("https://t.me/share/url?url=x", [], "a button to share"),
    ("https://start.me/p/QuietHarbour", [], "another host that ends alike"),
    ("https://wpa.qq.com/msgrd?v=3&uin=23456789&site=qq", ["qq:23456789"], "a QQ button"),
    ("mailto:Sales@Quiet-Harbour.example?subject=hi", ["email:sales@quiet-harbour.example"], "e-mail"),
    ("tel:+8613912345678", ["phone:13912345678"], "a telephone, without the country"),
    ("https://wa.me/442079460018", ["phone:442079460018"], "WhatsApp"),
    ("https://api.whatsapp.com/send?phone=442079460018", ["phone:442079460018"], "its older form"),
    ("https://quiet-harbour.example/contact", [], "a page"),
    ("https://t.me:bad/x", [], "no address at all"),
]


@pytest.mark.parametrize(("url", "expected", "why"), LINKS, ids=[row[2] for row in LINKS])
def test_handles_in_links(url: str, expected: list[str], why: str) -> None:
    assert contacts_in("", [Link(url)]) == expected


def test_no_page_has_more_than_twenty_handles() -> None:
    assert len(contacts_in("", [Link(f"https://t.me/handle_{n}") for n in range(99)])) == 20
