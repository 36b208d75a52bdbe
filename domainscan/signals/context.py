"""Context: what a signal may know beside the observation, frozen and as of one moment."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache, wraps
from ipaddress import ip_network
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import msgspec

from blocklists.names import parse_name
from blocklists.suffixes import Suffixes
from domainscan.model import Failure, History, Observation, Page, Record
from domainscan.read.identifiers import identifiers_of
from domainscan.read.kinds import Identifier
from domainscan.read.registers import Registers
from domainscan.signals.hints import Hint, Hints
from domainscan.signals.lexicon import Lexicon
from domainscan.signals.lines import page_lines
from domainscan.signals.offers import Mention, Offer, Offers, mentions, strength
from domainscan.signals.weights import Letters, Weights, Wording
from domainscan.signals.words import Words


class Brand(Record, frozen=True, forbid_unknown_fields=True):
    """An AI brand: how it is spelled in host names and on pages, and whose names use it rightly."""

    token: str
    names: tuple[str, ...]
    owners: tuple[str, ...]
    known: tuple[
        str, ...
    ] = ()  # others who use the brand with right: mirrors of the owner, well-known partners
    # Of the owners' names, those under which others have pages: code hosts, app builders.
    tenants: tuple[str, ...] = ()
    distinct: bool = True  # False: also an ordinary word or first name
    typos: bool = True  # False: an honest name lies one slip away
    unless: tuple[str, ...] = ()  # other words that hold the token or resemble it; "*": any letters


class Token(Record, frozen=True, forbid_unknown_fields=True):
    """Words of abuse in a label of a host name; worth 1 (a hint) or 2 (says it).

    `near`: one word of each list stands in the label, each another word of it, or is the suffix. "@fruit" stands
    for the words of that class. `without`: none of these does.
    """

    category: str
    worth: float
    near: tuple[tuple[str, ...], ...]
    without: tuple[str, ...] = ()
    suffix: bool = True  # whether the suffix may be one of the words
    begins: bool = False  # whether the label must begin with the first word
    alone: bool = False  # whether these words must be the whole label


class Fingerprint(Record, frozen=True, forbid_unknown_fields=True):
    """How a provider answers for a site it has cut, a parking service for a name without one, a guard for a robot."""

    id: str
    kind: str  # cut | parked | wall
    http_status: int = 0
    texts: tuple[str, ...] = ()
    locations: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()  # where a service answers from; only its own, as clouds have many tenants
    headers: tuple[str, ...] = ()  # "name: value", lower case; the value begins so
    titles: tuple[str, ...] = ()  # how a page's title begins, lower case
    scripts: tuple[str, ...] = ()  # parts of the addresses of a page's scripts
    says: str = ""  # what a wall is, for people


class Public(Record, frozen=True, forbid_unknown_fields=True):
    """A feature that makes no kin, as it is nobody's: a product's default icon, an id of examples."""

    kind: str
    value: str
    what: str
    source: str


class Vocabulary:
    """The words of a pack, compiled; remembers the last page, as many signals ask about the same one."""

    def __init__(  # noqa: PLR0913, PLR0917  one argument per table of a pack
        self,
        groups: Mapping[str, Iterable[str]],
        offers: tuple[Offer, ...] = (),
        brands: tuple[Brand, ...] = (),
        tokens: tuple[Token, ...] = (),
        fingerprints: tuple[Fingerprint, ...] = (),
        namewords: Mapping[str, tuple[str, ...]] | None = None,
        registers: Registers | None = None,
        public: tuple[Public, ...] = (),
        hints: Iterable[Hint] = (),
        wording: Wording | None = None,
        letters: Wording | None = None,
    ) -> None:
        self.public = frozenset(f"{one.kind}:{one.value}" for one in public)
        self.offers, self.brands, self.tokens = offers, brands, tokens
        self.token_begins = frozenset(
            word for one in tokens for word in one.near[0]
        )  # a name without has none
        self.namewords = dict(namewords or {})
        self.registers = registers or Registers()
        self.hints = Hints(hints)
        self.weights = Weights(wording)
        self.letters = Letters(letters)
        self.offers_by_group = Offers(offers)
        self.topics = _topics(offers)
        self.cut = tuple(
            (one, tuple((text, text.lower()) for text in one.texts))
            for one in fingerprints
            if one.kind == "cut"
        )  # with the texts as they are looked for
        walls = [one for one in fingerprints if one.kind == "wall"]
        self.wall_titles = tuple((title, one.says) for one in walls for title in one.titles)
        self.wall_texts = tuple((text.lower(), one.says) for one in walls for text in one.texts)
        self.wall_scripts = tuple((part, one.says) for one in walls for part in one.scripts)
        self.wall_headers: dict[str, list[tuple[str, str]]] = {}
        for one in walls:
            for name, _, value in (header.partition(":") for header in one.headers):
                self.wall_headers.setdefault(name, []).append((value.strip(), one.says))
        parked = [one for one in fingerprints if one.kind == "parked"]
        self.parking = frozenset(server for one in parked for server in one.nameservers)
        networks = [ip_network(net) for one in parked for net in one.networks]
        self.parking_ranges = tuple(
            (net.version, int(net.network_address), int(net.broadcast_address)) for net in networks
        )
        self.tenants = frozenset(name for one in brands for name in one.tenants)
        self.brands_by_group = tuple((f"brand:{one.token}", one) for one in brands)
        named = {group: one.names for group, one in self.brands_by_group}
        self.brand_groups = frozenset(named)
        self._groups = {**groups, **named}
        self._last: tuple[Page, PageWords] | None = None

    @cached_property
    def lexicon(self) -> Lexicon:
        """Made when the first page is read: who wants a pack's rules or tables alone waits a third of the time."""
        return Lexicon(self._groups)

    def prepare(self) -> None:
        """Make what the first page would wait for: 0.3 s."""
        _ = self.lexicon, self.weights.lexicon, self.hints.lexicons

    def read(self, page: Page) -> PageWords:
        """The words of a page; the same object while the same page is asked for."""
        if self._last is None or self._last[0] is not page:
            self._last = (page, PageWords(page, self))
        return self._last[1]


def _topics(offers: Iterable[Offer]) -> dict[str, frozenset[str]]:
    """Category -> the groups that only its offers ask for: words that name the harm; prices are everybody's."""
    of: dict[str, set[str]] = {}
    offers = tuple(offers)
    common = {group for one in offers for group in one.common}
    for one in offers:
        for group in (group for slot in one.near for group in slot if group not in common):
            of.setdefault(group, set()).add(one.category)
    found: dict[str, set[str]] = {}
    for group, (category, *others) in of.items():
        if not others:
            found.setdefault(category, set()).add(group)
    return {category: frozenset(groups) for category, groups in found.items()}


class PageWords:
    """A page's words, with the offers found in them."""

    def __init__(self, page: Page, vocabulary: Vocabulary) -> None:
        self._page, self._vocabulary = page, vocabulary
        self._strengths: dict[str, tuple[float, tuple[str, ...]]] = {}  # a dozen signals ask for the same

    @cached_property
    def words(self) -> Words:
        """Made when first asked for: who wants the numbers of a quiet page alone need not have it folded."""
        return Words(page_lines(self._page), self._vocabulary.lexicon)

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        return mentions(self.words, self._vocabulary.offers_by_group)

    @cached_property
    def by_category(self) -> dict[str, list[Mention]]:
        """The offers found, by the category of their harm."""
        found: dict[str, list[Mention]] = {}
        for one in self.mentions:
            found.setdefault(one.offer.category, []).append(one)
        return found

    @cached_property
    def brands(self) -> tuple[Brand, ...]:
        """The brands that the page names."""
        present = self.words.among(self._vocabulary.brand_groups)
        if present.isdisjoint(self._vocabulary.brand_groups):  # as on most pages: 3 µs less
            return ()
        return tuple(one for group, one in self._vocabulary.brands_by_group if group in present)

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Registration numbers in title, description, text and the links of official look-ups."""
        return identifiers_of(self._page)

    def strength(self, category: str) -> tuple[float, tuple[str, ...]]:
        """How strongly the page offers a category's harm, and the words that show it."""
        known = self._strengths.get(category)
        if known is None:
            found = self.by_category.get(category, ())
            known = self._strengths[category] = strength(found, category) if found else (0.0, ())
        return known

    @cached_property
    def hidden(self) -> PageWords:
        """The words of the text that the page hides; two signals ask, and reading it costs as much as a page."""
        page = self._page
        text = Page(url=page.url, http_status=page.http_status, text=page.hidden_text)
        return PageWords(text, self._vocabulary)

    @cached_property
    def hosts(self) -> tuple[str, ...]:
        """The host of each of the page's links."""
        return tuple([host_of(link.url) for link in self._page.links])

    @cached_property
    def urls(self) -> str:
        """The addresses of the page's links in lower case, between blanks: what is in none is looked for once."""
        return " ".join([link.url for link in self._page.links]).lower()


class Context(Record, frozen=True):
    """A frozen as-of slice of the history, the pack's vocabulary, and the public suffixes."""

    history: History
    vocabulary: Vocabulary
    suffixes: Suffixes
    # What was measured already, with the observation it was measured of: signals ask for each other's readings.
    known: dict[str, tuple[Observation, Any]] = msgspec.field(default_factory=dict)

    def page(self, observation: Observation) -> Page | Failure:
        """The candidate's own page, or why there is none.

        What another site served after a redirect is that site's: attribution never crosses a redirect.
        """
        page = observation.page
        if isinstance(page, Failure):
            return page
        return _own_page(observation, self)

    def read(self, observation: Observation) -> PageWords | Failure:
        """The words of the candidate's own page, or the failure that stands in its place."""
        page = self.page(observation)
        return page if isinstance(page, Failure) else self.vocabulary.read(page)

    def same_site(self, one: str, other: str) -> bool:
        """Whether two hosts belong to one registrant: same registrable domain, or the same host."""
        if one == other:
            return True
        mine = self.suffixes.registrable(one)
        return mine is not None and mine == self.suffixes.registrable(other)


T = TypeVar("T")


def once(measured: Callable[[Observation, Context], T]) -> Callable[[Observation, Context], T]:
    """`measured`, remembered in the context for the observation it was last asked of.

    Twenty signals ask for the page, three for the labels, and `lures` for two further readings.
    """
    name = measured.__qualname__

    @wraps(measured)
    def remembered(observation: Observation, context: Context) -> T:
        known = context.known.get(name)
        if known is None or known[0] is not observation:
            known = context.known[name] = (observation, measured(observation, context))
        found: T = known[1]
        return found

    return remembered


@once
def _own_page(observation: Observation, context: Context) -> Page | Failure:
    page = observation.page
    if isinstance(page, Failure):
        return page
    host = host_of(page.url)
    if host and not context.same_site(host, observation.name):
        return Failure("not_applicable", f"served by {host}")
    # An error's page is not the site's, unless it sells: browsers show it whatever its status.
    if page.http_status >= 400 and page.http_status != 404 and not context.vocabulary.read(page).mentions:
        return Failure("not_applicable", f"HTTP {page.http_status}")
    if not (page.text.strip() or page.title.strip()):
        return Failure("parse_incomplete", "the page has no text of its own")
    return page


_WEB_HOST: Final = re.compile(r"https?://([a-z0-9.-]+)(?=[/?#]|\Z)")


def host_of(url: str) -> str:
    """The host of a URL as an A-label in lower case; "" when there is none to read."""
    plain = _WEB_HOST.match(url)
    if plain:  # 0.4 µs a link, not 6; most of a page lead to few hosts
        return _named(plain[1])
    try:
        return _named(urlsplit(url).hostname or "")
    except ValueError:
        return ""


@lru_cache(maxsize=1024)
def _named(host: str) -> str:
    try:
        return parse_name(host)
    except ValueError:
        return ""
