"""Pages from the shipped templates: everything put into them is escaped, and a name that is missing is an error."""

from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from pipeline.adapters.shipped import shipped


def render(template: str, **values: Any) -> str:
    """Return a page made from a shipped template; the same values give the same bytes."""
    return _environment().get_template(template).render(**values)


def trusted(markup: str) -> Markup:
    """Return markup that was escaped where it was made, such as a picture."""
    return Markup(markup)  # noqa: S704


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(shipped("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
