"""Waits that hold no worker: Airflow's triggerer looks, and the task goes on when there is something to go on with."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from airflow.sdk import BaseOperator
from airflow.triggers.base import BaseTrigger, TriggerEvent

from pipeline.adapters.label_studio import open_studio
from pipeline.errors import ServiceError
from pipeline.settings import read_settings

if TYPE_CHECKING:
    from airflow.sdk import Context

POLL_SECONDS = 60.0


class AnsweredTrigger(BaseTrigger):  # type: ignore[misc]  # the library has no types
    """Fires when every task of some Label Studio projects has an answer, by the server's own counters."""

    def __init__(self, instance: str, projects: list[int], poll_seconds: float = POLL_SECONDS) -> None:
        super().__init__()
        self.instance, self.projects, self.poll_seconds = instance, projects, poll_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """Return what makes this trigger again in the triggerer."""
        given = {"instance": self.instance, "projects": self.projects, "poll_seconds": self.poll_seconds}
        return (f"{type(self).__module__}.{type(self).__qualname__}", given)

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Ask now and then; a server that does not answer is asked again."""
        while True:
            waiting = await asyncio.to_thread(self._waiting)
            if waiting == 0:
                yield TriggerEvent({"waiting": 0})
                return
            await asyncio.sleep(self.poll_seconds)

    def _waiting(self) -> int | None:
        """Return how many tasks have no answer; none when the server does not say."""
        studio = open_studio(self.instance, read_settings().keys)
        try:
            counted = [studio.counts(project) for project in self.projects]
        except ServiceError:
            return None
        finally:
            studio.close()
        return sum(max(0, each.tasks - each.annotations) for each in counted if each is not None)


class WaitForAnswers(BaseOperator):  # type: ignore[misc]
    """Defers until every task of a batch's projects has an answer; ``work`` is {batch_id, instance, projects}."""

    template_fields = ("work",)

    def __init__(self, *, work: Any, poll_seconds: float = POLL_SECONDS, **others: Any) -> None:
        super().__init__(**others)
        self.work, self.poll_seconds = work, poll_seconds

    def execute(self, context: "Context") -> None:
        """Hand the waiting over to the triggerer."""
        del context
        self.defer(trigger=AnsweredTrigger(self.work["instance"], self.work["projects"], self.poll_seconds), method_name="execute_complete")

    def execute_complete(self, context: "Context", event: dict[str, Any]) -> dict[str, Any]:
        """Go on with the batch that is answered."""
        del context, event
        return dict(self.work)
