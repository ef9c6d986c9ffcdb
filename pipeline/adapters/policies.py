"""Policies from YAML into frozen values: unknown keys, wrong types and unsafe YAML are refused with file and key."""

from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from pipeline.errors import ConfigurationError

Policy = TypeVar("Policy")


def read_yaml(path: Path) -> Any:
    """Return the content of a YAML file as plain values."""
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({type(error).__name__}); 'laiyuan init' copies the defaults") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{where}: not readable as YAML: {getattr(error, 'problem', type(error).__name__)}") from None


def as_policy(kind: type[Policy], body: object, name: str) -> Policy:
    """Return a policy of the given class. Raises ConfigurationError listing every wrong key at once."""
    try:
        return _reader(kind).validate_python(body)  # type: ignore[no-any-return, arg-type]
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(str(part) for part in each['loc']) or '(whole file)'}: {each['msg']}" for each in error.errors())
        raise ConfigurationError(f"policy {name}: {problems}") from None


@cache
def _reader(kind: type[Any]) -> TypeAdapter[Any]:
    """Return the reader of one class; building it costs more than using it a thousand times."""
    return TypeAdapter(kind)
