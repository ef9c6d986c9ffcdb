"""Run the main job in a process of its own and end it by SIGKILL at one named place.

Usage: python killed_at.py PROJECT PLACE, where PLACE is none, append:TABLE:TASK:before|after, or call:FUNCTION:before|after
for a function of ``pipeline.flows.publish``.
"""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any

from pipeline.adapters.delta import Warehouse
from pipeline.flows import publish as publishing
from pipeline.flows.house import open_house
from pipeline.flows.run import run_sources
from pipeline.settings import read_settings


def killing(function: Callable[..., Any], when: str, is_here: Callable[..., bool]) -> Callable[..., Any]:
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        if when == "before" and is_here(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        result = function(*args, **kwargs)
        if when == "after" and result is not False and is_here(*args, **kwargs):
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return wrapped


def arm(place: str) -> None:
    kind, *rest = place.split(":")
    if kind == "append":
        table, task, when = rest
        Warehouse.append = killing(  # type: ignore[method-assign]
            Warehouse.append, when, lambda self, name, rows, *, run_id, task, shard: name == table and task == rest[1] and rows.num_rows > 0
        )
        assert task
    elif kind == "call":
        name, when = rest
        setattr(publishing, name, killing(getattr(publishing, name), when, lambda *args, **kwargs: True))


def main(project: str, place: str) -> None:
    arm(place)
    house = open_house(read_settings(project))
    actor = house.os_user()
    failures = run_sources(house, actor)
    assert not failures, failures
    print(publishing.publish(house, actor, "release").body)


if __name__ == "__main__":
    main(*sys.argv[1:])
