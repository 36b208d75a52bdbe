"""The body of a response as a Page: HTML through lexbor in one walk, plain text as it is.

No parser survives hostile documents (one tag with 100,000 attributes keeps lexbor busy for half a minute), so
call this through `pool.ParserPool`; `tokens.read_tokens` is what remains when lexbor does not end.
"""

from __future__ import annotations

import re
from typing import Final

from selectolax.lexbor import LexborHTMLParser, LexborNode

from domainscan.model import Failure, Page
from domainscan.read.gather import BLOCKS, HANDLERS, UNSEEN, Gatherer
from domainscan.read.scripts import loaded_scripts, redirect_target
from domainscan.read.style import colours, hides
from domainscan.read.text import BREAK, both_ends, clean, decode_text, fold_blocks, one_line, text_digest

BODY_BYTES: Final = 4 * 1024 * 1024
TEXT_CHARACTERS: Final = 100_000
HIDDEN_CHARACTERS: Final = 20_000
_HTML: Final = ("text/html", "application/xhtml+xml")
_UNSURE: Final = ("", "text/xml", "application/xml", "unknown/unknown", "*/*")
_SIGNS: Final = (
    b"<!doctype html",
    b"<html",
    b"<head",
    b"<body",
    b"<script",
    b"<title",
    b"<meta",
    b"<div",
    b"<table",
)
_MAGIC: Final = (
    b"PK\x03\x04",
    b"MZ",
    b"\x7fELF",
    b"%PDF-",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"\x1f\x8b",
    b"RIFF",
)
# lexbor parses as without scripting, where text of a noscript in the head spills into the body; noframes is
# what every parser takes for raw text, as browsers with scripting take noscript.
_NOSCRIPT: Final = re.compile(r"<(/?)noscript(?=[\s/>])", re.IGNORECASE)
_STYLED: Final = "[style],[hidden]"
_PRESSED: Final = "[role=button],[onclick],[class*=btn],[class*=button],[contenteditable]"


def page_kind(body: bytes, content_type: str) -> str:
    """`html`, `plain`, or "" for a body that is no text page, as a browser would take it."""
    media = content_type.partition(";")[0].partition(",")[0].strip().lower()
    head = body[:1024]
    if head.startswith(_MAGIC) and (b"\x00" in head or head.startswith(b"%PDF-")):
        return ""
    if media in _HTML:
        return "html"
    if media == "text/plain":
        return "plain"
    if media not in _UNSURE:
        return ""
    lowered = head.lower()
    if any(sign in lowered for sign in _SIGNS):
        return "html"
    return "" if media or b"\x00" in head else "plain"


def read_page(
    body: bytes, *, url: str, http_status: int, content_type: str, body_digest: str
) -> Page | Failure:
    """What the page says, with every list capped; Failure("not_html") for a body that is no text page.

    Frames, meta refresh and script redirects become links with rel `frame`, `refresh`, `script`, and flags: they
    are not followed.
    """
    kind = page_kind(body, content_type)
    if not kind:
        return Failure("not_html", one_line(content_type, 100))
    text, charset, flags = decode_text(body[:BODY_BYTES], content_type)
    gathered = Gatherer(url)
    gathered.flags.update(dict.fromkeys(flags))
    if len(body) > BODY_BYTES:
        gathered.flags["truncated"] = None
    if kind == "plain":
        gathered.flags["plain"] = None
        for line in text[:BODY_BYTES].split("\n"):
            gathered.parts += (line, BREAK)
    else:
        _walk(LexborHTMLParser(_NOSCRIPT.sub(r"<\1noframes", text)), gathered)
    return as_page(
        gathered,
        url=url,
        http_status=http_status,
        content_type=content_type,
        charset=charset,
        body_bytes=len(body),
        body_digest=body_digest,
    )


def as_page(
    gathered: Gatherer,
    *,
    url: str,
    http_status: int,
    content_type: str,
    charset: str,
    body_bytes: int,
    body_digest: str,
) -> Page:
    """The frozen Page of what was gathered."""
    gathered.finish()
    whole = fold_blocks("".join(gathered.visible))
    text = both_ends(whole, TEXT_CHARACTERS)
    if len(text) < len(whole):
        gathered.flags["truncated"] = None
    described = dict(reversed(gathered.meta))
    if not text:
        gathered.flags["no_text"] = None
    if gathered.scripts and len(text) < 100:
        gathered.flags["script_rendered"] = (
            None  # what a visitor sees is drawn by scripts: unseen, not absent
        )
    forms = gathered.forms + ([gathered.loose] if gathered.loose.fields else [])
    return Page(
        url=url,
        http_status=http_status,
        content_type=one_line(content_type, 200),
        charset=charset,
        body_bytes=body_bytes,
        body_digest=body_digest,
        text_digest=text_digest(text),
        title=gathered.title,
        description=described.get("description") or described.get("og:description") or "",
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
    )


def _walk(tree: LexborHTMLParser, gathered: Gatherer) -> None:
    """Feed the document in order, without recursion; the key of an element is its depth."""
    node = tree.root
    if node is None:
        return
    hidden, pressed = _marked(node)
    path: list[str] = []  # the tags that are open
    while True:
        tag = node.tag or ""
        child = None
        if tag == "-text":
            gathered.parts.append(node.text_content or "")
        elif tag[:1] != "-":
            if tag in BLOCKS:
                gathered.parts.append(BREAK)
            if hidden and node.mem_id in hidden:
                gathered.hide(len(path))
            if pressed and node.mem_id in pressed and tag not in HANDLERS:
                _press(gathered, node, len(path))
            if tag in HANDLERS:
                gathered.open(tag, _attributes(node, tag), len(path))
            if tag in UNSEEN:
                _unseen(node, tag, gathered)
            else:
                child = node.first_child
        if child is not None:
            path.append(tag)
            node = child
            continue
        following = _leave(node, tag, path, gathered)
        if following is None:
            return
        node = following


def _leave(node: LexborNode, tag: str, path: list[str], gathered: Gatherer) -> LexborNode | None:
    """The node after `node` and everything inside it, with `path` cut to its parents; None at the end."""
    while True:
        if gathered.mark == len(path):
            gathered.leave(len(path))
        if tag in BLOCKS:
            gathered.parts.append(BREAK)
        following = node.next
        if following is not None:
            return following
        parent = node.parent
        if parent is None or not path:
            return None
        node, tag = parent, path.pop()


def _unseen(node: LexborNode, tag: str, gathered: Gatherer) -> None:
    """What is wanted of an element whose text nobody sees: the title, and what scripts name."""
    if tag == "script":
        _inline_script(node, gathered)
    elif tag == "title" and not gathered.title:
        _title(node, gathered)


def _marked(root: LexborNode) -> tuple[set[int], set[int]]:
    """Nodes that an inline style or the hidden attribute hides, and nodes that act as buttons or inputs."""
    hidden = set()
    for node in root.css(_STYLED):
        if node.tag in (
            "html",
            "body",
        ):  # scripts against flicker and framing hide these, and show them at once
            continue
        at = node.attributes
        style = at.get("style") or ""
        if (
            ("hidden" in at and at["hidden"] != "until-found")
            or hides(style)
            or _on_same_colour(node, at, style)
        ):
            hidden.add(node.mem_id)
    return hidden, {node.mem_id for node in root.css(_PRESSED)}


def _on_same_colour(node: LexborNode, at: dict[str, str | None], style: str) -> bool:
    """Whether the text has the colour of the nearest inline background above, no class or id in between."""
    if "color" not in style.lower():
        return False
    colour, own = colours(style)
    if not colour or own:
        return False
    above: LexborNode | None = node
    for _ in range(10):
        if above is None or above.tag == "-document" or at.get("class") or at.get("id"):
            return False
        background = colours(at.get("style") or "")[1] or colours(f"background:{at.get('bgcolor') or ''}")[1]
        if background:
            return background == colour
        above = above.parent
        at = above.attributes if above is not None and above.tag != "-document" else {}
    return False


def _press(gathered: Gatherer, node: LexborNode, depth: int) -> None:
    at = node.attributes
    if "contenteditable" in at and at["contenteditable"] != "false":
        gathered.field(at, "editable")
    else:
        gathered.press(depth)


def _attributes(node: LexborNode, tag: str) -> dict[str, str | None]:
    at = node.attributes
    if tag == "form" and node.parent is not None:
        at["_parent"] = node.parent.tag
    return at


def _title(node: LexborNode, gathered: Gatherer) -> None:
    parent = node.parent
    if parent is not None and parent.tag in ("head", "body", "html"):
        first = node.first_child
        gathered.title = one_line((first.text_content or "") if first is not None else "", 500)


def _inline_script(node: LexborNode, gathered: Gatherer) -> None:
    """Give the gatherer what an inline script loads and where it sends people."""
    first = node.first_child
    if first is None or gathered.script_room <= 0:
        return
    script = (first.text_content or "")[: gathered.script_room]
    gathered.script_room -= len(script)
    for src in loaded_scripts(script):
        gathered.add_script(src)
    target = redirect_target(script)
    if target:
        gathered.script_redirect(clean(target))
