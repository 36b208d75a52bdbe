"""orders: requests to those who carry measures out, and their answers."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

import msgspec
import typer

from domainscan import orders as book
from domainscan.cli import common
from domainscan.cli.guards import informed, protected
from domainscan.cli.order_views import order_document, order_table, print_order
from domainscan.cli.press import hand
from domainscan.config import Desk
from domainscan.model import Order, Receipt
from domainscan.providers import BadNetwork
from domainscan.review import expire
from domainscan.store import Store
from domainscan.store.decisions import load_decisions
from domainscan.store.orders import OrderRefused, UnknownOrder, load_orders
from domainscan.store.times import read_time

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="Access-cancellation and blocking orders."
)

# Keys of [desk] that each desk fills in.
_ITS_OWN: Final = ("contact", "appeal", "legal_basis", "legal_basis_zh")
Number = Annotated[int, typer.Argument(help="The order's number.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.command()
def draft(context: typer.Context, json: Json = False) -> None:
    """Draft an order for every recipient that has something to apply or to lift.

    An open draft is brought up to date and keeps its number. What nobody can be asked to carry out is said.

    \b
    Examples:
      domainscan orders draft
    """
    settings = common.settings(context)
    now = settings.now()
    with common.answered(), settings.store() as store:
        expire(store, now)
        try:
            made = book.draft(
                store,
                settings.config,
                suffixes=settings.suffixes(),
                protected=informed(protected(settings, now), store, load_decisions(store), now),
                by=hand(store),
                now=now,
            )
        except BadNetwork as error:
            common.fail(str(error), common.STORE)
        drafts = [order_document(store, one, now) for one in made.orders]
    if json:
        common.emit_json(
            {
                "orders": drafts,
                "undeliverable": [*map(common.spelled, made.undeliverable)],
                "returned": [*map(common.spelled, made.returned)],
            }
        )
    else:
        order_table(made.orders, now)
    for back in made.returned:
        common.note(_sent_back(back))
    for one in made.undeliverable:
        common.note(
            f"nobody to carry out {one.measure} on {one.name} (decision {one.decision}): {one.reason}"
        )
    if made.own:
        counts = Counter(one.measure for one in made.own)
        told = ", ".join(f"{measure} {count:,}" for measure, count in counts.items())
        common.note(f"the desk itself carries out {told}: `domainscan review list --state approved`")
    if not made.orders:
        common.note("no order to draft: every recipient was asked for what people decided")
    else:
        _tell_unfilled(settings)


def _sent_back(one: book.Returned) -> str:
    """What whoever issues the draft should know of an item that its recipient has sent back before."""
    why = f": {one.note}" if one.note else ""
    said = (
        f"{one.recipient} sent {one.name} back (order {one.order}, item {one.item}{why}) and is asked again"
    )
    if one.action == "lift":
        return f"{said}: it is to be lifted there; `domainscan verify --recipient {one.recipient}` sees whether it is"
    return (
        f"{said}: `domainscan scan {one.name} --fresh` looks where it is now,"
        f" `domainscan review lift {one.decision}` ends the measure"
    )


def _tell_unfilled(settings: common.Settings) -> None:
    """Names what the letters would say in the desk's place: once issued, nothing in them is changed."""
    shipped, desk = Desk(), settings.config.desk
    left = [key for key in _ITS_OWN if getattr(desk, key) == getattr(shipped, key)]
    if left:
        common.note(
            f"the letters say what was shipped for {', '.join(left)}: fill in [desk] before you issue"
        )


@app.command()
def issue(
    context: typer.Context,
    numbers: Annotated[list[int], typer.Argument(help="Numbers of drafts.")],
    json: Json = False,
) -> None:
    """Freeze drafts and write their letters (Chinese, English), CSV annex and JSON to HOME/orders/NNNN.

    One that cannot be issued does not hold up the others: then the exit code is 3, or 2 when none was.

    \b
    Examples:
      domainscan orders issue 12 13
    """
    settings = common.settings(context)
    now, issued = settings.now(), []
    guards = protected(settings, now)
    with common.answered(), settings.store() as store:
        guards = informed(guards, store, load_decisions(store), now)
        for number in numbers:
            try:
                one = book.issue(
                    store,
                    settings.config,
                    number,
                    suffixes=settings.suffixes(),
                    protected=guards,
                    by=hand(store),
                    now=now,
                )
            except (UnknownOrder, book.WrongState, book.NotIssuable) as error:
                common.note(f"error: {error}")
                continue
            except OSError as error:
                common.fail(f"order {number} stays a draft: {common.said(error)}", common.STORE)
            issued.append(one)
            common.note(f"order {number} for {one.recipient}: {book.folder_of(store.home, number)}")
        documents = [order_document(store, one, now) for one in issued]
    if json:
        common.emit_json(documents)
    else:
        order_table(tuple(issued), now)
    if len(issued) < len(numbers):
        raise typer.Exit(common.PARTLY if issued else common.USAGE)


@app.command("list")
def list_(
    context: typer.Context,
    recipient: Annotated[str, typer.Option(help="Only this recipient.")] = "",
    state: Annotated[str, typer.Option(help="Only this state: " + ", ".join(book.NEXT_STATES))] = "",
    json: Json = False,
) -> None:
    """List orders, with answers that are overdue.

    \b
    Examples:
      domainscan orders list
      domainscan orders list --json
    """
    settings = common.settings(context)
    if state and state not in book.NEXT_STATES:
        common.fail(f"{state!r} is no state of an order: use {', '.join(book.NEXT_STATES)}")
    with common.answered(), settings.store() as store:
        found = load_orders(store, recipient=recipient, state=state)
        documents = [order_document(store, one, settings.now()) for one in found]
    if json:
        common.emit_json(documents)
    else:
        order_table(tuple(found), settings.now())


@app.command()
def show(
    context: typer.Context,
    number: Number,
    letter: Annotated[
        str, typer.Option(help="Print the letter: zh-CN or en; `-` for the recipient's own.")
    ] = "",
    json: Json = False,
) -> None:
    """Show one order with its receipts and checks; exit 1 when its files are not those that were issued.

    \b
    Examples:
      domainscan orders show 12
    """
    settings = common.settings(context)
    now = settings.now()
    with common.answered(), settings.store() as store:
        try:
            order = book.order_of(store, number)
            document = order_document(store, order, now)
            text = _letter(store, settings, order, letter, now) if letter else ""
        except (UnknownOrder, book.NotIssuable) as error:
            common.fail(str(error))
    if json:
        common.emit_json(document | ({"letter": text} if text else {}))
    elif text:
        print(text, end="")
    else:
        print_order(order, document, now)
    for problem in document["problems"]:
        common.note(problem)
    if document["problems"]:
        raise typer.Exit(common.FLAGGED)


@app.command()
def receipt(
    context: typer.Context,
    number: Number,
    status: Annotated[str, typer.Option(help="received, executed or rejected.")],
    reference: Annotated[str, typer.Option(help="The recipient's own reference.")] = "",
    at: Annotated[str, typer.Option(help="When, UTC: 2026-11-23T14:00:00Z (default: now).")] = "",
    note: Annotated[str, typer.Option(help="What else the recipient says: a reason, a scope.")] = "",
    item: Annotated[
        list[int] | None,
        typer.Option(
            help="The number of an item that is sent back, with `rejected`; the others stand. May be repeated."
        ),
    ] = None,
    until: Annotated[
        str, typer.Option(help="With `received`: the recipient is given time until then: 2026-12-05.")
    ] = "",
    json: Json = False,
) -> None:
    """Record what a recipient answered to an order. `executed` is a claim: `verify` sees whether it is so.

    Items that are sent back (`--item`) count as never ordered: `verify` does not look for them, and `orders draft` asks
    whoever is to carry them out now. The rest of the order goes on.

    \b
    Examples:
      domainscan orders receipt 12 --status executed --reference T-1234
      domainscan orders receipt 12 --status rejected --item 2 --item 5 --note "not in our networks any more"
      domainscan orders receipt 12 --status received --until 2026-12-05 --note "asks for a week"
      domainscan orders receipt 12 --status rejected --note "the site moved elsewhere" --at 2026-11-23T14:00:00Z
    """
    settings = common.settings(context)
    now = settings.now()
    if status not in ("received", "executed", "rejected"):
        common.fail(f"--status {status!r}: use received, executed or rejected")
    moment = _moment("--at", at) or now
    if moment > now:
        common.fail(f"--at {moment} is in the future")
    time = _moment("--until", f"{until}T23:59:59Z" if len(until) == len("2026-12-05") else until)
    if time and time <= now:
        common.fail(f"--until {time} is over: a recipient is given time to come")
    which = tuple(sorted(set(item or ())))
    told = Receipt(number, status, moment, "", reference, note, which, time)
    with common.answered(), settings.store() as store:
        try:
            order = book.answer(store, msgspec.structs.replace(told, recorded_by=hand(store)), now)
        except (UnknownOrder, OrderRefused, book.WrongState, book.BadAnswer) as error:
            common.fail(str(error))
        document = order_document(store, order, now)
    if status == "rejected" and not note.strip():
        common.note("no reason is on record (--note): the letter asks the recipient for one")
    if json:
        common.emit_json(document)
    else:
        order_table((order,), now)


def _moment(option: str, text: str) -> str:
    """The moment that an option spells, as the store writes times; "" for none."""
    try:
        return read_time(text).strftime("%Y-%m-%dT%H:%M:%SZ") if text else ""
    except ValueError:
        common.fail(f"{option} {text!r}: write 2026-11-23T14:00:00Z, 2026-11-23T22:00:00+08:00 or 2026-11-23")


def _letter(store: Store, settings: common.Settings, order: Order, language: str, now: str) -> str:
    """The letter as issued; of a draft, as it would be issued now."""
    recipient = next((one for one in settings.config.recipient if one.id == order.recipient), None)
    own = book.letter_name(recipient) if recipient else "letter.en.txt"
    name = own if language == "-" else f"letter.{language}.txt"
    if order.digest:
        path = book.folder_of(store.home, order.number) / name
        if not path.is_file():
            common.fail(f"{path}: no such letter; issued ones are in zh-CN and en")
        return path.read_text("utf-8")
    files = book.render(store, settings.config, order, settings.suffixes(), now)
    if name not in files:
        common.fail(f"no letter in {language!r}: use zh-CN or en")
    return files[name].decode()
