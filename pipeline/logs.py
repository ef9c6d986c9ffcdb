"""Logs: one JSON line per event on stderr, holding only keys from a list, so that no text gets out by accident."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    {
        "event", "level", "timestamp", "stage", "flow", "run_id", "source_id", "shard", "gate", "table", "file_id", "path",
        "count", "rows", "documents", "rejects", "bytes", "seconds", "disposition", "reason", "snapshot_id", "seq", "error",
        "policy_set_sha256", "version", "done", "total", "actor",
    },
)  # fmt: skip


def _keep_allowed(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    dropped = sorted(key for key in event if key not in ALLOWED)
    kept = {key: value for key, value in event.items() if key in ALLOWED}
    if dropped:
        kept["error"] = f"keys not allowed in logs were dropped: {', '.join(dropped)}"
    return kept


def configure_logs(level: int = logging.INFO) -> None:
    """Send our events to stderr as JSON lines and quiet the libraries that might print what they read."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _keep_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in ("presidio-analyzer", "presidio-anonymizer", "great_expectations", "tldextract", "filelock"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
