"""Who reports on attacks by model, and the kits that are told of by no price: a copied page's code, drainers, lists."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

import domainscan
from domainscan.model import CONFIDENCES, Assessment, Observation, Page
from domainscan.signals.context import Context, PageWords
from domainscan.signals.turns import turns_of

PACKS = Path(domainscan.__file__).parent / "packs"

SOLD = [
    (
        "log-ins-written-down",
        "$user = $_POST['username']; $pass = $_POST['password']; "
        "file_put_contents('log.txt', $user.$pass); header('Location: https://facebook.com');",
    ),
    (
        "log-ins-written-down",
        "pw = request.form['password'] requests.get('https://api.telegram.org/bot1/send') # template: paypal",
    ),
    ("wallets-emptied", "Solana drainer, template of a mint page. Works with MetaMask and WalletConnect."),
    ("wallets-emptied", "授权盗币源码,支持多种钱包,后台归集。"),
    ("log-ins-tried-by-the-list", "Spotify checker: load combos, hits are saved with plan and country."),
    (
        "log-ins-tried-by-the-list",
        "Load a combo list of email:password, watch the CPM, keep the working ones.",
    ),
]

# Who guards, teaches, tests or tells: none is flagged.
HONEST = [
    (
        "a store's own log-in",
        "$hash = password_hash($_POST['password'], PASSWORD_BCRYPT); file_put_contents('app.log', $user); "
        "// templates for facebook and gmail log-in",
    ),
    ("a warning", "A wallet drainer asks for an approval in MetaMask. Revoke what you do not know."),
    (
        "a guard's advice",
        "Attackers try combos of email:password by OpenBullet. A WAF and a second factor stop most hits.",
    ),
    ("what a model is", "WormGPT is a nefarious cousin of a well known chatbot, made without guardrails."),
    ("an alert", "WormGPT和FraudGPT在黑客论坛出现,不法分子用它生成钓鱼邮件,企业应提高安全意识。"),
    ("a lesson of a house", "攻击手段:用大模型自动生成钓鱼邮件。根本原因:缺乏二次验证。"),
    (
        "a rule of a filter",
        "{ id: 'jb-4', subcategory: 'jailbreak', pattern: /do anything now/i, severity: 'HIGH' }",
    ),
    (
        "a tool without limits of use",
        "Free grammar checker, no limits, no subscriptions, premium quality: bring your own AI.",
    ),
    ("a drill", "Gophish plugin: write phishing emails with a language model for your next staff test."),
    ("a lure by its name", "Crypto giveaway scam. A role for the trainer: no real wallet, no real payment."),
    (
        "a market",
        "The AI humanizer market is projected to grow. These tools rewrite text to evade AI detectors.",
    ),
    ("an office", "集中整治批量养号、刷量刷评、虚假种草等问题;严查组织水军等行为。"),
    ("a test of models", "用于评估大语言模型在面对越狱提示词时的安全性,自动评分,支持多模型对比。"),
]

TURNS = [
    ("subcategory: 'jailbreak'", {"defence"}, "a guard's row"),
    ("category: 'jailbreak'", set(), "a shop's row"),
    ("scam patterns = ['double your coins']", {"defence"}, "a guard's list"),
    ("jailbreaks = ['be max']", set(), "a collection's list"),
    ("expect: refusal", {"defence"}, "what a test waits for"),
    ("expect: fun", set(), "no test"),
    ("five signs of a fraud", {"reported"}, "by what it is known"),
    ("signs of use", set(), "no fraud"),
    ("re.compile(r'nudify')", {"defence"}, "a guard's pattern"),
    ("compile it and nudify", set(), "no pattern"),
    ("attempts to bypass the filter", {"defence"}, "what a probe does"),
    ("bypass the filter at the first attempt", set(), "what a seller promises"),
    ("describe methods to bypass kyc", {"defence"}, "what a model is asked"),
    ("this is a training simulation", {"defence"}, "a drill"),
    ("training by simulation", set(), "a lesson"),
    ("the market is projected to reach two billion", {"reported"}, "a report of a market"),
    ("the market is open", set(), "a shop"),
    ("a scammer uploads the clip", {"reported"}, "what a swindler does"),
    ("a scammer's toolbox", set(), "a thing for him"),
    ("tp 0059: accounts opened by the mass", {"reported"}, "a catalogue"),
    ("依法整治网络水军", {"reported"}, "an office"),
    ("打击大师一键清评", set(), "a product's name"),
    ("负面清理", set(), "a service"),
    ("组织刷票刷评等行为", {"reported"}, "an office's list"),
    ("帮你解决限流、封号等行为", set(), "what a seller solves"),
    ("仿某模型官方app传播木马", {"reported"}, "news of an imitation"),
    ("谨防假冒官网传播木马", set(), "a seller's warning"),
    ("攻击手法:先问后骗", {"reported"}, "an attack is told"),
    ("以下关于免杀的说法,错误的是?", {"reported"}, "a question of a test"),
    ("以下说明请看完", set(), "a seller's notes"),
    ("评估模型的安全性", {"defence"}, "a test of models"),
    ("评估你的预算", set(), "no test of models"),
]


@pytest.mark.parametrize(("offer", "text"), SOLD, ids=[f"{one}: {text[:20]}" for one, text in SOLD])
def test_a_kit_of_these_kinds_is_seen(
    offer: str, text: str, page: Callable[..., Page], context: Context
) -> None:
    words = PageWords(page(text=text), context.vocabulary)
    assert offer in {one.offer.id for one in words.mentions if one.worth >= 0.9}


def test_every_offer_of_the_file_has_a_text() -> None:
    written = tomllib.loads((PACKS / "offers-kits.toml").read_text("utf-8"))["offer"]
    assert {one["id"] for one in written} == {offer for offer, _ in SOLD}


@pytest.mark.parametrize(("why", "text"), HONEST, ids=[why for why, _ in HONEST])
def test_whoever_tells_of_attacks_is_not_flagged(
    why: str,
    text: str,
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    found = judged(visit(page=page(text=text)))
    assert not [one.category for one in found.judgements if CONFIDENCES[one.confidence] >= 2], why


@pytest.mark.parametrize(("text", "voices", "why"), TURNS, ids=[f"{row[2]}: {row[0][:20]}" for row in TURNS])
def test_a_report_is_told_by_its_grammar(text: str, voices: set[str], why: str) -> None:
    heard = {one.voice for one in turns_of(text)}  # some sentences take a turn of another kind as well
    assert voices <= heard if voices else not heard
