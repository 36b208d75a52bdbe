"""The frozen Page of what was gathered from a document."""

from __future__ import annotations

from typing import Final, NamedTuple

from domainscan.model import Page
from domainscan.read.accounts import accounts_in
from domainscan.read.gather import Gatherer
from domainscan.read.likeness import shape_hash, text_hash
from domainscan.read.text import both_ends, fold_blocks, one_line, text_digest
from domainscan.read.told import told

TEXT_CHARACTERS: Final = 100_000
HIDDEN_CHARACTERS: Final = 20_000


class Received(NamedTuple):
    """What is known of a page besides its text."""

    url: str
    http_status: int
    content_type: str
    charset: str  # the codec that made the text
    body_bytes: int
    body_digest: str


def as_page(gathered: Gatherer, received: Received) -> Page:
    """The frozen Page of what was gathered."""
    gathered.finish()
    whole = fold_blocks("".join(gathered.visible))
    text = both_ends(whole, TEXT_CHARACTERS)
    if len(text) < len(whole):
        gathered.flags["truncated"] = None
    described = dict(reversed(gathered.meta))
    if not text:
        gathered.flags["no_text"] = None
    description = described.get("description") or described.get("og:description") or ""
    drawn = bool(gathered.scripts) and len(text) < 100
    if drawn:
        # what a visitor sees is drawn by scripts: unseen, not absent
        gathered.flags["script_rendered"] = None
    forms = gathered.forms + ([gathered.loose] if gathered.loose.fields else [])
    return Page(
        url=received.url,
        http_status=received.http_status,
        content_type=one_line(received.content_type, 200),
        charset=received.charset,
        body_bytes=received.body_bytes,
        body_digest=received.body_digest,
        text_digest=text_digest(text),
        title=gathered.title,
        description=description,
        language=gathered.language,
        headings=tuple(gathered.headings),
        text=text,
        hidden_text=both_ends(fold_blocks("".join(gathered.hidden)), HIDDEN_CHARACTERS),
        links=tuple(gathered.links),
        forms=tuple(form.freeze(gathered.labels) for form in forms),
        buttons=tuple(gathered.buttons),
        scripts=tuple(gathered.scripts),
        images=gathered.images,
        meta=tuple(gathered.meta),
        flags=tuple(sorted(gathered.flags)),
        image_alts=gathered.image_alts,
        text_hash=text_hash(text),
        shape_hash=shape_hash(gathered.shape),
        told=told(gathered.meta, gathered.structured, (gathered.title, description)) if drawn else "",
        accounts=tuple(accounts_in("\n".join((*gathered.scripts, *gathered.inline)))),
    )
