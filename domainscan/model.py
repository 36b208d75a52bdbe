"""The frozen nouns of domainscan: what a visit saw, what it means, and what people decided.

Every type is a frozen, slotted `msgspec.Struct` rather than a dataclass: a result that is *either* facts *or* a
`Failure` is a tagged union (`Page | Failure`), and msgspec stores and reads such unions without a line of our own.
Times are UTC, ISO 8601, as text (`2026-11-23T14:00:00Z`). Names are A-labels in lower case without a trailing dot.
"""

from __future__ import annotations

import hashlib
from typing import Final, NamedTuple, TypeVar

import msgspec

from blocklists.lists import Reach as Reach  # noqa: PLC0414 - the words that both packages share
from blocklists.names import Name as Name  # noqa: PLC0414

# ---------------------------------------------------------------- failures

FAILURES: Final[dict[str, str]] = {
    # names
    "nxdomain": "the name does not exist (RCODE 3); not the same as unregistered",
    "no_data": "the name exists and has no record of this type",
    "servfail": "a resolver could not answer (RCODE 2); unknown, never dead",
    "refused": "the resolver or server refused (RCODE 5, or TCP reset on connect)",
    "malformed": "the answer could not be parsed",
    "cname_loop": "the chain of aliases is longer than the hop cap or returns to itself",
    # reaching
    "blocked_address": "an address the gate never lets a visit reach",
    "blocked_port": "a port outside [net] ports",
    "blocked_scheme": "a scheme other than http and https",
    "bad_redirect": "a redirect target that is not a well-formed URL, or none at all",
    "too_many_hops": "more redirects than the hop cap",
    "timeout": "no answer before the deadline",
    "unreachable": "no route, or the connection broke before an answer",
    "tls_error": "the TLS handshake failed",
    # content
    "bad_response": "not HTTP, or HTTP broken beyond repair",
    "too_large": "headers or body over the cap",
    "bad_encoding": "the content encoding could not be undone",
    "not_html": "a body that is not a text page",
    "parse_incomplete": "the parser ran into its limits; the page was not read to the end, which never means clean",
    "disallowed": "robots.txt asks visitors to stay out",
    "walled": "a check for robots, a log-in, an error or nothing in the page's place; what its visitors see is unknown",
    # looking things up
    "not_found": "the registry has no such object",
    "no_service": "nobody runs a registration service for this suffix",
    "rate_limited": "the service asked to come back later",
    # not looked
    "not_run": "this was not looked up in this visit",
    "gave_up": "the host failed so often in this scan that it is left alone",
    "over_budget": "so many questions were asked about the domain in this scan that it is left alone",
    "not_applicable": "the question makes no sense here",
    "no_resolver": "no resolver answered at all; nothing is known about the name",
}


class Record(msgspec.Struct, frozen=True):
    """The base of every noun: immutable, slotted, comparable by value."""


class Failure(Record, frozen=True, tag="failure"):
    """A closed status in place of a result. "Could not look" is never "nothing there"."""

    status: str
    detail: str = ""

    def __post_init__(self) -> None:
        if self.status not in FAILURES:
            raise ValueError(f"{self.status!r} is not a failure status: use one of {', '.join(FAILURES)}")


# ---------------------------------------------------------------- candidates and observations


class Candidate(Record, frozen=True):
    """A host, with an optional URL, that somebody or some source says is worth a look."""

    name: Name
    url: str = ""  # "" when only a name was given: the visit tries https, then http
    source: str = "argument"
    note: str = ""


class Answers(Record, frozen=True, tag="answers"):
    """The records of one type: values in presentation form, sorted; the alias chain that led to them."""

    values: tuple[str, ...]
    ttl_seconds: int = 0
    chain: tuple[Name, ...] = ()
    resolver: str = ""
    total: int = 0  # distinct values received; more than len(values) when they were cut


class Lookup(Record, frozen=True):
    """One record type of one name, and what came back."""

    rtype: str
    result: Answers | Failure


class Hop(Record, frozen=True):
    """One request of a visit: where it went, what answered, and the WARC record that holds it."""

    url: str
    address: str = ""
    http_status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    location: str = ""  # the next URL, resolved; "" at the end of the chain
    body_bytes: int = 0  # as received, before decoding
    milliseconds: int = 0
    failure: Failure | None = None
    record: str = ""  # WARC-Record-ID of the response; "" when nothing was received


class Link(Record, frozen=True):
    """An anchor: absolute URL, its text, and whether the page offers it as a download."""

    url: str
    text: str = ""
    rel: str = ""
    download: bool = False


class Field(Record, frozen=True):
    """One input of a form."""

    name: str
    kind: str  # the type attribute: text, password, file ...
    label: str = ""  # placeholder, aria-label or the label element's text
    accept: str = ""


class Form(Record, frozen=True):
    """A form, with its absolute action URL and what its buttons say."""

    action: str
    method: str
    fields: tuple[Field, ...] = ()
    buttons: tuple[str, ...] = ()


class Notice(Record, frozen=True):
    """An explicit label of AI-made content on a page: its words, where they stand, and whether a visitor sees them."""

    text: str  # of the block it stands in
    language: str  # zh | en
    elements: str  # both | no_ai | no_made: which of the two elements it has
    place: (
        str  # control | output | top | bottom | background | content | footer | dialog | agreement | script
    )
    persistence: str  # fixed | shell | flow | dialog
    visibility: str  # visible | faint | hidden | unknown
    detail: str = ""  # why it is not visible, or why nobody knows
    pixels: float = 0.0  # size of its type; 0: not measured


class Page(Record, frozen=True, tag="page"):
    """What a page says, read from its bytes. Every list is capped; `flags` says what was cut or odd."""

    url: str  # the final URL, which served these bytes
    http_status: int
    content_type: str = ""
    charset: str = ""
    body_bytes: int = 0  # after decoding
    body_digest: str = ""  # "sha256:..." of the decoded body
    text_digest: str = ""  # "sha256:..." of the normalised visible text
    title: str = ""
    description: str = ""
    language: str = ""  # the lang attribute, lower case
    headings: tuple[str, ...] = ()
    text: str = ""  # visible text, white space folded, block elements separated by newlines
    hidden_text: str = ""  # text that inline style hides
    links: tuple[Link, ...] = ()
    forms: tuple[Form, ...] = ()  # inputs outside any form are one Form with action "" and method ""
    buttons: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()  # absolute src URLs
    images: int = 0
    meta: tuple[tuple[str, str], ...] = ()
    flags: tuple[
        str, ...
    ] = ()  # truncated, incomplete, charset_guessed, encoding_mismatch, meta_refresh, refresh_header, frames ...
    image_alts: int = 0  # images with an alternative text; the texts themselves are not visible text
    record: str = ""  # WARC-Record-ID that holds these bytes, when an earlier visit received them
    received: str = ""  # and when that was
    notices: tuple[Notice, ...] | None = None  # explicit labels of AI-made content; None: nobody looked
    text_hash: str = ""  # simhash of the text, 16 hexadecimal digits; "" for one too short to compare
    shape_hash: str = ""  # simhash of the elements in their order
    told: str = (
        ""  # what a page that scripts draw says of itself to machines, a line each: meta tags, JSON-LD
    )
    accounts: tuple[str, ...] = ()  # analytics accounts that scripts name: "baidu:0123...", "google:G-..."


class Earlier(Record, frozen=True):
    """What an earlier visit read at a page's URL: a server may say that it is still so, and is asked."""

    page: Page
    etag: str = ""
    modified: str = ""  # Last-Modified, as the server wrote it
    record: str = ""  # of the bytes
    received: str = ""  # when they were
    fresh: bool = False  # young enough to take the server's word for it
    quiet: str = ""  # the digest of the pack by which the page proved nothing, when it did not


class Certificate(Record, frozen=True, tag="certificate"):
    """The leaf certificate of the first https hop on the candidate's own host, trusted or not."""

    subject: str
    issuer: str
    not_before: str
    not_after: str
    names: tuple[str, ...] = ()  # SANs, at most 100
    names_total: int = 0
    fingerprint: str = ""  # "sha256:..." of the DER
    key: str = ""  # "RSA 2048", "EC secp256r1"
    problems: tuple[str, ...] = ()  # expired, not_yet_valid, self_signed, wrong_host, untrusted


class Icon(Record, frozen=True, tag="icon"):
    """What is kept of a site's icon: never the picture."""

    url: str
    hash: str  # Shodan's: murmur3 of the base64, a signed decimal number
    digest: str  # "sha256:..." of its bytes
    size: int  # bytes
    record: str = ""  # WARC-Record-ID of the response's head


class Registration(Record, frozen=True, tag="registration"):
    """What RDAP says of the registrable domain (RFC 9083). A missing date is "", redaction is no suspicion."""

    domain: Name
    registered: str = ""
    changed: str = ""
    expires: str = ""
    registrar: str = ""
    registrar_id: str = ""
    statuses: tuple[str, ...] = ()
    nameservers: tuple[str, ...] = ()
    redacted: bool = False
    source: str = ""  # the RDAP URL that answered


class Observation(Record, frozen=True):
    """All that one visit saw of one name, at one time, from one vantage point."""

    id: str
    scan: str
    name: Name
    url: str  # the candidate's URL, or "" for a name alone
    at: str
    status: str  # observed | dead | failed
    reason: str = ""
    vantage: str = "default"
    resolution: tuple[Lookup, ...] = ()
    hops: tuple[Hop, ...] = ()
    page: Page | Failure = Failure("not_run")
    certificate: Certificate | Failure = Failure("not_run")
    registration: Registration | Failure = Failure("not_run")
    tool: str = ""
    second: Page | Failure = Failure("not_run")  # what the second profile was shown, where one is configured
    flags: tuple[str, ...] = ()  # of the name: wildcard, flux
    icon: Icon | Failure = Failure("not_run")  # fetched where `[net] favicons` asks for it

    def lookup(self, rtype: str) -> Answers | Failure:
        """The result for one record type; Failure("not_run") when it was not asked."""
        for one in self.resolution:
            if one.rtype == rtype:
                return one.result
        return Failure("not_run", rtype)

    def addresses(self) -> tuple[str, ...]:
        """All A and AAAA values."""
        found = (self.lookup(rtype) for rtype in ("A", "AAAA"))
        return tuple(value for one in found if isinstance(one, Answers) for value in one.values)


def observation_id(scan: str, name: str, url: str) -> str:
    """The id of a visit: the same scan, name and URL give the same id, so a shard that runs twice counts once."""
    return "o" + hashlib.sha256(f"{scan}\n{name}\n{url}".encode()).hexdigest()[:20]


def content_digest(observation: Observation) -> str:
    """A digest of what a visitor is offered; it changes when the content does, and a `none` decision is void then."""
    page = observation.page
    if isinstance(page, Failure):
        seen = page.status
    else:
        forms = "\n".join(f"{_bare(f.action)} {[field.kind for field in f.fields]}" for f in page.forms)
        downloads = "\n".join(sorted(_bare(link.url) for link in page.links if link.download))
        seen = "\n".join((page.title, page.text_digest, forms, downloads, *filter(None, (page.told,))))
    return "sha256:" + hashlib.sha256(seen.encode("utf-8", "surrogatepass")).hexdigest()


def _bare(url: str) -> str:
    """A URL without its scheme: the same page over http and https is the same content."""
    return url.partition("://")[2] or url


# ---------------------------------------------------------------- signals and assessments


class Part(Record, frozen=True):
    """One named piece of a reading, for signals that measure several things in one pass."""

    name: str
    value: float
    evidence: tuple[str, ...] = ()


class Reading(Record, frozen=True, tag="reading"):
    """What a signal measured: a value with its unit, and the words or facts that show it."""

    value: float | str
    unit: str
    evidence: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

    def part(self, name: str) -> Part:
        """The named part; a part nobody mentions was measured and is zero."""
        return next((part for part in self.parts if part.name == name), Part(name, 0.0))


class Visit(Record, frozen=True):
    """An earlier visit in one line, as the Context carries it."""

    at: str
    status: str
    content: str  # content_digest
    page: str = ""  # "ok" or a failure status


class Kin(NamedTuple):
    """A feature that a name shares with a decided case: `analytics:google:G-...`, `shape64~2:...` (2 bits differ)."""

    feature: str
    name: Name
    category: str = ""  # of the decision


class History(Record, frozen=True):
    """The as-of slice of the store that signals may use. Its digest is stored with the assessment."""

    as_of: str = ""
    visits: tuple[Visit, ...] = ()  # of this name, oldest first
    settled: str = ""  # content_digest at the last approved `none`; "" when there is none
    kin: tuple[Kin, ...] = ()  # what it shares with cases that people decided against
    owners: tuple[tuple[str, str], ...] = ()  # (registration number, registrable domain that showed it)

    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(msgspec.json.encode(self)).hexdigest()


class Fired(Record, frozen=True):
    """A rule that fired, with the reading that made it fire. Negative points are counter-evidence."""

    rule: str
    signal: str
    kind: str  # name | infrastructure | page | kin
    points: float
    value: float | str
    unit: str
    evidence: tuple[str, ...]
    reason: str
    harm: bool = False  # the harm itself was seen on the page


class Judgement(Record, frozen=True):
    """One category: three facts kept apart, and what they rest on."""

    category: str
    severity: str  # critical | high | medium | low
    confidence: str  # none | low | medium | high
    points: float
    kinds: tuple[str, ...]
    fired: tuple[Fired, ...]
    counter: tuple[Fired, ...] = ()


PAGE: Final = "page"


class Unmeasured(Record, frozen=True):
    """A signal that could not be measured, and why; `PAGE`: the page itself, in whose place something else stood."""

    signal: str
    status: str
    detail: str = ""


class Assessment(Record, frozen=True):
    """A pack's judgement of one observation."""

    id: str
    observation: str
    name: Name
    at: str
    pack: str
    pack_digest: str
    context_digest: str
    judgements: tuple[Judgement, ...]  # categories at `low` or more, gravest first
    unknown: tuple[Unmeasured, ...]
    content: str
    settled: bool = False  # people decided `none` on this very content
    compromised: bool = False  # an ordinary site that somebody broke into: tell the owner, never block
    quiet: bool = False  # nothing on the page proves anything: the same page need not be read again for it
    made_at: str = ""  # when it was judged; `at` is when the visit was
    tool: str = ""  # the code that judged
    suffixes: str = ""  # digest of the public suffixes that it looked names up in

    @property
    def flagged(self) -> bool:
        """Any category at confidence medium or high, and not settled by people on the same content."""
        return not self.settled and any(CONFIDENCES[j.confidence] >= 2 for j in self.judgements)


def unseen(observation: Observation, assessment: Assessment | None) -> str:
    """Why a visit that was answered was not shown the site's page, "walled: a log-in"; "" where it was."""
    if observation.status != "observed":
        return ""
    page = observation.page
    walls = () if assessment is None else assessment.unknown
    why = page if isinstance(page, Failure) else next((one for one in walls if one.signal == PAGE), None)
    return "" if why is None else f"{why.status}: {why.detail}".removesuffix(": ")


CONFIDENCES: Final[dict[str, int]] = {"none": 0, "low": 1, "medium": 2, "high": 3}
SEVERITIES: Final[dict[str, int]] = {"low": 0, "medium": 1, "high": 2, "critical": 3}
KINDS: Final[tuple[str, ...]] = ("name", "infrastructure", "page", "kin")

CATEGORIES: Final[dict[str, tuple[str, str, bool]]] = {
    # id: (harm, severity, text only: no media of such pages is ever stored)
    "H01": ("non-consensual sexual imagery", "critical", True),
    "H02": ("face or voice cloning without consent", "high", False),
    "H03": ("impersonation fraud", "high", False),
    "H04": ("harm to minors", "critical", True),
    "H05": ("fake or shell AI brand", "medium", False),
    "H06": ("phishing or malware riding on an AI brand", "high", False),
    "H07": ("public generative service without filing", "low", False),
    "H08": ("sale of tools or tutorials for illegal AI", "medium", False),
    "H09": ("label evasion", "low", False),
    "H10": ("professional-advice claims", "medium", False),
    "H11": ("bot-farm tooling", "medium", False),
    "H12": ("sexual companion chat without age gate", "high", True),
    "H13": ("data poisoning and black-hat answer-engine services", "low", False),
    "H14": ("attack tooling", "high", False),
    "H15": ("misuse of the dead", "low", False),
}


def category_id(text: str) -> str:
    """What people type for a category as its id is spelled; whether there is such a one is another question."""
    return text.strip().upper()


# ---------------------------------------------------------------- decisions, orders, checks

MEASURES: Final[dict[str, str]] = {
    # from the mildest to the gravest
    "none": "no action",
    "notify-owner": "tell the site's owner",
    "ask-documents": "ask the operator for filing or licence documents",
    "label-fix": "ask the operator to add or repair AI-content labels",
    "escalate": "hand to police or the competent hotline",
    "takedown": "ask the platform or host to take the content down",
    "cancel-access": "ask the access provider to stop connecting the site",
    "suspend-name": "ask the registrar or registry to stop the name's resolution",
    "block": "put the name on carriers' block lists",
}


class Person(Record, frozen=True):
    """A reviewer or approver. The token is shown once and stored hashed."""

    id: str
    role: str  # reviewer: proposes; approver: proposes and approves
    state: str  # active | pending | revoked
    added: str


class Decision(Record, frozen=True):
    """A person's proposal and another person's answer to it."""

    id: int
    name: Name
    measure: str
    reach: Reach
    category: str
    reason: str
    expires: str  # date; "" only for measures that impose nothing
    proposer: str
    proposed_at: str
    state: str  # proposed | approved | rejected | lifted | expired
    approver: str = ""
    decided_at: str = ""
    ended_at: str = ""
    ended_by: str = ""
    ended_reason: str = ""
    assessment: str = ""  # the assessment the proposer saw
    content: str = ""  # its content digest
    appeal: str = ""  # the open appeals' texts, each on a line of its own


class OrderItem(Record, frozen=True):
    """One line of an order."""

    action: str  # apply | lift
    decision: int
    name: Name
    reach: Reach
    measure: str
    category: str
    expires: str
    evidence: str = ""  # digest of the observation's evidence
    addresses: tuple[str, ...] = ()  # as evidence only, never to be blocked by address


class Order(Record, frozen=True):
    """A numbered request to one recipient."""

    number: int
    recipient: str
    state: str  # draft | issued | received | executed | rejected
    drafted_at: str
    drafted_by: str
    items: tuple[OrderItem, ...]
    issued_at: str = ""
    issued_by: str = ""
    receipt_due: str = ""
    execution_due: str = ""
    digest: str = ""  # sha256 of the letter and annex as issued
    refused: tuple[int, ...] = ()  # numbers of the items that the recipient sent back, where it took others
    until: str = ""  # until when it was given time instead of `execution_due`

    def asked(self) -> tuple[OrderItem, ...]:
        """The items that the recipient was asked for and did not send back."""
        if self.state in ("draft", "rejected"):
            return ()
        return tuple(item for number, item in enumerate(self.items, 1) if number not in self.refused)


class Receipt(Record, frozen=True):
    """What the recipient answered to an order."""

    order: int
    status: str  # received | executed | rejected
    at: str
    recorded_by: str
    reference: str = ""
    note: str = ""
    items: tuple[int, ...] = ()  # numbers of the items that it is about; none: all
    until: str = ""  # until when the recipient was given time


class Check(Record, frozen=True):
    """What a probe saw of one measure at one recipient."""

    recipient: str
    name: Name
    decision: int
    at: str
    verdict: str  # none | partial | full | over | lifted | unknown
    wanted: str  # full | lifted
    detail: str = ""


T = TypeVar("T")


def encode(record: object) -> bytes:
    """Any of these nouns as JSON bytes."""
    return msgspec.json.encode(record)


def decode(data: bytes, kind: type[T]) -> T:
    """The noun that `encode` wrote. Raises msgspec.ValidationError on anything else."""
    return msgspec.json.decode(data, type=kind)
