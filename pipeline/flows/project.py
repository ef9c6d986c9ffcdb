"""A project folder: the user's sources, policies, suites, rules and warehouse. ``init`` makes one from the shipped defaults."""

import shutil
from pathlib import Path

import yaml

from pipeline.adapters.keys import create_key
from pipeline.adapters.policies import read_yaml
from pipeline.adapters.shipped import shipped
from pipeline.errors import ConfigurationError
from pipeline.flows.house import House, open_house
from pipeline.flows.signatures import signing_key
from pipeline.settings import MARKER, read_settings

_MARKER = """# This file makes the folder a Laiyuan project. 本文件标明这是一个来源项目。
project: {name}
"""
_IGNORE = "warehouse/\nkeys/\n"


def init_project(folder: Path, *, alone: bool = False) -> House:
    """Make a project folder with default policies, suites, rules, an example declaration, keys and an empty warehouse.

    Nothing that exists is overwritten, so that running it again mends a half-made project. ``alone`` lets one person
    both propose and approve; the policy then says so, and every account with it.
    """
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder}: expected a folder or nothing, found a file")
    try:
        for name in ("sources", "policies", "expectations", "labeling_rules"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        _copy(shipped("policies"), folder / "policies", "*.yaml")
        _copy(shipped("pi_rules"), folder / "policies" / "pi_rules", "*.yaml")
        _copy(shipped("expectations"), folder / "expectations", "*.yaml")
        _copy(shipped("labeling_rules"), folder / "labeling_rules", "*.yaml")
        _write_new(folder / MARKER, _MARKER.format(name=folder.resolve().name))
        _write_new(folder / ".gitignore", _IGNORE)
        if not any((folder / "sources").iterdir()):
            _copy(shipped("examples", "my-source"), folder / "sources" / "my-source", "**/*")
    except OSError as error:
        raise ConfigurationError(f"{folder}: cannot be written ({error.strerror}); choose another folder or mend its permissions") from None
    if alone:
        _allow_alone(folder / "policies" / "governance.yaml")
    settings = read_settings(str(folder))
    create_key(settings.keys)
    house = open_house(settings)
    house.warehouse.create()
    if not house.entries():
        house.record(house.os_user(), "project.created", {"project": folder.resolve().name, "alone": alone})
    signing_key(house, house.os_user())
    return house


def _copy(source: Path, target: Path, pattern: str) -> None:
    for path in sorted(source.glob(pattern)):
        place = target / path.relative_to(source)
        if path.is_file() and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, place)


def _write_new(path: Path, text: str) -> None:
    if not path.exists():
        path.write_text(text, encoding="utf-8")


def _allow_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("approver_must_differ: true", "approver_must_differ: false"), encoding="utf-8")
    if yaml.safe_load(text) is None or read_yaml(path)["approver_must_differ"]:
        raise ConfigurationError(f"{path}: expected a line 'approver_must_differ: true' to change, found none")
