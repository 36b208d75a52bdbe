"""Files -> what the installed programs make of them: started, asked, ended."""

from __future__ import annotations

import contextlib
import http.client
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import dns.exception
import dns.message
import dns.query
import dns.rcode

from blocklists.names import Name
from blocklists.staging import ProofFailed, Prover, Rendered
from domainscan.proof.engines import ENGINES, PROGRAMS, Trial, installed
from domainscan.proof.servers import OPEN, free_ports, names, pages

NOBODY: Final = "read back; no program that it is for is known"
START_SECONDS: Final = 120.0  # BIND takes 30 s for a policy zone of a million names
SETTLE_SECONDS: Final = 30.0  # BIND answers before its policies are in force
SURE_SECONDS: Final = (
    3.0  # an open name that is kept back so long is kept back: policies that come later add to that
)
_STOP_SECONDS: Final = 5.0
_ANSWER_SECONDS: Final = 3.0
_KNOCK_SECONDS: Final = 0.2  # a question that comes before the program listens is lost
_FREE: Final = Name("proof.example.net")  # asked until the program answers at all
_TRIES: Final = 2
_LARGE: Final = 20_000_000  # bytes of a file from which on programs are tried one after another


class _Wrong(NamedTuple):
    """What a program does otherwise than its file says; `sure` when no second trial could show otherwise."""

    words: str
    sure: bool = False


_RIGHT: Final = _Wrong("")


def prover(wanted: Collection[str] = tuple(ENGINES)) -> Prover:
    """What `publish` asks: all installed engines of `wanted`."""
    found = {name: path for name, path in installed().items() if name in wanted}
    return partial(prove, programs=found)


def prove(files: Sequence[Rendered], programs: Mapping[str, str]) -> dict[str, str]:
    """Format -> which programs proved its file, and which could not be asked. Raises ProofFailed."""
    jobs = [
        (file, engine) for file in files for engine in PROGRAMS.get(file.format, ()) if engine in programs
    ]
    if not jobs:
        return {file.format: _words(file, programs) for file in files}
    large = any(file.path.stat().st_size > _LARGE for file, _ in jobs)
    ports = [free_ports(_TRIES) for _ in jobs]
    with ExitStack() as stack:
        upstream, denier = stack.enter_context(names()), stack.enter_context(names(denies=True))
        behind = {"dns": upstream, "denier": denier, "web": stack.enter_context(pages())}
        crowd = stack.enter_context(ThreadPoolExecutor(1 if large else 4))
        tasks = [
            crowd.submit(_try, file, engine, programs[engine], behind, mine)
            for (file, engine), mine in zip(jobs, ports, strict=True)
        ]
        told = [task.result() for task in tasks]
    if failures := [one for one in told if one]:
        raise ProofFailed("; ".join(failures[:5]))
    return {file.format: _words(file, programs) for file in files}


def _words(file: Rendered, programs: Mapping[str, str]) -> str:
    engines = PROGRAMS.get(file.format)
    if not engines:
        return NOBODY
    proven = [one for one in engines if one in programs]
    here = installed()
    absent = [one for one in engines if one not in here]
    left = [one for one in engines if one in here and one not in programs]
    asked = f"{len(file.blocked)} blocked and {len(file.open)} open names asked"
    said = [f"proven by {', '.join(proven)} ({asked})"] if proven else []
    said += [f"not proven by {', '.join(left)}: not asked"] if left else []
    said += [f"not proven by {', '.join(absent)}: not installed"] if absent else []
    return "; ".join(said)


def _try(file: Rendered, engine: str, program: str, behind: Mapping[str, int], ports: Sequence[int]) -> str:
    """What is wrong with a file in one program; "" when it does what the file says, at one of so many ports.

    More than one, because somebody else may take a port before the program does, and a busy machine loses datagrams.
    """
    wrong = _RIGHT
    for port in ports:
        wrong = _try_once(file, engine, program, behind, port)
        if not wrong.words or wrong.sure:
            break
    return f"{file.format}: {engine} {wrong.words}" if wrong.words else ""


def _try_once(file: Rendered, engine: str, program: str, behind: Mapping[str, int], port: int) -> _Wrong:
    with tempfile.TemporaryDirectory(prefix="proof-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # some programs give up root and read on as somebody else
        copy = folder / f"list{''.join(file.path.suffixes)}"
        shutil.copyfile(file.path, copy)
        copy.chmod(0o644)
        how = ENGINES[engine].asked
        upstream = behind["web" if how == "proxy" else "dns"]
        trial = Trial(((file.format, copy),), folder, port, upstream, behind["denier"])
        with _started([program, *ENGINES[engine].command(trial)], folder) as process:
            if _answers(process, how, port):
                return _ask_all(file, how, port)
        return _Wrong(f"does not start with it: {_log(folder)}")


def _log(folder: Path) -> str:
    """The last lines that a program said."""
    text = "\n".join(path.read_text("utf-8", "replace") for path in sorted(folder.glob("*log*")))
    return " | ".join(text.splitlines()[-6:])[-900:]


@contextlib.contextmanager
def _started(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A running program, which ends with us: setpriv(1), where it is there, asks the kernel to see to that."""
    guard = shutil.which("setpriv")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (found by shutil.which, with files of our own)
            ([guard, "--pdeathsig", "KILL"] if guard else []) + command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=folder,
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], how: str, port: int) -> bool:
    """Whether the program came to answer."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if _ask(_FREE, how, port, _KNOCK_SECONDS) != "no answer":
            return True
        time.sleep(0.05)
    return False


def _ask_all(file: Rendered, how: str, port: int) -> _Wrong:
    """The first answer that is not as the file says, after time to settle."""
    wrong, began = _RIGHT, time.monotonic()
    waiting = [(name, "blocked") for name in file.blocked] + [(name, "open") for name in file.open]
    while waiting:
        seen = [(name, wanted, _ask(name, how, port)) for name, wanted in waiting]
        others = [(name, wanted, found) for name, wanted, found in seen if found != wanted]
        waiting = [(name, wanted) for name, wanted, _ in others]
        late = time.monotonic() - began
        kept_back = [one for one in others if one[1:] == ("open", "blocked")] if late > SURE_SECONDS else []
        wrong = next(
            (_Wrong("says {2} of {0}, not {1}".format(*one)) for one in (*kept_back, *others)), _RIGHT
        )
        if kept_back:
            return wrong._replace(sure=True)
        if late > SETTLE_SECONDS:
            break
        if waiting:
            time.sleep(0.2)
    return wrong


def _ask(name: Name, how: str, port: int, seconds: float = _ANSWER_SECONDS) -> str:
    """`open`, `blocked`, or what else came."""
    try:
        return (
            _ask_dns(name, port, seconds) if how == "dns" else _ask_web(name, port, how == "proxy", seconds)
        )
    except (dns.exception.DNSException, OSError, http.client.HTTPException):
        return "no answer"


def _ask_dns(name: Name, port: int, seconds: float) -> str:
    query = dns.message.make_query(name, "A")
    answer = dns.query.udp(query, "127.0.0.1", timeout=seconds, port=port, ignore_unexpected=True)
    code = answer.rcode()
    if code not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
        return dns.rcode.to_text(code)
    values = [str(item) for rrset in answer.answer for item in rrset]
    return "open" if values == [OPEN] else "blocked"


def _ask_web(name: Name, port: int, through: bool, seconds: float) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)) as connection:
        connection.request("GET", f"http://{name}/" if through else "/", headers={"Host": name})
        status = connection.getresponse().status
    return {200: "open", 451: "blocked"}.get(status, f"status {status}")
