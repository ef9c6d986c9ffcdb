"""Label Studio servers by their configured names."""

from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.adapters.label_studio import LabelStudio, open_studio
from pipeline.flows.house import House


@contextmanager
def connect_studio(house: House, instance: str) -> Iterator[LabelStudio]:
    """Yield the client of a configured server, closed afterwards. Raises ConfigurationError where its address or token is missing."""
    studio = open_studio(instance, house.settings.keys)
    try:
        yield studio
    finally:
        studio.close()
