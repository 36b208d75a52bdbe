"""Probes say what is so: in force, in part, too much, gone again, or unknown; silence is never success."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import dns.asyncquery
import dns.message
import dns.rcode
import pytest
from msgspec.structs import replace

from blocklists.formats import FORMATS, Settings
from blocklists.lists import Entry, block_list
from blocklists.suffixes import load_suffixes
from domainscan.config import Config, Recipient, load_config
from domainscan.enforce import Want, is_failed, load_signs, verify, wants_of
from domainscan.enforce.carriers import Surroundings, names_to_ask, signs_of
from domainscan.enforce.edges import Edge
from domainscan.enforce.registry import state_of
from domainscan.enforce.verdicts import STATES, Seen, combine, compare, judge
from domainscan.lab.carriers import Carrier
from domainscan.lab.internet import Lab
from domainscan.model import Answers, Failure, Hop, Name, Order, OrderItem, Reach, Registration
from domainscan.net.fetch import Reply

NOW = "2026-11-23T15:00:00Z"
HERE, ELSEWHERE, SINK = Answers(("192.0.2.10",)), Answers(("198.51.100.7",)), Answers(("0.0.0.0",))

# ---------------------------------------------------------------- pure: one answer beside the control's


@pytest.mark.parametrize(
    ("control", "seen", "state", "why"),
    [
        (HERE, HERE, "same", "the same address"),
        (HERE, Answers(("192.0.2.99",)), "same", "a neighbour in the same /24, as content networks answer"),
        (HERE, Failure("nxdomain"), "blocked", "CNAME . in RPZ"),
        (HERE, Failure("no_data"), "blocked", "CNAME *. in RPZ"),
        (HERE, Failure("refused"), "blocked", "refused, while it serves us otherwise"),
        (HERE, SINK, "blocked", "an address that leads nowhere"),
        (HERE, Answers(("203.0.113.9",)), "blocked", "the recipient's configured sinkhole"),
        (HERE, Answers(("198.51.100.1",), chain=(Name("notice.example"),)), "blocked", "its notice host"),
        (HERE, ELSEWHERE, "differs", "somewhere else, which may be a content network"),
        (HERE, Failure("timeout"), "silent", "no answer is no block"),
        (HERE, Failure("servfail"), "silent", "a broken resolver is no block"),
        (Failure("timeout"), Failure("nxdomain"), "silent", "without a control nothing is known"),
        (Failure("nxdomain"), Failure("nxdomain"), "dead", "the name is gone for everybody"),
        (Failure("no_data"), Failure("no_data"), "dead", "no AAAA for anybody"),
        (Failure("no_data"), Failure("nxdomain"), "blocked", "the name exists, says the control"),
        (Failure("nxdomain"), SINK, "blocked", "a dead name in a sinkhole"),
        (Failure("nxdomain"), ELSEWHERE, "differs", "only they know this address"),
        (SINK, SINK, "same", "the site itself points nowhere"),
        (HERE, Answers(("0.0.0.0", "192.0.2.10")), "same", "one address of two leads nowhere: whoever asks gets there"),
        (HERE, Answers(("0.0.0.0", "198.51.100.7")), "differs", "one leads nowhere, and one elsewhere"),
    ],
)  # fmt: skip
def test_compare(control: Any, seen: Any, state: str, why: str) -> None:
    assert compare(control, seen, {"203.0.113.9", "notice.example"}) == state, why


@pytest.mark.parametrize(
    ("states", "whole"),
    [
        (("same", "dead"), "same"), (("blocked", "dead"), "blocked"), (("blocked", "same"), "mixed"),
        (("dead", "dead"), "dead"), (("blocked", "silent"), "silent"), (("same", "differs"), "differs"),
    ],
)  # fmt: skip
def test_combine(states: tuple[str, ...], whole: str) -> None:
    assert combine(states) == whole


def seen(*states: str, inside: bool = True) -> list[Seen]:
    return [Seen(f"r{i}", Name("alpha.example"), inside, one) for i, one in enumerate(states)]


@pytest.mark.parametrize(
    ("states", "outside", "full", "lifted"),
    [
        (("blocked",), (), "full", "full"),
        (("blocked", "blocked"), ("same", "dead", "silent"), "full", "full"),
        (("same",), (), "none", "lifted"),
        (("blocked", "same"), (), "partial", "partial"),
        (("mixed",), (), "partial", "partial"),
        (("blocked",), ("blocked",), "over", "full"),
        (("blocked",), ("mixed",), "over", "full"),
        (("same",), ("blocked",), "over", "lifted"),
        (("dead",), (), "unknown", "unknown"),
        (("silent",), (), "unknown", "unknown"),
        (("differs",), (), "unknown", "unknown"),
        (("blocked", "silent"), (), "unknown", "partial"),
        (("same", "silent"), (), "none", "unknown"),
        (("same", "differs"), (), "none", "unknown"),
        ((), ("same",), "unknown", "unknown"),
    ],
)
def test_judge(states: tuple[str, ...], outside: tuple[str, ...], full: str, lifted: str) -> None:
    every = seen(*states) + seen(*outside, inside=False)
    assert judge("full", every).verdict == full
    assert judge("lifted", every).verdict == lifted


def test_silence_never_becomes_a_success() -> None:
    """Whatever else was seen, an unanswered question inside a measure is neither `full` nor `lifted`."""
    for others in itertools.product(STATES, repeat=2):
        for state, wanted in itertools.product(("silent", "differs"), ("full", "lifted")):
            assert judge(wanted, seen(state, *others)).verdict not in ("full", "lifted"), others


@pytest.mark.parametrize(
    ("wanted", "verdict", "failed"),
    [
        ("full", "full", False), ("full", "none", True), ("full", "partial", True), ("full", "over", True),
        ("lifted", "lifted", False), ("lifted", "full", True), ("lifted", "partial", True),
        ("full", "unknown", False), ("lifted", "unknown", False),
    ],
)  # fmt: skip
def test_which_checks_fail(wanted: str, verdict: str, failed: bool) -> None:
    assert is_failed(wanted, verdict) == failed


@pytest.mark.parametrize(
    ("control", "sibling", "signs", "why"),
    [
        (Failure("nxdomain"), ELSEWHERE, {"203.0.113.9", "198.51.100.7"}, "unknown names go to its search page"),
        (Failure("nxdomain"), replace(ELSEWHERE, chain=(Name("search.example"),)),
         {"203.0.113.9", "198.51.100.7", "search.example"}, "through an alias"),
        (HERE, HERE, {"203.0.113.9"}, "the site has every name: what they say of one is the site, and no sign"),
        (Failure("nxdomain"), Failure("nxdomain"), {"203.0.113.9"}, "as it should be"),
    ],
)  # fmt: skip
def test_what_a_resolver_says_of_no_such_name_stands_for_a_block_there(
    control: Any, sibling: Any, signs: set[str], why: str
) -> None:
    recipient = Recipient("c", fingerprints=("203.0.113.9",))
    assert signs_of(recipient, (control, Failure("no_data")), (sibling, Failure("no_data"))) == signs, why


@pytest.mark.parametrize(
    ("statuses", "resolves", "state", "why"),
    [
        (("client hold",), False, "blocked", "suspended"),
        (("Server Hold", "active"), False, "blocked", "by the registry itself"),
        (("client hold",), True, "mixed", "suspended, and served all the same"),
        (("active",), True, "same", "in use"),
        (("active",), False, "silent", "dead for another reason"),
        (None, True, "same", "the registry says nothing, and it is there"),
        (None, False, "silent", "the registry says nothing: no hold was seen"),
    ],
)
def test_only_a_hold_is_a_suspension(
    statuses: tuple[str, ...] | None, resolves: bool, state: str, why: str
) -> None:
    silence = Failure("timeout")
    found = silence if statuses is None else Registration(Name("alpha.example"), statuses=statuses)
    assert state_of(found, resolves)[0] == state, why


PAGES: list[tuple[str, int, str, bytes, str, str]] = [
    ("provider", 200, "", b"A page", "same", "the page"),
    ("provider", 301, "https://alpha.example/", b"", "same", "its own https"),
    ("provider", 302, "https://www.alpha.example/x", b"", "same", "its www"),
    ("provider", 302, "https://other.example/", b"", "differs", "another site, maybe a notice"),
    ("provider", 302, "https://alpha.example.evil.example/", b"", "differs", "one that only begins alike"),
    ("provider", 302, "https://gone.provider.example/?d=alpha", b"", "blocked", "the provider's notice"),
    ("provider", 403, "", b"This site was CUT OFF", "blocked", "the provider's own words"),
    ("provider", 403, "", b"Forbidden", "differs", "a refusal that is no known sign"),
    ("provider", 404, "", b"", "differs", "a page that is gone may be the site's own doing"),
    ("platform", 404, "", b"", "blocked", "a platform answers so for what it took down"),
    ("platform", 451, "", b"", "blocked", "for legal reasons (RFC 7725)"),
    ("platform", 500, "", b"", "differs", "a fault"),
]


@pytest.mark.parametrize(("kind", "status", "location", "body", "state", "why"), PAGES)
def test_what_an_edge_serves(
    kind: str, status: int, location: str, body: bytes, state: str, why: str
) -> None:
    recipient = Recipient("p", kind, fingerprints=("cut off", "gone.provider.example"))
    edge = Edge(recipient, None, "probe", ())  # type: ignore[arg-type]  # nothing is fetched here
    reply = Reply(Hop("", http_status=status, location=location), body)
    for name in ("alpha.example", "www.alpha.example"):
        assert edge.read(reply, Name(name))[0] == state, why


# ---------------------------------------------------------------- pure: what is asked


def test_a_measure_is_asked_about_inside_and_just_outside() -> None:
    suffixes = load_suffixes(("lab", "pages.lab"))
    known = {Name("a.b.lab"): (Name("a.b.lab"), Name("x.a.b.lab"))}
    around = Surroundings("rnd", known, (Name("canary.lab"),), lambda name: name == "www.b.lab")
    asked = names_to_ask(Want(Name("a.b.lab"), Reach.WWW, "block", 1, "full"), around, suffixes)
    assert asked == (
        ("a.b.lab", True), ("www.a.b.lab", True), ("rnd.a.b.lab", False), ("x.a.b.lab", False),
        ("b.lab", False), ("canary.lab", False),
    )  # fmt: skip
    tenant = names_to_ask(Want(Name("t.pages.lab"), Reach.SUBTREE, "block", 1, "full"), around, suffixes)
    assert tenant == (
        ("t.pages.lab", True),
        ("www.t.pages.lab", True),
        ("rnd.t.pages.lab", True),
        ("canary.lab", False),
    )


def test_a_name_of_full_length_is_asked_about_without_its_children() -> None:
    long = Name(".".join(["a" * 61] * 4))
    around = Surroundings("probe-123456789abc", {}, (), lambda name: False)
    asked = names_to_ask(Want(long, Reach.SUBTREE, "block", 1, "full"), around, load_suffixes())
    assert (long, True) in asked
    assert all(len(name) <= 253 for name, _ in asked)


CARRIER = Recipient("carrier-a")


def order(number: int, state: str, *items: tuple[str, int], recipient: str = "carrier-a") -> Order:
    lines = tuple(
        OrderItem(
            action,
            one,
            Name("alpha.example"),
            Reach.HOST,
            "block",
            "H01",
            "2027-02-21",
            addresses=("192.0.2.1",),
        )
        for action, one in items
    )
    return Order(number, recipient, state, NOW, "lin", lines)


@pytest.mark.parametrize(
    ("state", "orders", "published", "wanted", "why"),
    [
        ("approved", [], (), [], "nobody was asked yet"),
        ("approved", [order(1, "draft", ("apply", 1))], (), [], "a draft asks nobody"),
        ("approved", [order(1, "rejected", ("apply", 1))], (), [], "the recipient said no"),
        (
            "approved",
            [replace(order(1, "executed", ("apply", 2), ("apply", 1)), refused=(2,))],
            (),
            [],
            "it sent this one back",
        ),
        (
            "approved",
            [order(1, "issued", ("apply", 1), recipient="other")],
            (),
            [],
            "somebody else was asked",
        ),
        ("approved", [order(1, "issued", ("apply", 1))], (), ["full"], "ordered"),
        ("approved", [], ("alpha.example",), ["full"], "listed"),
        ("approved", [], ("example",), [], "no parent of it is listed by that"),
        ("lifted", [order(1, "executed", ("apply", 1))], (), ["lifted"], "ordered once, lifted since"),
        ("expired", [], ("alpha.example",), ["lifted"], "listed once, over since"),
        ("proposed", [], ("alpha.example",), [], "never decided"),
    ],
)
def test_what_is_wanted_of_a_carrier(
    state: str, orders: list[Order], published: tuple[str, ...], wanted: list[str], why: str, decision: Any
) -> None:
    found = wants_of(CARRIER, [decision(state=state)], orders, published, NOW)
    assert [one.wanted for one in found] == wanted, why


def test_an_ended_measure_under_another_one_in_force_is_not_expected_to_be_gone(decision: Any) -> None:
    narrow = decision(id=1, name=Name("shop.alpha.example"), state="lifted")
    again = decision(id=2, name=Name("shop.alpha.example"))
    wide = decision(id=3, name=Name("alpha.example"), reach=Reach.SUBTREE)
    listed = ("shop.alpha.example", "alpha.example")
    assert [one.decision for one in wants_of(CARRIER, [narrow, again], [], listed, NOW)] == [2]
    assert [one.decision for one in wants_of(CARRIER, [narrow, wide], [], listed, NOW)] == [3]
    assert [one.decision for one in wants_of(CARRIER, [narrow], [], listed, NOW)] == [1]


# ---------------------------------------------------------------- against real servers


def load(carrier: Carrier, *entries: tuple[str, Reach]) -> None:
    listed = block_list(Entry(Name(name), reach) for name, reach in entries)
    file = carrier.plan.folder / "next.rpz"
    file.write_text("".join(FORMATS["rpz"].write(listed, Settings(1, NOW))), "utf-8")
    carrier.reload(file if entries else None)


def config_of(lab: Lab, tmp_path: Path, *recipients: Recipient) -> Config:
    file = tmp_path / "config.toml"
    file.write_text(lab.config_text(), "utf-8")
    config, _ = load_config((file,), {}, {})
    return replace(config, recipient=(*config.recipient, *recipients))


async def check(
    config: Config, recipient: str, *wants: Want, canaries: tuple[str, ...] = ("quiet.lab",)
) -> list[str]:
    checks = await verify(
        {recipient: wants},
        config,
        known=lambda name: (),
        canaries=[Name(one) for one in canaries],
        signs=load_signs(),
        suffixes=load_suffixes(("lab", "pages.lab")),
        label="probe-0123456789ab",
        now=NOW,
    )
    return [one.verdict for one in checks]


def block(name: str, wanted: str = "full", reach: Reach = Reach.HOST) -> Want:
    return Want(Name(name), reach, "block", 1, wanted)


async def test_a_carriers_measure_is_seen_to_come_and_to_go(
    carrier: Carrier, lab: Lab, tmp_path: Path
) -> None:
    config = config_of(lab, tmp_path, Recipient("c", resolvers=(carrier.address,)))
    wants = (block("one.lab"), block("wild.lab", reach=Reach.SUBTREE), block("two.lab", reach=Reach.WWW))
    gone = tuple(replace(one, wanted="lifted") for one in wants)
    assert await check(config, "c", *wants) == ["none", "none", "none"]
    load(carrier, ("one.lab", Reach.HOST), ("wild.lab", Reach.SUBTREE), ("two.lab", Reach.WWW))
    assert await check(config, "c", *wants) == ["full", "full", "full"]
    assert await check(config, "c", *gone) == ["full", "full", "full"]
    load(carrier)
    assert await check(config, "c", *gone) == ["lifted", "lifted", "lifted"]


async def test_less_and_more_than_was_asked_are_told_apart(
    carrier: Carrier, lab: Lab, tmp_path: Path
) -> None:
    config = config_of(lab, tmp_path, Recipient("c", resolvers=(carrier.address,)))
    load(carrier, ("two.lab", Reach.HOST), ("one.lab", Reach.SUBTREE), ("quiet.lab", Reach.HOST))
    assert await check(config, "c", block("two.lab", reach=Reach.WWW), canaries=()) == ["partial"]
    assert await check(config, "c", block("one.lab"), canaries=()) == ["over"]
    assert await check(config, "c", block("two.lab"), canaries=()) == ["full"]
    assert await check(config, "c", block("two.lab"), canaries=("quiet.lab",)) == ["over"]


async def test_one_resolver_of_two_is_half_a_measure(carrier: Carrier, lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path, Recipient("c", resolvers=(carrier.address, lab.resolvers[1])))
    load(carrier, ("one.lab", Reach.HOST))
    assert await check(config, "c", block("one.lab"), block("one.lab", "lifted")) == ["partial", "partial"]


async def test_a_resolver_that_does_not_answer_proves_nothing(
    carrier: Carrier, lab: Lab, tmp_path: Path
) -> None:
    config = config_of(lab, tmp_path, Recipient("c", resolvers=(carrier.address,)))
    load(carrier, ("one.lab", Reach.HOST))
    carrier.stop()
    assert await check(config, "c", block("one.lab"), block("two.lab", "lifted")) == ["unknown", "unknown"]


class Refusing(asyncio.DatagramProtocol):
    """A resolver that refuses these names, or all where there are none, and passes other questions on."""

    def __init__(self, behind: str, *names: str) -> None:
        self._behind, self._names = behind, names
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        task = asyncio.ensure_future(self._answer(dns.message.from_wire(data), addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, asked: dns.message.Message, peer: Any) -> None:
        name = asked.question[0].name.to_text(omit_final_dot=True).lower()
        if not self._names or name in self._names:
            answer = dns.message.make_response(asked)
            answer.set_rcode(dns.rcode.REFUSED)
        else:
            host, _, port = self._behind.rpartition(":")
            answer = await dns.asyncquery.udp(asked, host, port=int(port), timeout=5)
        self._transport.sendto(answer.to_wire(), peer)


@pytest.mark.parametrize(
    ("refused", "verdicts", "why"),
    [
        ((), ["unknown", "unknown"], "it serves nobody like us: that is no block"),
        (("one.lab",), ["full", "full"], "the control: it refuses what it blocks"),
    ],
)
async def test_a_resolver_that_refuses_whatever_it_is_asked_proves_nothing(
    refused: tuple[str, ...], verdicts: list[str], why: str, lab: Lab, tmp_path: Path
) -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(
        lambda: Refusing(lab.resolvers[0], *refused), ("127.0.0.1", 0)
    )
    try:
        port = transport.get_extra_info("sockname")[1]
        config = config_of(lab, tmp_path, Recipient("c", resolvers=(f"127.0.0.1:{port}",)))
        assert await check(config, "c", block("one.lab"), block("one.lab", "lifted")) == verdicts, why
    finally:
        transport.close()


async def test_a_name_that_is_dead_for_everybody_proves_nothing(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path, Recipient("c", resolvers=(lab.resolvers[1],)))
    assert await check(config, "c", block("gone.lab"), block("gone.lab", "lifted")) == ["unknown", "unknown"]


async def test_a_recipient_without_resolvers_is_unknown(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path, Recipient("c"))
    assert await check(config, "c", block("one.lab")) == ["unknown"]


def cut(name: str, wanted: str = "full", *addresses: str, reach: Reach = Reach.HOST) -> Want:
    return Want(Name(name), reach, "cancel-access", 1, wanted, addresses)


@pytest.mark.parametrize(
    ("name", "provider"), [("one.lab", "east"), ("two.lab", "south"), ("three.lab", "west")]
)
async def test_a_providers_cut_is_seen_to_come_and_to_go(
    name: str, provider: str, lab: Lab, tmp_path: Path
) -> None:
    config = config_of(lab, tmp_path)
    wants = (cut(name), cut(name, reach=Reach.WWW), cut(name, "lifted"))
    assert await check(config, provider, *wants) == ["none", "none", "lifted"]
    lab.cut(name)
    try:
        assert await check(config, provider, *wants) == ["full", "full", "full"]
    finally:
        lab.uncut(name)
    assert await check(config, provider, *wants) == ["none", "none", "lifted"]


async def test_a_closed_port_is_no_cut(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path)
    assert await check(config, "east", cut("plain.lab"), cut("plain.lab", "lifted")) == ["none", "lifted"]


async def test_a_provider_that_cuts_the_neighbour_too_goes_too_far(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path)
    lab.cut("one.lab")
    lab.cut("quiet.lab")
    try:
        assert await check(config, "east", cut("one.lab"), canaries=()) == ["full"]
        assert await check(config, "east", cut("one.lab")) == ["over"]
    finally:
        lab.uncut("one.lab")
        lab.uncut("quiet.lab")


async def test_a_site_that_moved_is_probed_at_the_address_of_its_order(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path)
    east = lab.world.address(lab.world.by_name[Name("one.lab")])
    assert await check(config, "east", cut("two.lab")) == ["unknown"]
    lab.cut("one.lab")
    try:
        lab.hold("one.lab")  # it resolves nowhere: only the order knows where it was
        assert await check(config, "east", cut("one.lab")) == ["unknown"]
        assert await check(config, "east", cut("one.lab", "full", east)) == ["full"]
    finally:
        lab.release("one.lab")
        lab.uncut("one.lab")


@pytest.mark.parametrize(
    ("kind", "networks", "verdict", "why"),
    [
        ("provider", (), "unknown", "nobody said which addresses are its own: no site is taken for one"),
        ("platform", (), "none", "a platform is where its sites are"),
        ("platform", ("192.0.2.0/24",), "unknown", "unless it says where"),
    ],
)  # fmt: skip
async def test_a_site_is_probed_where_the_recipient_has_addresses(
    kind: str, networks: tuple[str, ...], verdict: str, why: str, lab: Lab, tmp_path: Path
) -> None:
    config = config_of(lab, tmp_path, Recipient("p", kind, networks=networks))
    assert await check(config, "p", cut("one.lab")) == [verdict], why


async def test_a_suspension_is_a_hold_in_the_registry(lab: Lab, tmp_path: Path) -> None:
    config = config_of(lab, tmp_path)
    registrar = next(one.id for one in config.recipient if one.kind == "registrar")
    wants = tuple(Want(Name("two.lab"), Reach.SUBTREE, "suspend-name", 1, one) for one in ("full", "lifted"))
    dead = Want(Name("gone.lab"), Reach.SUBTREE, "suspend-name", 1, "full")
    assert await check(config, registrar, *wants, dead) == ["none", "lifted", "unknown"]
    lab.hold("two.lab")
    try:
        assert await check(config, registrar, *wants) == ["full", "full"]
    finally:
        lab.release("two.lab")


async def test_nothing_is_fetched_outside_the_gate(lab: Lab, tmp_path: Path) -> None:
    """An order that names a private address: the probe asks the gate, which only an own `allow` opens."""
    config = config_of(lab, tmp_path, Recipient("evil", "provider", networks=("127.0.0.1/32",)))
    want = cut("one.lab", "full", "127.0.0.1")
    before = lab.traps.count
    assert await check(config, "evil", want, canaries=()) == ["unknown"]
    assert lab.traps.count == before
    opened = replace(config, net=replace(config.net, allow=("127.0.0.1/32",)))
    await check(opened, "evil", want, canaries=())
    assert lab.traps.count > before
