"""lab, demo: a small internet on loopback, and the whole story on it.

Its servers are imported where they start: with aiohttp they take 0.4 s; no other command should pay for them.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from domainscan.cli import common
from domainscan.store import StoreBusy
from domainscan.store.folders import make_folder
from domainscan.store.locking import locked

if TYPE_CHECKING:
    from domainscan.lab.carriers import Carrier
    from domainscan.lab.demo import Result

_NO_ZONE: Final = "no zone"
CARRIER_LISTENS: Final = "127.77.0.61:0"
LOOK_SECONDS: Final = 0.1  # between two looks whether a signal came
Sites = Annotated[list[Path] | None, typer.Option("--sites", help="A folder of further sites; repeatable.")]


def lab(
    context: typer.Context,
    sites: Sites = None,
    bulk: Annotated[int, typer.Option(min=0, help="So many further names n000001.bulk.lab ...")] = 0,
) -> None:
    """Serve the lab in the foreground and print the configuration to use against it. Ctrl-C ends it.

    Its carrier-a loads what `export` publishes in the same --home, so that `verify` has somebody to ask.

    \b
    Examples:
      domainscan --home desk lab > lab.toml &
      domainscan --config lab.toml --home desk scan -l desk/lab/names.txt
    """
    from domainscan.lab.carriers import start_carrier  # noqa: PLC0415
    from domainscan.lab.internet import serve_in_thread  # noqa: PLC0415
    from domainscan.lab.sites import SHIPPED, BadSite  # noqa: PLC0415

    settings = common.settings(context)
    folder = settings.home / "lab"
    make_folder(folder)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    try:
        with (
            locked(
                folder, 0
            ),  # a second one would make another authority, and the first one's sites untrusted
            serve_in_thread((SHIPPED, *(sites or ())), folder, bulk) as served,
            start_carrier(
                "lab", None, "rpz.", served.resolvers[0], CARRIER_LISTENS, folder / "carrier-a"
            ) as carrier,
        ):
            names = folder / "names.txt"
            names.write_text("".join(f"{site.name}\n" for site in served.world.sites), "utf-8")
            print(served.config_text({"carrier-a": carrier.address}), flush=True)
            common.note(
                f"the lab runs: {len(served.world.sites)} sites, their names in {names}; Ctrl-C ends it"
            )
            release, loaded = settings.home / "export" / "carrier-a", ""
            while not ended.wait(1.0):
                loaded = follow_release(carrier, release, loaded)
    except BadSite as error:
        common.fail(str(error))
    except StoreBusy:
        common.fail(f"a lab serves {settings.home} already: end it, or take another --home")


def follow_release(carrier: Carrier, release: Path, loaded: str) -> str:
    """The zone that the carrier enforces now: the release's newest one, taken over when it changes."""
    from domainscan.lab.desk import zone_of  # noqa: PLC0415

    if not (release / "manifest.json").exists():
        return loaded
    try:
        zone = zone_of(release)
    except KeyError:
        if loaded != _NO_ZONE:
            common.note(
                "carrier-a's release has no rpz, and it takes nothing else: what it has stays in force"
            )
        return _NO_ZONE
    if str(zone) != loaded:
        carrier.reload(zone)
        common.note(f"carrier-a has loaded {zone.name}")
    return str(zone)


def demo(
    context: typer.Context,
    sites: Sites = None,
    json: Annotated[bool, typer.Option("--json", help="The counts as one JSON document.")] = False,
) -> None:
    """Play the whole story on the lab: scan, queue, two people, lists, orders, verification, lifting.

    Nothing leaves this machine. The data stays in a folder that the demo names.

    \b
    Examples:
      domainscan demo
      domainscan demo --sites my-sites/ --json
    """
    from domainscan.lab.demo import new_home, run_demo  # noqa: PLC0415
    from domainscan.lab.desk import DemoFailed  # noqa: PLC0415
    from domainscan.lab.sites import SHIPPED, BadSite  # noqa: PLC0415

    settings = common.settings(context)
    given = context.find_root().params.get("home")
    try:
        home = new_home(Path(given) if given else None, settings.now())
    except (DemoFailed, OSError) as error:
        common.fail(common.said(error))
    ended = threading.Event()
    try:
        result = _played(
            lambda: run_demo((SHIPPED, *(sites or ())), home, settings.now, common.note, ended), ended
        )
    except BadSite as error:
        common.fail(str(error))
    except DemoFailed as error:
        common.fail(str(error), common.FLAGGED)
    if json:
        common.emit_json(result.counts())
    else:
        common.table("the demo in numbers", ("", "count", "where to recount it"), result.rows())
        print("\n".join(("", "Next, on the demo's own data:", *result.next_commands())))
    if result.faults:
        for fault in result.faults:
            common.note(f"not as expected: {fault}")
        raise typer.Exit(common.FLAGGED)


def _played(play: Callable[[], Result], ended: threading.Event) -> Result:
    """What the story comes to, played in another thread: this one only waits for its end or for a signal.

    So no signal interrupts the start of a process, or the end of one, half way: a second one changes nothing. What is
    ignored stays so: `nohup` means that. Raises KeyboardInterrupt when a signal ended the story.
    """
    came: list[int] = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, lambda number, _: came.append(number))
    with ThreadPoolExecutor(1, thread_name_prefix="story") as lane:
        story = lane.submit(play)
        while not story.done():
            wait([story], LOOK_SECONDS)  # a signal that another thread is given does not wake this one
            if came:
                ended.set()
    if ended.is_set():
        raise KeyboardInterrupt
    return story.result()
