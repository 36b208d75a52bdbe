"""Large files are read by two processes, and what comes out is what one would have found.

See it fail: let `_same` in blocklists/halves.py say True whatever the first half said.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from blocklists import comparing, halves, reading
from blocklists.account import Account
from blocklists.comparing import compare
from blocklists.compiler import Compiled, compile_lists
from blocklists.helper import can_help
from blocklists.lists import Change, Entry, diff
from blocklists.protect import Protected

# From Python 3.12 on a fork beside the threads of a parallel test run is warned of; `can_help` refuses it in earnest.
pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")

ROOT = Path(__file__).parents[2]
ORDINARY = [f"{kind}n{number}.lab.org" for number in range(60) for kind in ("", "0.0.0.0 ", "*.", "a.b.")]
ODD = [
    "X.lab.org",
    "x..org",
    "# comment",
    "",
    "lab.org CNAME .",
    "*.lab.org CNAME .",
    "例子.中国",
    "google.com",
    "a b",
]
SAID = ["# reach: host", "# reach: www", "$ORIGIN rpz.lab.", "@ SOA a. b. (", ")", "[x"]


def text(seed: int, said: Sequence[str] = (), head: str = "n0.lab.org\n") -> str:
    """Some 300 lines in an order of their own; the lines in `said` come somewhere in between."""
    chance = random.Random(seed)
    lines = [*ORDINARY, *ODD * 5, *(f"m{seed}x{number}.org" for number in range(50)), *said]
    chance.shuffle(lines)
    return head + "\n".join(lines) + "\n"


def compiled(paths: Sequence[Path], protected: Protected | None = None) -> Compiled:
    with ExitStack() as stack:
        return compile_lists(
            [(path.name, stack.enter_context(path.open("rb"))) for path in paths], protected=protected
        )


def broken(*_: object) -> None:
    os._exit(1)


@pytest.fixture
def both(monkeypatch: pytest.MonkeyPatch, protected: Protected) -> Callable[[Sequence[Path]], bool]:
    """Compares two processes with one; whether there were two at all."""
    forks = []
    fork = os.fork

    def counted() -> int:
        forks.append(1)
        return fork()

    def compare(paths: Sequence[Path]) -> bool:
        alone = compiled(paths, protected)
        with monkeypatch.context() as patch:
            patch.setattr(halves, "LARGE", 1)
            patch.setattr(halves, "_HEAD", 512)
            patch.setattr(reading, "_PIECE", 256)
            patch.setattr(halves, "can_help", lambda: True)
            patch.setattr(os, "fork", counted)
            together = compiled(paths, protected)
        assert together.blocklist == alone.blocklist
        assert together.counts == alone.counts
        assert together.rejects == alone.rejects
        return bool(forks)

    return compare


def files(folder: Path, *texts: str) -> list[Path]:
    paths = [folder / f"list{number}.txt" for number in range(len(texts))]
    for path, one in zip(paths, texts, strict=True):
        path.write_bytes(one.encode())
    return paths


@pytest.mark.parametrize("seed", range(5))
def test_one_file_in_halves(seed: int, both: Callable[..., bool], tmp_path: Path) -> None:
    assert both(files(tmp_path, text(seed)))


@pytest.mark.parametrize("sizes", [(1, 1), (1, 5), (5, 1), (1, 1, 1), (1, 9, 2), (2, 1, 1, 3)])
def test_many_files(sizes: tuple[int, ...], both: Callable[..., bool], tmp_path: Path) -> None:
    texts = ("".join(text(10 * at + part) for part in range(size)) for at, size in enumerate(sizes))
    assert both(files(tmp_path, *texts))


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("seed", range(9))
def test_a_line_that_speaks_of_later_ones(
    said: str, seed: int, both: Callable[..., bool], tmp_path: Path
) -> None:
    both(files(tmp_path, text(seed, [said])))


HEADS = [
    ("# reach: host\nn0.lab.org\n", True, "said at the top: the second half is read so"),
    ("$ORIGIN rpz.lab.\n@ SOA a. b. 1 2 3 4 5\n", True, "a zone"),
    ("domain,category\n", False, "a table is read as one"),
    ('{"a": 1,\n', False, "JSON"),
]


@pytest.mark.parametrize(("head", "two", "why"), HEADS)
def test_what_the_beginning_says_holds(
    head: str, two: bool, why: str, both: Callable[..., bool], tmp_path: Path
) -> None:
    assert both(files(tmp_path, text(1, head=head))) == two, why


def test_without_its_helper_one_process_reads_all(
    both: Callable[..., bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(halves, "_help", broken)
    assert both(files(tmp_path, text(1), text(2), text(3)))


def test_utf_16_and_endless_lines_are_not_cut(both: Callable[..., bool], tmp_path: Path) -> None:
    paths = [*files(tmp_path, "x.org\n" + "a" * 9000 + "\ny.org\n"), tmp_path / "wide.txt"]
    paths[1].write_bytes(text(3).encode("utf-16"))
    both(paths)
    both(paths[:1])
    both(paths[1:])


def test_beside_another_thread_one_process_reads_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A copy of a process has the locks that its other threads held, and not the threads."""
    paths = files(tmp_path, text(1), text(2))
    alone = compiled(paths)
    monkeypatch.setattr(halves, "LARGE", 1)
    monkeypatch.setattr(os, "fork", broken)
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert not can_help()
        assert compiled(paths).counts == alone.counts
    finally:
        done.set()
        thread.join()


def test_without_other_threads_a_second_process_helps_where_there_is_a_second_processor() -> None:
    """The control; in a process of its own, because that of a parallel test run has threads."""
    program = "from blocklists.helper import can_help; print(can_help())"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    )
    assert done.stdout == ("True\n" if len(os.sched_getaffinity(0)) > 1 else "False\n")


def changed(before: Path, after: Path) -> Change:
    with before.open("rb") as one, after.open("rb") as two:
        return compare((before.name, one), (after.name, two)).change


def account_of(before: Path, after: Path) -> Account:
    with before.open("rb") as one, after.open("rb") as two:
        return compare((before.name, one), (after.name, two)).account


@pytest.mark.parametrize("helped", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_lists_are_compared_as_if_they_were_compiled(
    seed: int, helped: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, two = files(
        tmp_path, text(seed, ["changed.org"]), text(seed + 1, ["0.0.0.0 changed.org", "new.org"])
    )
    expected = diff(compiled([one]).blocklist, compiled([two]).blocklist)
    monkeypatch.setattr(comparing, "LARGE", 1 if helped else 1 << 30)
    monkeypatch.setattr(comparing, "can_help", lambda: True)
    found = changed(one, two)
    assert (found.added, found.removed) == (expected.added, expected.removed)
    assert expected.changed
    assert [_terms(pair) for pair in found.changed] == [_terms(pair) for pair in expected.changed]
    assert changed(one, one) == Change()
    told, both = account_of(one, two), compiled([one, two])
    assert (told.rejects, told.sources) == (both.rejects, both.sources)
    assert told.by_reason() == both.counts.by_reason


def test_lists_are_compared_without_a_helper_that_fails(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    one, two = files(tmp_path, text(1), text(2))
    expected = changed(one, two)
    monkeypatch.setattr(comparing, "LARGE", 1)
    monkeypatch.setattr(comparing, "can_help", lambda: True)
    monkeypatch.setattr(comparing, "_send", broken)
    assert changed(one, two) == expected


def _terms(pair: tuple[Entry, Entry]) -> tuple[object, ...]:
    return tuple((entry.name, entry.reach, entry.category, entry.expires) for entry in pair)
