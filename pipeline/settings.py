"""Settings are addresses read from the environment once. None of them changes what a gate decides."""

import os
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import ConfigurationError

MARKER = "laiyuan.yaml"


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are. ``workers`` is how many processes may work at once on this host."""

    project: Path
    warehouse: str
    keys: Path
    workers: int
    storage_options: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def has_local_warehouse(self) -> bool:
        """Tell whether the warehouse is a folder of this host."""
        return "://" not in self.warehouse


def read_settings(project: str | None = None) -> Settings:
    """Return the settings for the project at ``project``, else ``LAIYUAN_PROJECT``, else the folder we stand in.

    Raises ConfigurationError when no project folder is found there.
    """
    folder = Path(project or os.environ.get("LAIYUAN_PROJECT", ".")).resolve()
    while not (folder / MARKER).is_file():
        if folder.parent == folder or project:
            raise ConfigurationError(
                f"expected a project folder with {MARKER}, found none at or above {project or Path.cwd()}; "
                "make one with 'laiyuan init FOLDER' or set LAIYUAN_PROJECT",
            )
        folder = folder.parent
    workers = os.environ.get("LAIYUAN_WORKERS", "")
    if workers and not workers.isdigit():
        raise ConfigurationError(f"LAIYUAN_WORKERS: expected a number, found {workers!r}")
    return Settings(
        project=folder,
        warehouse=os.environ.get("LAIYUAN_WAREHOUSE", str(folder / "warehouse")),
        keys=Path(os.environ.get("LAIYUAN_KEYS", str(folder / "keys"))),
        workers=int(workers) if workers else (os.cpu_count() or 1),
        storage_options={name: value for name, value in os.environ.items() if name.startswith("AWS_")},
    )
