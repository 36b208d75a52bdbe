"""`audit verify` reads everything and keeps nothing: its memory does not grow with the evidence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from domainscan.store import open_store
from domainscan.store.evidence import append_evidence, record_evidence
from domainscan.warc import Message, record_id, response_record

NOW = "2026-11-23T15:00:00Z"
MEASURED = (
    "import sys; from domainscan.cli import main; sys.argv[1:] = {words!r}\n"
    "try: main()\n"
    "except SystemExit as end: code = end.code\n"
    "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0], file=sys.stderr)\n"
    "sys.exit(code)"
)  # not ru_maxrss: it begins with what the parent had


def keep(home: Path, count: int) -> None:
    """`count` records of 8 KB that hardly compress."""
    with open_store(home) as store:
        store.db.execute("PRAGMA synchronous = OFF")
        for start in range(0, count, 500):
            bodies = [os.urandom(4000).hex().encode() for _ in range(min(500, count - start))]
            records = [
                response_record(
                    Message(record_id(f"o{start}", n), "http://a.lab/", "", NOW, b"HTTP/1.1 200 OK"), body
                )
                for n, body in enumerate(bodies)
            ]
            rows = append_evidence(home, records, NOW)
            with store.writing():
                record_evidence(store, rows)


def verified(home: Path) -> tuple[int, float, int, list[str]]:
    """(exit code, seconds, most memory in MB, problems)."""
    code = MEASURED.format(words=["--home", str(home), "audit", "verify", "--json"])
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    return done.returncode, seconds, int(done.stderr.split()[-1]) // 1024, json.loads(done.stdout)["problems"]


@pytest.mark.soak
def test_twenty_thousand_records_are_hashed_in_seconds_and_little_memory(tmp_path: Path) -> None:
    keep(tmp_path / "few", 1000)
    keep(tmp_path / "many", 20_000)
    few, many = verified(tmp_path / "few"), verified(tmp_path / "many")
    print(f"1,000 records: {few[1]:.1f} s, {few[2]} MB; 20,000 records: {many[1]:.1f} s, {many[2]} MB")
    assert (few[0], many[0]) == (0, 0)
    assert many[1] < 60
    assert many[2] < few[2] + 16, "MB"


def test_the_first_bad_record_is_named_first(tmp_path: Path) -> None:
    home = tmp_path / "home"
    keep(home, 300)
    file = home / "evidence" / "2026-11-23.warc.gz"
    data = bytearray(file.read_bytes())
    with open_store(home) as store:
        rows = store.rows('SELECT record, "offset" FROM evidence ORDER BY "offset"')
    for number in (250, 90):
        data[rows[number]["offset"] + 400] ^= 1
    file.write_bytes(data)
    code, _, _, problems = verified(home)
    assert code == 1
    assert [one.split(": ")[0] for one in problems] == [rows[90]["record"], rows[250]["record"]]
