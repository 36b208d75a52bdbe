"""What inline scripts say about where else a visitor is sent: addresses of further scripts, and redirects."""

from __future__ import annotations

import re
from typing import Final

_LOADED: Final = re.compile(
    r"""(?:https?:)?//(?!/)[^\s"'`<>\\]{4,200}?\.js(?:\?[^\s"'`<>\\]{0,200})?(?=["'`])"""
)
_MOVED: Final = re.compile(
    r"""location(?:\.href)?\s{0,5}=\s{0,5}["'`]([^"'`\n]{1,500})|location\.(?:replace|assign)\(\s{0,5}["'`]([^"'`\n]{1,500})"""
)


def loaded_scripts(script: str) -> tuple[str, ...]:
    """Addresses of `.js` files that the script names, at most 20: analytics ids travel in them."""
    if ".js" not in script:
        return ()
    return tuple(dict.fromkeys(found[0] for found in _LOADED.finditer(script)))[:20]


def redirect_target(script: str) -> str:
    """The literal address that the script sends the visitor to; "" when there is none."""
    if "location" not in script:
        return ""
    found = _MOVED.search(script)
    return (found[1] or found[2]) if found else ""
