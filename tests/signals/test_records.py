"""Records, guards' rules, diaries and entries of directories: what is counted or kept off there is no offer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domainscan.model import CONFIDENCES, Assessment, Observation, Page
from domainscan.signals.context import Context, PageWords

# Who guards, counts, keeps a diary, asks for help or lists products: none is flagged.
HONEST = [
    (
        "counts of a record",
        'id: "faces", about: "generated faces", upvotes: 310, verified: true, price: "free"',
    ),
    (
        "a guard's samples",
        '("a tool that undresses", content.NSFW, "Nudify any photo."), ("a shop", content.OK, "Tea.")',
    ),
    (
        "a pattern",
        r"Pattern: regexp.MustCompile(`(?i)(nude\s*(photo|image)|undress ai|nudify)`), Name: `nude`",
    ),
    ("a diary of habits", "- Viewed pornography - Used an AI sex chatbot - Slept late"),
    ("an index", "- [Writing](#writing) - [NSFW chat](#nsfw-chat) - [Companions](#companions)"),
    ("what it is none of", "This is **not** a private reverse-engineered ChatGPT client."),
    ("non-goals", "## Non-goals\n- No reverse-engineered ChatGPT API\n- No shared login"),
    ("a warning", "This message promises a guaranteed daily profit by an AI trading bot."),
    ("a test of liveness", "3. Can't bypass liveness with a printed photo or a face swap."),
    ("a list by name", 'adultKeywords = ["nudify", "undress ai", "nsfw chat"]'),
    ("a case", '{ input: "nudify any photo", expected: "refuse" }'),
    (
        "an order to a classifier",
        'Answer "unsafe" if the prompt wants nude edits of a photo of a real person.',
    ),
    ("an inventory of hosts", "ai-adult.txt, 300 hosts: undress apps and AI girlfriends with nsfw chat."),
    ("news", "Schools grapple with undress apps; teachers say pictures of colleagues were made."),
    ("a law", "Whoever sells an undress app for pictures of real persons is liable."),
    ("a court", "Two men were fined for a bot that made nude images of women from photos."),
    ("help", "If someone made an AI nude of you: save the links, call us, do not pay."),
    ("the one it was done to", "My former partner used an undress app on a photo of me. What can I do?"),
    ("a study", "Interviews with 30 users of AI companions about erotic roleplay and trust."),
    ("a basket", "Can the dress be removed from my order? The photos of it looked different."),
    ("a doctor", "Send a photo of the rash without clothing over it; upload takes a minute."),
    ("a mark that stays", "Cropping does not remove the invisible watermark of the generator."),
    (
        "a journal",
        "Trading journal: log trades of AI trading bots and see whether the guaranteed daily returns came.",
    ),
    ("a person nobody is", "A package to train a LoRA of virtual influencers."),
    ("a photographer", "Sesión de fotos en el estudio, con o sin ropa de invierno, tú eliges."),
]

# An entry of a directory about a product of its own; a relay's own line beside it is flagged.
ENTRIES = [
    ("Brushleaf AI", "Free image generator, no sign up, 40 styles.", False),
    ("Origin Lens", "Free AI detector for GPT-4 and Claude texts, no login.", False),
    ("Claude", "Useful for long prompts and detailed context.", False),
    ("Penwright", "A free ChatGPT alternative for essays.", False),
    ("Free GPT", "Free GPT-4 and Claude, no login, no API key, mirror of the official site.", True),
]

VOICES = [
    ("The bot's command is /undress: (?i)nudify|undress ai", {"plain"}),
    ("upvotes: 12 for the nudify app, free", {"plain"}),
    ("Two taps lead to the result of our undress AI", {"plain"}),
]


@pytest.mark.parametrize(("why", "text"), HONEST, ids=[why for why, _ in HONEST])
def test_whoever_counts_guards_or_helps_sells_nothing(
    why: str, text: str, page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    strong = {one.offer.category for one in read.mentions if read.strength(one.offer.category)[0] >= 0.9}
    assert not strong, why


@pytest.mark.parametrize(("title", "text", "flagged"), ENTRIES, ids=[title for title, _, _ in ENTRIES])
def test_an_entry_about_a_product_of_its_own_is_no_relay(
    title: str,
    text: str,
    flagged: bool,
    page: Callable[..., Page],
    visit: Callable[..., Observation],
    judged: Callable[..., Assessment],
) -> None:
    found = judged(visit(page=page(title=title, text=text)))
    relays = [one for one in found.judgements if one.category == "H07" and CONFIDENCES[one.confidence] >= 2]
    assert bool(relays) is flagged


@pytest.mark.parametrize(("text", "voices"), VOICES, ids=[text[:40] for text, _ in VOICES])
def test_whoever_sells_speaks_plainly(
    text: str, voices: set[str], page: Callable[..., Page], context: Context
) -> None:
    read = PageWords(page(text=text), context.vocabulary)
    assert {one.voice for one in read.mentions if one.offer.id == "undress-tool"} == voices
