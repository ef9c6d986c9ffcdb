"""The read-only page inside Airflow's own pages, behind Airflow's login: an entry of the navigation and an address of its own.

Every process of Airflow loads this file, so that it imports nothing heavy; the page is made when it is first asked for.
"""  # noqa: INP001

from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

from pipeline.adapters.airflow_login import BehindLogin

PREFIX = "/laiyuan"


def make_page() -> Callable[[Any, Any, Any], Awaitable[None]]:
    """Return the page over the project that LAIYUAN_PROJECT names."""
    from pipeline.flows.house import open_house
    from pipeline.page.app import create_page
    from pipeline.settings import read_settings

    return create_page(lambda: open_house(read_settings()))


class LaiyuanPage(AirflowPlugin):
    """Mount the page and show it in Airflow's navigation."""

    name = "laiyuan"
    fastapi_apps: ClassVar[list[dict[str, Any]]] = [{"name": "laiyuan", "app": BehindLogin(make_page), "url_prefix": PREFIX}]
    external_views: ClassVar[list[dict[str, Any]]] = [
        {"name": "Laiyuan", "href": f"{PREFIX}/", "destination": "nav", "url_route": "laiyuan", "nav_top_level": True},
    ]
