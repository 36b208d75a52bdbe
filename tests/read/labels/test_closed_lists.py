"""What labels may say of themselves are two closed lists: others read reports by them."""

from __future__ import annotations

import ast
from pathlib import Path

import domainscan.read.labels as room
from domainscan.read.labels import MEANINGS, SCHEMES, explicit
from domainscan.read.labels.annex import LABEL_MEANINGS
from domainscan.read.labels.xmp import SOURCE_MEANINGS


def _schemes_given() -> set[str]:
    """The first argument of every `Label(...)` in the room."""
    found = set()
    for file in Path(str(room.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Label":
                scheme = node.args[0]
                found.add(str(scheme.value) if isinstance(scheme, ast.Constant) else explicit.SCHEME)
    return found


def test_every_scheme_that_a_label_has_is_on_its_list_and_every_one_there_is_given() -> None:
    assert _schemes_given() == SCHEMES.keys()


def test_every_meaning_that_a_label_has_is_on_its_list_and_every_one_there_is_given() -> None:
    given = {*LABEL_MEANINGS.values(), *SOURCE_MEANINGS.values(), ""}
    assert given == MEANINGS.keys()
