"""A hidden primary and its secondaries on loopback, with the texts that `domainscan transfer setup` writes."""

from __future__ import annotations

import random
import socket
import subprocess
import time
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import dns.exception
import dns.message
import dns.query
import dns.rdatatype
from consumers import Ask, ask_dns, daemon, need

ZONE = "rpz.desk.lab"


def quiet_port() -> int:
    """A port of 127.0.0.1 that is free for UDP and TCP, below those that the system gives to whoever asks for any.

    Servers take theirs seconds later, and again after a restart, while resolvers open sockets all the time.
    """
    for _ in range(100):
        port = random.SystemRandom().randrange(20_000, 32_000)
        with (
            closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as tcp,
            closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as udp,
            suppress(OSError),
        ):
            tcp.bind(("127.0.0.1", port))
            udp.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


@dataclass
class Ports:
    """Where everybody listens, on 127.0.0.1."""

    primary: int = field(default_factory=quiet_port)
    bind: int = field(default_factory=quiet_port)
    relay: int = field(default_factory=quiet_port)  # where the primary tells the relay of changes
    inside: int = field(default_factory=quiet_port)  # where Unbound takes the zones from it
    unbound: int = field(default_factory=quiet_port)
    recursor: int = field(default_factory=quiet_port)

    def config(self, folder: Path, recipient: str = "carrier-a", more: str = "") -> str:
        """The tables that make a recipient's list a zone."""
        return f"""
[transfer]
primary = "127.0.0.1:{self.primary}"
folder = "{folder}"
[[recipient]]
id = "{recipient}"
zone = "{ZONE}"
secondaries = ["127.0.0.1:{self.bind}", "127.0.0.1:{self.relay}"]
{more}"""


def serial(port: int, zone: str = ZONE) -> int:
    """The serial of a zone at a server; 0 when it has none."""
    query = dns.message.make_query(zone, "SOA")
    query.flags = 0
    try:
        answer = dns.query.udp(query, "127.0.0.1", port=port, timeout=2, ignore_unexpected=True)
    except (dns.exception.DNSException, OSError):
        return 0
    return next((int(one[0].serial) for one in answer.answer if one.rdtype == dns.rdatatype.SOA), 0)


def until(ask: Ask, name: str, wanted: str, seconds: float = 60) -> float:
    """How long it took until a server answered `wanted` for `name`. Raises AssertionError when it never did."""
    began, said = time.monotonic(), ""
    while time.monotonic() - began < seconds:
        try:
            said = ask(name)
        except (dns.exception.DNSException, OSError) as error:
            said = type(error).__name__
        if said == wanted:
            return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"{name}: {said!r} after {seconds} s, wanted {wanted!r}")


def primary(folder: Path) -> list[str]:
    return [need("knotd", "knot"), "--config", str(folder / "knot.conf")]


def knotc(folder: Path, *words: str) -> str:
    """What the primary's control program says."""
    command = [need("knotc", "knot"), "--config", str(folder / "knot.conf"), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


def bind(texts: Path, folder: Path, ports: Ports, upstream: int) -> list[str]:
    """named as a carrier runs it, with the two texts that the desk handed over."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "named.conf").write_text(f"""
options {{
  directory "{folder}"; pid-file "{folder}/pid"; session-keyfile "{folder}/session.key"; lock-file none;
  listen-on port {ports.bind} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  forwarders {{ 127.0.0.1 port {upstream}; }}; forward only; recursion yes; allow-query {{ any; }};
  dnssec-validation no; empty-zones-enable no; max-cache-size 16m;
  include "{texts}/bind-policy.conf";
}};
controls {{ }};
include "{texts}/bind.conf";
""")
    return [need("named", "bind9"), "-g", "-n", "2", "-c", str(folder / "named.conf")]


def relay(texts: Path, folder: Path, ports: Ports) -> list[str]:
    """The relay beside Unbound; only its folders and ports are others than the desk wrote."""
    (folder / "run").mkdir(parents=True, exist_ok=True)
    text = (texts / "relay-2.conf").read_text("utf-8")
    for was, now in (
        ("/run/knot", f"{folder}/run"),
        ("/var/lib/knot", str(folder)),
        ("127.0.0.1@5354", f"127.0.0.1@{ports.inside}"),
        ("127.0.0.1@53\n", f"127.0.0.1@{ports.unbound}\n"),
    ):
        assert was in text, was
        text = text.replace(was, now)
    (folder / "relay.conf").write_text(text, "utf-8")
    return [need("knotd", "knot"), "--config", str(folder / "relay.conf")]


def unbound(texts: Path, folder: Path, ports: Ports, upstream: int) -> list[str]:
    folder.mkdir(parents=True, exist_ok=True)
    text = (texts / "unbound.conf").read_text("utf-8").replace("127.0.0.1@5354", f"127.0.0.1@{ports.inside}")
    (folder / "policy.conf").write_text(text, "utf-8")
    (folder / "unbound.conf").write_text(f"""
server:
  interface: 127.0.0.1@{ports.unbound}
  port: {ports.unbound}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  module-config: "respip iterator"
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
include: "{folder}/policy.conf"
""")
    return [need("unbound", "unbound"), "-d", "-c", str(folder / "unbound.conf")]


def recursor(texts: Path, folder: Path, ports: Ports, upstream: int, sockets: str) -> list[str]:
    """PowerDNS Recursor with the text that the desk handed over; it asks the primary each second.

    `sockets` is a folder with a short name: its control socket has a path of 107 octets at most.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = (texts / "recursor.lua").read_text("utf-8")
    assert text.count("refresh=10") == 2
    (folder / "policy.lua").write_text(text.replace("refresh=10", "refresh=1"), "utf-8")
    (folder / "recursor.conf").write_text(f"""
local-address=127.0.0.1
local-port={ports.recursor}
socket-dir={sockets}
lua-config-file={folder}/policy.lua
forward-zones-recurse=.=127.0.0.1:{upstream}
packetcache-ttl=1
packetcache-servfail-ttl=1
dnssec=off
daemon=no
threads=1
hint-file=no
security-poll-suffix=
""")
    return [need("pdns_recursor", "pdns-recursor"), f"--config-dir={folder}"]


class Chain:
    """A running primary with its secondaries, all of them in one folder."""

    def __init__(self, folder: Path, ports: Ports, upstream: int, recipient: str = "carrier-a") -> None:
        self.folder, self.ports, self.upstream = folder, ports, upstream
        self.zones = folder / "transfer"
        self.texts = self.zones / "for" / recipient
        self.asks = {"BIND": ask_dns(ports.bind), "Unbound": ask_dns(ports.unbound)}
        self.asks["Recursor"] = ask_dns(ports.recursor)
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._stack = ExitStack()
        self._sockets = self._stack.enter_context(TemporaryDirectory(prefix="recursor-"))

    def start(self, *which: str) -> None:
        """`transfer setup` and `export` went before. Without names: all of them."""
        folder, texts, ports = self.folder, self.texts, self.ports
        commands = {
            "primary": lambda: primary(self.zones),
            "BIND": lambda: bind(texts, folder / "bind", ports, self.upstream),
            "relay": lambda: relay(texts, folder / "relay", ports),
            "Unbound": lambda: unbound(texts, folder / "unbound", ports, self.upstream),
            "Recursor": lambda: recursor(texts, folder / "recursor", ports, self.upstream, self._sockets),
        }
        for name in which or commands:
            place = folder / name.lower()
            self.processes[name] = self._stack.enter_context(daemon(commands[name](), place))
            if name == "primary":
                self.await_serial(ports.primary)
            if name == "relay":
                self.await_serial(ports.inside)

    def await_serial(self, port: int, wanted: int = 0, zone: str = ZONE, seconds: float = 120) -> float:
        """How long it took until a server had this serial of a zone, or any."""
        began = time.monotonic()
        while time.monotonic() - began < seconds:
            found = serial(port, zone)
            if found == wanted or (found and not wanted):
                return time.monotonic() - began
            time.sleep(0.02)
        raise AssertionError(
            f"port {port} has serial {found} of {zone}, wanted {wanted or 'any'}: {self.log()}"
        )

    def await_word(self, who: str, word: str, seconds: float = 30) -> None:
        """Returns when a server has said this."""
        end = time.monotonic() + seconds
        while word not in self.log(who):
            assert time.monotonic() < end, self.log(who)
            time.sleep(0.05)

    def until(self, name: str, wanted: str, seconds: float = 60) -> dict[str, float]:
        """Seconds until each secondary answered so."""
        return {who: round(until(ask, name, wanted, seconds), 2) for who, ask in self.asks.items()}

    def log(self, name: str = "primary") -> str:
        return (self.folder / name.lower() / "log").read_text("utf-8", "replace")[-20_000:]

    def stop(self) -> None:
        self._stack.close()
