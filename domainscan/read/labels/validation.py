"""What c2pa-python says of a file's manifest: its state, its signer, how the file was made. The extra `c2pa`.

The library is native code that reads hostile bytes, so it runs in a process of its own, under limits of time, memory
and files, and is told to fetch nothing: neither manifests that are kept elsewhere nor revocation lists.
Source: C2PA 2.2, 14.3.5 (validation states), 15 (validation).
"""

from __future__ import annotations

import importlib.util
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from domainscan.model import Failure, Record
from domainscan.read.labels.jumbf import meaning_of
from domainscan.read.labels.report import Label, LabelReport
from domainscan.read.labels.rules import reason

PACKAGE: Final = "c2pa"
SECONDS: Final = 20.0  # a manifest with ten ingredients takes 0.2 s
MEMORY_BYTES: Final = 2 * 1024 * 1024 * 1024  # of address space, of which the library maps 300 MB
_SHOWN: Final = 16
_SETTINGS: Final = {"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}}
_STATES: Final = ("Trusted", "Valid", "Invalid")


class Validation(Record, frozen=True):
    """The active manifest, as far as the library vouches for it."""

    state: str  # trusted | valid | invalid
    problems: tuple[str, ...] = ()  # "assertion.dataHash.mismatch" ...
    manifest: str = ""
    generator: str = ""
    issuer: str = ""  # of the signing certificate, which anybody can have made unless the state is trusted
    source_types: tuple[str, ...] = ()


def is_available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


def validate(data: bytes) -> Validation | Failure:
    """The state of the manifest in a file's bytes, all of them: a part has no valid hash. Blocks."""
    command = [sys.executable, "-m", "domainscan.read.labels.validation"]
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            command, input=data, capture_output=True, timeout=SECONDS, check=False
        )
        return msgspec.json.decode(done.stdout, type=Validation)
    except subprocess.TimeoutExpired:
        return Failure("timeout", f"{SECONDS:g} s for its validation")
    except msgspec.DecodeError:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Failure("malformed", last[:200])


def is_wanted(report: LabelReport) -> bool:
    """Whether a file has a manifest of its own to validate."""
    return any(_is_inside(one) for one in report.labels)


def with_validation(report: LabelReport, outcome: Validation | Failure | str) -> LabelReport:
    """The report with what came of a validation; or why there was none, in words."""
    if isinstance(outcome, str):
        remark = reason("c2pa_unchecked", "", outcome)
        return replace(report, reasons=(*report.reasons, remark))
    if isinstance(outcome, Failure):
        remark = reason("c2pa_unchecked", "", f"{outcome.status}: {outcome.detail}")
        return replace(report, reasons=(*report.reasons, remark))
    said = f"{outcome.state}, signed by {outcome.issuer!r}: {', '.join(outcome.problems) or 'no problem'}"
    remark = reason("c2pa_checked", "", said)
    labels = tuple(_vouched(one, outcome) if _is_inside(one) else one for one in report.labels)
    return replace(report, reasons=(*report.reasons, remark), labels=labels)


def _is_inside(label: Label) -> bool:
    return label.scheme == "c2pa" and not label.place.endswith("dcterms:provenance")


def _vouched(label: Label, outcome: Validation) -> Label:
    fields = [("manifest", outcome.manifest), ("validation", outcome.state), ("issuer", outcome.issuer)]
    fields += [("generator", outcome.generator), *(("problem", one) for one in outcome.problems)]
    fields += [("digitalSourceType", one) for one in outcome.source_types]
    return replace(label, fields=tuple(fields), meaning=meaning_of(outcome.source_types))


# ---------------------------------------------------------------- in the process of its own


def _examined(data: bytes) -> Validation:
    import c2pa  # noqa: PLC0415 - an extra

    context = c2pa.Context(c2pa.Settings.from_dict(_SETTINGS))
    with c2pa.Reader(None, BytesIO(data), context=context) as reader:
        return _summary(json.loads(reader.json()))


def _summary(store: dict[str, Any]) -> Validation:
    """The part of the library's report that a reader of labels needs."""
    name = store.get("active_manifest") or ""
    manifest = store.get("manifests", {}).get(name) or {}
    state = str(store.get("validation_state") or "Invalid")
    failures = (store.get("validation_results") or {}).get("activeManifest", {}).get("failure") or ()
    generators = manifest.get("claim_generator_info") or [{}]
    return Validation(
        state=(state if state in _STATES else "Invalid").lower(),
        problems=tuple(dict.fromkeys(str(one.get("code"))[:100] for one in failures))[:_SHOWN],
        manifest=name[:200],
        generator=str(generators[0].get("name") or manifest.get("claim_generator") or "")[:200],
        issuer=str((manifest.get("signature_info") or {}).get("issuer") or "")[:200],
        source_types=tuple(dict.fromkeys(_source_types(manifest)))[:_SHOWN],
    )


def _source_types(manifest: dict[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions") or ():
        if str(assertion.get("label", "")).startswith("c2pa.actions"):
            for action in assertion.get("data", {}).get("actions") or ():
                if action.get("digitalSourceType"):
                    yield str(action["digitalSourceType"])[:200]


def main() -> None:
    """Reads a file from standard input and writes a Validation."""
    data = sys.stdin.buffer.read()
    seconds = int(SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(msgspec.json.encode(_examined(data)))


if __name__ == "__main__":
    main()
