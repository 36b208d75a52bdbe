"""A skip in CI is a failure: a server that is not installed there must not look like a test that passed.

See it fail: let `_unskipped` in conftest.py return what it was given.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
SKIPS = {
    "in_a_test": "def test_x(): pytest.skip('no server')",
    "by_a_mark": "@pytest.mark.skipif(True, reason='no server')\ndef test_x(): pass",
    "in_a_fixture": "@pytest.fixture\ndef x(): pytest.skip('no server')\ndef test_x(x): pass",
    "of_a_module": "pytest.importorskip('no_server')\ndef test_x(): pass",
    "expected": "@pytest.mark.xfail\ndef test_x(): raise ValueError('no server')",
}


@pytest.mark.parametrize(("ci", "failed"), [("true", set(SKIPS)), ("", set())])
def test_a_skip_is_a_failure_in_ci_alone(ci: str, failed: set[str], tmp_path: Path) -> None:
    for name, text in SKIPS.items():
        (tmp_path / f"test_{name}.py").write_text(f"import pytest\n{text}\n")
    environment = os.environ | {"CI": ci, "PYTHONPATH": os.pathsep.join([str(TESTS), *sys.path])}
    words = ("-p", "conftest", "-c", "/dev/null", "--rootdir", ".", "--continue-on-collection-errors", "-rA")
    command = [sys.executable, "-m", "pytest", *words]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    said = re.findall(r"^(?:FAILED|ERROR) test_(\w+)\.py.* - skipped in CI", done.stdout, re.MULTILINE)
    assert set(said) == failed, done.stdout + done.stderr
    assert done.returncode == bool(ci)
    assert "passed" not in done.stdout
