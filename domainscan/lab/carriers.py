"""Carriers of the lab: resolvers that enforce an exported RPZ zone, by unbound, BIND or the lab itself."""

from __future__ import annotations

import shutil
import socket
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final, Self

import dns.exception
import dns.flags
import dns.message
import dns.query
import dns.rcode
import dns.rdataclass
import dns.rdatatype

from domainscan.lab.engines import ENGINES, CarrierFailed, EngineMissing, Plan, Running, available_engine

__all__ = ["Carrier", "CarrierFailed", "EngineMissing", "available_engine", "start_carrier"]

BIND_ADDRESS: Final = "127.0.0.1"  # named listens only at addresses that an interface has
_READY_SECONDS: Final = 15.0
_ATTEMPTS: Final = 5
_EMPTY_ZONE: Final = (
    "$TTL 60\n@ SOA localhost. hostmaster.localhost. 1 3600 900 2592000 60\n@ NS localhost.\n"
)


class Carrier:
    """A running resolver that enforces its copy of a zone. `address` is where to ask it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._running: Running | None = None

    @property
    def engine(self) -> str:
        return self.plan.engine

    @property
    def address(self) -> str:
        """As "address:port"."""
        return f"{self.plan.address}:{self.plan.port}"

    def reload(self, zone: Path | None = None) -> None:
        """Takes over the zone file as it is now, by a restart on the same port: it takes effect at once.

        Without a zone nothing is blocked. Raises CarrierFailed when the engine does not load it.
        """
        self.stop()
        if zone is None:
            self.plan.zone.write_text(_EMPTY_ZONE, "utf-8")
        else:
            shutil.copyfile(zone, self.plan.zone)
        self._running = running = ENGINES[self.engine](self.plan)
        with ExitStack() as stack:
            stack.callback(self.stop)
            _await_answer(self.plan, running)
            if self.engine == "bind":
                _check_loaded(self.plan, running)
            stack.pop_all()

    def stop(self) -> None:
        """Ends the resolver; a stopped one can be reloaded."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def start_carrier(
    engine: str, zone: Path | None, origin: str, forward: str, listen: str, folder: Path
) -> Carrier:
    """A carrier that answers at `listen` ("127.77.0.61:0" for any free port) and asks `forward`.

    BIND answers at 127.0.0.1 whatever `listen` says but its port: ask `.address` of what comes back.
    `zone` is an RPZ file, None for a carrier that has not received one yet; `folder` becomes its own.
    Raises EngineMissing, and CarrierFailed with the engine's log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    address, _, port = listen.rpartition(":")
    if engine == "bind":
        address = BIND_ADDRESS
    plan = Plan(engine, address, int(port), forward, origin.rstrip(".") + ".", folder.resolve())
    if plan.port:
        carrier = Carrier(plan)
        carrier.reload(zone)
        return carrier
    for attempt in range(_ATTEMPTS):
        carrier = Carrier(replace(plan, port=_free_port(address)))
        try:
            carrier.reload(zone)
        except (CarrierFailed, OSError) as error:
            if attempt == _ATTEMPTS - 1 or "in use" not in str(error):
                raise
            continue
        break
    return carrier


def _free_port(address: str) -> int:
    """A port that is free for UDP and TCP at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
        tcp.bind((address, 0))
        return int(tcp.getsockname()[1])


def _await_answer(plan: Plan, running: Running) -> None:
    """Returns when the resolver answers a question that needs no forwarding. Raises CarrierFailed."""
    query = dns.message.make_query("version.bind", dns.rdatatype.TXT, dns.rdataclass.CH)
    end = time.monotonic() + _READY_SECONDS
    while time.monotonic() < end:
        if running.dead():
            raise CarrierFailed(plan.engine, "ended at start", running.log())
        try:
            dns.query.udp(query, plan.address, timeout=0.2, port=plan.port)
        except (dns.exception.DNSException, OSError):
            time.sleep(0.02)
            continue
        return
    raise CarrierFailed(plan.engine, f"no answer within {_READY_SECONDS:.0f} s", running.log())


def _check_loaded(plan: Plan, running: Running) -> None:
    """Raises CarrierFailed unless BIND serves the zone: one that it refuses would otherwise block nothing."""
    query = dns.message.make_query(plan.origin, dns.rdatatype.SOA)
    query.flags &= ~dns.flags.RD
    response = dns.query.udp(query, plan.address, timeout=2.0, port=plan.port)
    if response.rcode() != dns.rcode.NOERROR or not response.answer:
        raise CarrierFailed(plan.engine, "the zone was not loaded", running.log())
