"""Gatherer: takes the elements and texts of a document in order and keeps what a Page holds, within caps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from domainscan.model import Field, Link
from domainscan.read.forms import OpenForm
from domainscan.read.regions import Attributes, Regions
from domainscan.read.text import BREAK, one_line
from domainscan.read.urls import Base, is_download

LINKS, DOWNLOAD_LINKS, FORMS, FIELDS, BUTTONS, SCRIPTS, META, HEADINGS = 500, 50, 50, 100, 100, 100, 100, 50

_NO_ATTRIBUTES: Final[Attributes] = {}
_SCRIPT_LINKS: Final = ("javascript:", "#")
_PRESS_KINDS: Final = ("submit", "button", "image", "reset")


class Gatherer(Regions):
    """Feed it texts (`parts`), `open` and `leave` or `close` in document order; read the lists afterwards."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.base = Base(url)
        self.title = self.language = ""
        self.visible = self.parts
        self.hidden: list[str] = []
        self.headings: list[str] = []
        self.links: list[Link] = []
        self.downloads = self.images = self.image_alts = 0
        self.buttons: dict[str, None] = {}
        self.scripts: dict[str, None] = {}
        self.meta: list[tuple[str, str]] = []
        self.flags: dict[str, None] = {}
        self.forms: list[OpenForm] = []
        self.loose = OpenForm("", "")
        self.labels: dict[str | int, str] = {}
        self._form: OpenForm | None = None
        self._label = 0  # the label element around, by number; 0 outside
        self._label_count = 0
        self._base_seen = False
        self._anchor_end = -1
        self.script_room = 65_536  # characters of inline scripts that are looked at
        self.inline: list[str] = []  # those scripts
        self.structured: list[str] = []  # those of them that are JSON-LD
        self.shape: list[str] = []  # every element's name, in order

    # ------------------------------------------------------------ the stream

    def open(self, tag: str, attributes: Attributes, key: int | str) -> None:
        """An element that HANDLERS names; `key` is what `close` will be called with."""
        HANDLERS[tag](self, attributes, key)

    def hide(self, key: int | str) -> None:
        """From here to the close of `key`, text is hidden."""
        if self.parts is self.visible:
            self.parts = self.hidden
            self.hidden.append(BREAK)
            self._begin(key, self._unhide, _NO_ATTRIBUTES)

    def press(self, key: int | str) -> None:
        """An element that acts as a button, whatever it is."""
        self._begin(key, self._close_pressed, _NO_ATTRIBUTES)

    # ------------------------------------------------------------ elements

    def _unhide(self, _: str, __: Attributes) -> None:
        self.parts = self.visible

    def _close_pressed(self, text: str, _: Attributes) -> None:
        self._add_button(text)

    def _add_button(self, text: str) -> None:
        words = one_line(text, 80)
        if words and len(self.buttons) < BUTTONS:
            self.buttons[words] = None
            if self._form and len(self._form.buttons) < 20:
                self._form.buttons.append(words)

    def _link(self, href: str, text: str, rel: str, *, download: bool = False) -> None:
        url = self.base.absolute(href)
        if not url:
            return
        if not download and ("." in href or href[:1] != "/" or url[:4] != "http"):
            download = is_download(url)  # a path without a dot has no ending, and most links are one
        if len(self.links) >= LINKS and not (download and self.downloads < DOWNLOAD_LINKS):
            self.flags["truncated"] = None
            return
        self.downloads += download
        if self.parts is self.hidden:
            rel = f"{rel} hidden".strip()
        self.links.append(Link(url, one_line(text, 200), rel, download))

    def _anchor(self, at: Attributes, key: int | str) -> None:
        href = at.get("href")
        if href is None:
            if _looks_pressable(at):
                self.press(key)
            return
        if self._anchor_end == len(self.parts):
            self.parts.append(" ")  # menus put links side by side and space them by style alone
        self._begin(key, self._close_anchor, at)

    def _close_anchor(self, text: str, at: Attributes) -> None:
        self._anchor_end = len(self.parts)
        if not text or text.isspace():
            text = at.get("title") or at.get("aria-label") or ""
        rel, href = at.get("rel"), at["href"] or ""
        self._link(href, text, one_line(rel, 60).lower() if rel else "", download="download" in at)
        scripted = href[:1] not in "/h" and href.strip().lower().startswith(_SCRIPT_LINKS)
        if scripted or _looks_pressable(at):
            self._add_button(text)

    def _area(self, at: Attributes, key: int | str) -> None:
        self._link(at.get("href") or "", at.get("alt") or "", "")

    def _button(self, at: Attributes, key: int | str) -> None:
        self._begin(key, self._close_button, at)

    def _close_button(self, text: str, at: Attributes) -> None:
        self._add_button(text if text.strip() else at.get("aria-label") or at.get("title") or "")

    def _open_form(self, at: Attributes, key: int | str) -> None:
        action = self.base.absolute(at.get("action") or "") or self.base.url
        method = "post" if (at.get("method") or "").strip().lower() == "post" else "get"
        form = OpenForm(
            action, method, one_line(at.get("id") or "", 100), tabular=at.get("_parent") in _TABULAR
        )
        if len(self.forms) < FORMS:
            self.forms.append(form)
        else:
            self.flags["truncated"] = None
        self._form = form
        self._begin(key, self._close_form, at)

    def _close_form(self, _: str, __: Attributes) -> None:
        # The parser empties a form that stands between table rows; its fields follow, and still belong to it.
        if not (self._form and self._form.tabular and not self._form.fields):
            self._form = None

    def _input(self, at: Attributes, key: int | str) -> None:
        kind = one_line(at.get("type") or "text", 30).lower()
        if kind in _PRESS_KINDS:
            self.images += kind == "image"
            self._add_button(at.get("value") or at.get("alt") or at.get("aria-label") or "")
        else:
            self.field(at, kind)

    def field(self, at: Attributes, kind: str) -> None:
        """One input, in the form that is open or that it names."""
        label = at.get("placeholder") or at.get("data-placeholder") or at.get("aria-label") or ""
        accept = one_line(at.get("accept") or "", 200)
        field = Field(one_line(at.get("name") or "", 100), kind, one_line(label, 100), accept)
        owner = at.get("form")
        form = next((one for one in self.forms if owner and one.id == owner), self._form) or self.loose
        if len(form.fields) < FIELDS:
            form.fields.append((field, at.get("id") or "", self._label))
        else:
            self.flags["truncated"] = None

    def _select(self, at: Attributes, key: int | str) -> None:
        self.field(at, "select")

    def _textarea(self, at: Attributes, key: int | str) -> None:
        self.field(at, "textarea")

    def _open_label(self, at: Attributes, key: int | str) -> None:
        self._label_count += 1
        self._label = number = self._label_count
        target = at.get("for") or number

        def done(text: str, _: Attributes) -> None:
            self._label = 0
            if len(self.labels) < FIELDS * 2:
                self.labels[target] = one_line(text, 100)

        self._begin(key, done, at)

    def _heading(self, at: Attributes, key: int | str) -> None:
        self._begin(key, self._close_heading, at)

    def _close_heading(self, text: str, _: Attributes) -> None:
        words = one_line(text, 200)
        if words and len(self.headings) < HEADINGS and self.parts is self.visible:
            self.headings.append(words)

    def _image(self, at: Attributes, key: int | str) -> None:
        self.images += 1
        self.image_alts += bool((at.get("alt") or "").strip())

    def _script(self, at: Attributes, key: int | str) -> None:
        self.add_script(at.get("src") or "")

    def add_script(self, src: str) -> None:
        """An external script by its address."""
        url = self.base.absolute(src)
        if url and len(self.scripts) < SCRIPTS:
            self.scripts[url] = None

    def script_redirect(self, target: str) -> None:
        """An inline script that names an address to go to: perhaps at once, perhaps on a click."""
        self.flags["script_redirect"] = None
        self._link(target, "", "script")

    def _frame(self, at: Attributes, key: int | str) -> None:
        self.flags["frames"] = None
        self._link(at.get("src") or "", at.get("title") or "", "frame")

    def _meta(self, at: Attributes, key: int | str) -> None:
        name = one_line(at.get("name") or at.get("property") or at.get("http-equiv") or "", 60).lower()
        content = one_line(at.get("content") or "", 1000)
        if name == "refresh" and at.get("http-equiv"):
            self.flags["meta_refresh"] = None
            self._link(_refresh_target(content), "", "refresh")
        if name and len(self.meta) < META:
            self.meta.append((name, content))

    def _head_link(self, at: Attributes, key: int | str) -> None:
        rel = one_line(at.get("rel") or "", 60).lower()
        if (
            any(word in ("icon", "canonical", "alternate", "manifest") for word in rel.split())
            and len(self.meta) < META
        ):
            url = self.base.absolute(at.get("href") or "")
            if url:
                self.meta.append((f"link:{rel}", url))

    def _set_base(self, at: Attributes, key: int | str) -> None:
        url = self.base.absolute(at.get("href") or "")
        if url and not self._base_seen:
            self._base_seen = True
            own, self.base = self.base.url, Base(url)
            if url.partition("://")[2].partition("/")[0] != own.partition("://")[2].partition("/")[0]:
                self.flags["foreign_base"] = None

    def _html(self, at: Attributes, key: int | str) -> None:
        language = one_line(at.get("lang") or at.get("xml:lang") or "", 35).lower().replace("_", "-")
        self.language = language if language.replace("-", "").isalnum() and language.isascii() else ""


_TABULAR: Final = ("table", "tbody", "thead", "tfoot", "tr")

HANDLERS: Final[dict[str, Callable[[Gatherer, Attributes, int | str], None]]] = {
    "a": Gatherer._anchor,
    "area": Gatherer._area,
    "base": Gatherer._set_base,
    "button": Gatherer._button,
    "form": Gatherer._open_form,
    "frame": Gatherer._frame,
    "h1": Gatherer._heading,
    "h2": Gatherer._heading,
    "h3": Gatherer._heading,
    "html": Gatherer._html,
    "iframe": Gatherer._frame,
    "img": Gatherer._image,
    "input": Gatherer._input,
    "label": Gatherer._open_label,
    "link": Gatherer._head_link,
    "meta": Gatherer._meta,
    "script": Gatherer._script,
    "select": Gatherer._select,
    "textarea": Gatherer._textarea,
}


def _looks_pressable(at: Attributes) -> bool:
    if "class" not in at and "role" not in at:
        return False
    names = (at.get("class") or "").lower()
    return (at.get("role") or "").lower() == "button" or "btn" in names or "button" in names


def _refresh_target(content: str) -> str:
    """The URL of `5; url='/next'`; "" when it only reloads."""
    target = content.partition(";")[2].strip()
    if target[:3].lower() == "url":
        target = target[3:].strip().removeprefix("=").strip()
    return target.strip("'\" ")
