"""config.toml as frozen tables, and where each value came from.

Precedence: command-line flag, `DOMAINSCAN_<TABLE>_<KEY>` in the environment, ./config.toml, the XDG config file,
default.
An unknown key, and a value that cannot work, is refused by name and line (or by its variable).
"""

from domainscan.config.reading import BadConfig, as_lines, load_config
from domainscan.config.tables import (
    Config,
    Desk,
    Names,
    Net,
    Packs,
    Protect,
    Publish,
    Recipient,
    Review,
    Scan,
    Schedule,
    Transfer,
)

__all__ = [
    "BadConfig",
    "Config",
    "Desk",
    "Names",
    "Net",
    "Packs",
    "Protect",
    "Publish",
    "Recipient",
    "Review",
    "Scan",
    "Schedule",
    "Transfer",
    "as_lines",
    "load_config",
]
