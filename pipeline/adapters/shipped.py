"""Files that ship with the product: default policies, SQL, expectation suites, labeling rules.

In a checkout they stand beside the package; in an installed wheel under ``share/laiyuan``. ``laiyuan init`` copies
the defaults into a project, and outcomes are only ever read from the project's copy.
"""

import sys
from pathlib import Path

from pipeline.errors import ConfigurationError

_PACKAGE = Path(__file__).resolve().parent.parent


def shipped(*parts: str) -> Path:
    """Return the path of a shipped file or folder."""
    for root in (_PACKAGE, _PACKAGE.parent, Path(sys.prefix) / "share" / "laiyuan"):
        found = root.joinpath(*parts)
        if found.exists():
            return found
    raise ConfigurationError(f"expected {'/'.join(parts)} in the installed product, found none; install laiyuan again")
