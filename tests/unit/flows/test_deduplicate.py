"""Duplicates through the flows: who is kept when rights change, what a later delivery meets, what a killed run repeats."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import main
from pipeline.domain.sources import SourceState
from pipeline.errors import ConfigurationError, DataError, EvidenceError
from pipeline.flows import duplicates_clusters
from pipeline.flows.deduplicate import commit_deduplication, deduplicate, elect_duplicates, open_deduplication, sign_shard
from pipeline.flows.duplicates import difference_of, find_text, published_texts, show_cluster
from pipeline.flows.duplicates_clusters import last_run
from pipeline.flows.duplicates_index import index_folder, read_index
from pipeline.flows.house import House, open_house
from pipeline.flows.policies import activate
from pipeline.flows.project import init_project
from pipeline.flows.run import run_sources
from pipeline.flows.sources import change_state
from pipeline.settings import read_settings
from tests.conftest import Files, add_source, declaration, put

Ask = Callable[[str], list[tuple[object, ...]]]
LAW = "本法所称个人信息处理者，是指在个人信息处理活动中自主决定处理目的的组织、个人，并依法承担相应的义务。国家建立健全个人信息保护制度。"
NEWS = "昨日下午，市图书馆举行了一场关于古籍修复的公开讲座，来自三所大学的研究者介绍了纸张老化的成因，并演示了补洞、托裱与压平。"
MAIL = "请在工作日与我们联系，电子邮箱是zhang.san@qq.com，我们会在三天之内答复您提出的问题，感谢您对本馆工作的支持与理解，祝您阅读愉快。"
WALK = "山间的一条小路旁长着几株老松树，两个行人在树下歇脚，远处传来断断续续的钟声，晚霞映在溪水里，归鸟一阵阵地掠过屋檐。"
BREAD = "先把面粉和温水揉成光滑的面团，盖上湿布静置一刻钟，再分成小份擀薄，抹上油盐葱花卷起盘好，小火烙到两面金黄即可出锅。"
CLUSTERS = "SELECT document_id, cluster_id, kept_id, similarity, rule FROM current_clusters ORDER BY document_id"


def made(folder: Path, sources: Mapping[str, Files]) -> House:
    """Return a project of these sources that was run once."""
    (folder / "sources" / ".keep").mkdir(parents=True)
    house = init_project(folder, alone=True)
    activate(house, house.os_user(), "test")
    for name, files in sources.items():
        add_source(house, declaration(name), files)
    assert run_sources(house, house.os_user()) == {}
    return house


def with_evidence(stated: dict[str, object], kind: str, file: str, **changed: object) -> dict[str, object]:
    """Return a declaration with one more piece of evidence about its data, and other keys changed."""
    piece = {"file": file, "kind": kind, "about": "data", "read_at": "page 1", "retrieved_at": "2026-01-01T00:00:00Z"}
    evidence = stated["evidence"]
    assert isinstance(evidence, list)
    return {**stated, **changed, "evidence": [*evidence, piece]}


def dated(source_id: str, **changed: object) -> dict[str, object]:
    """Return a declaration whose records say when they were published."""
    fields = {"id": "id", "text": "text", "published_at": "at"}
    return declaration(source_id, delivery={"address": "data", "files": "*.jsonl", "format": "jsonl", "fields": fields}, **changed)


def record(text: str, at: str | None = "2023-01-01T00:00:00Z") -> Sequence[dict[str, object]]:
    return [{"id": text[:2], "text": text, "at": at}]


def test_a_republisher_does_not_wash_terms(house: House, rows: Ask) -> None:
    evidence = declaration("press")["evidence"]
    assert isinstance(evidence, list)
    terms = {"declared": "CC-BY-NC-4.0", "concluded": "CC-BY-NC-4.0"}
    press = {**dated("press", license=terms), "evidence": [{**evidence[0], "states": "CC-BY-NC-4.0", "file": "evidence/NC.txt"}]}
    put(house.project / "sources" / "press", {"evidence/NC.txt": "SPDX-License-Identifier: CC-BY-NC-4.0\n"})
    early = [{"id": text[:2], "text": text, "at": "2019-05-01T00:00:00Z"} for text in (NEWS, WALK, BREAD, LAW)]
    add_source(house, press, {"one.jsonl": early})
    add_source(house, dated("mirror"), {"one.jsonl": record(NEWS)})
    add_source(house, dated("undated"), {"one.jsonl": record(WALK, None)})
    put(
        house.project / "sources" / "granted",
        {"evidence/GRANT.txt": "The holder grants these texts to the publisher of this collection.\n"},
    )
    add_source(house, with_evidence(dated("granted"), "authorization", "evidence/GRANT.txt"), {"one.jsonl": record(BREAD)})
    put(house.project / "sources" / "statute", {"evidence/LAW.txt": "第五条 本法不适用于法律、法规。\n"})
    basis = {"regime": "copyright", "basis": "public_domain_by_law", "clause": "Copyright Law, Art. 5"}
    add_source(house, with_evidence(dated("statute"), "statute", "evidence/LAW.txt", legal_basis=basis), {"one.jsonl": record(LAW)})
    assert run_sources(house, house.os_user()) == {}
    decided = rows("SELECT source_id, disposition, reason FROM current_decisions WHERE gate = 'duplicate' ORDER BY ALL")
    assert decided == [
        ("granted", "admit", None),
        ("mirror", "quarantine", "duplicate.laundering"),
        *[("press", "reject", "duplicate.member")] * 4,
        ("statute", "admit", None),
        ("undated", "quarantine", "duplicate.undated"),
    ]
    seen = show_cluster(house, str(rows("SELECT cluster_id FROM current_clusters WHERE source_id = 'mirror'")[0][0]))
    assert [row["source_id"] for row in seen.members] == ["mirror", "press"]
    assert (seen.rights["source_ids"], seen.rights["attributed_source_ids"]) == (["mirror", "press"], ["press"])
    assert seen.rights["licenses"] == ["CC-BY-NC-4.0", "CC0-1.0"]


def test_a_withdrawn_copy_gives_way_to_the_one_that_would_be_kept_without_it(tmp_path: Path) -> None:
    texts = {"a": LAW, "b": LAW + "特此。", "c": LAW + "特此说明。", "d": LAW}
    house = made(tmp_path / "all", {name: {"one.jsonl": [{"id": name, "text": text}]} for name, text in texts.items()})
    asked = "SELECT source_id, disposition, reason FROM current_decisions WHERE gate = 'duplicate' ORDER BY ALL"
    ((withdrawn,),) = house.connect().execute("SELECT source_id FROM current_clusters WHERE is_kept").fetchall()
    change_state(house, house.os_user(), withdrawn, SourceState.SUSPENDED, "withdrawn by its holder")
    run_sources(house, house.os_user())
    after = house.connect().execute(asked).fetchall()
    assert (withdrawn, "reject", "duplicate.member") in after
    left = {name: {"one.jsonl": [{"id": name, "text": text}]} for name, text in texts.items() if name != withdrawn}
    fresh = made(tmp_path / "fresh", left)
    assert [row for row in after if row[0] != withdrawn] == fresh.connect().execute(asked).fetchall()
    ((kept,),) = house.connect().execute("SELECT source_id FROM current_clusters WHERE is_kept").fetchall()
    written = f"SELECT source_id, disposition FROM decisions WHERE gate = 'duplicate' AND run_id = '{last_run(house)}'"
    assert {(withdrawn, "reject"), (kept, "admit")} <= set(house.connect().execute(written).fetchall()), "both changes are decision rows"


def test_a_later_delivery_meets_the_index_even_where_it_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{LAW[n * 2 :]}{NEWS[: n * 4]}" for n in range(24)]
    one = [{"id": str(n), "text": text} for n, text in enumerate([*texts, MAIL, MAIL + "再会。"])]
    two = [{"id": "x", "text": texts[4] + "另行。"}, {"id": "y", "text": texts[7]}, {"id": "z", "text": WALK}]
    house = made(tmp_path / "twice", {"s": {"one.jsonl": one}})
    whole = read_index(house, str(last_run(house)))
    put(house.project / "sources" / "s" / "data", {"two.jsonl": two})

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.flows.deduplicate.elect", stop)
    with pytest.raises(KeyboardInterrupt):
        run_sources(house, house.os_user())
    monkeypatch.undo()
    again = open_house(read_settings(str(house.project)))
    (shard,) = open_deduplication(again, again.os_user())
    assert sign_shard(again, shard) == 0
    with monkeypatch.context() as patched:
        for name in ("cluster", "extend"):
            patched.setattr(duplicates_clusters, name, stop)
        report = elect_duplicates(again, shard.run_id)
    entry = commit_deduplication(again, again.os_user(), shard.run_id)
    assert json.loads(entry.body)["account"]["compared"] == report["compared"]

    index = read_index(again, shard.run_id)
    assert whole is not None
    assert index is not None
    assert (len(whole.names), len(index.names)) == (1, 2), "the second run extends the first one's index"
    assert index.report.compared < whole.report.compared
    assert {path.name.removesuffix(".json") for path in index_folder(again).iterdir()} == {*index.names, shard.run_id}
    once = made(tmp_path / "once", {"s": {"one.jsonl": one, "two.jsonl": two}})
    assert again.connect().execute(CLUSTERS).fetchall() == once.connect().execute(CLUSTERS).fetchall()

    before = len(once.entries())
    assert deduplicate(once, once.os_user()) is None
    assert len(once.entries()) == before
    found_and_shown(once)


def found_and_shown(house: House) -> None:
    """Ask for texts and look at a cluster, on a project that nothing more is done to."""
    (same, *_) = find_text(house, WALK.replace("，", ","), least=0.5)
    assert (same["similarity"], same["source_id"], same["license"], same["disposition"]) == (1.0, "s", "CC0-1.0", "admit")
    (like,) = find_text(house, WALK + "国家鼓励。", least=0.5)
    assert like["document_id"] == same["document_id"]
    assert 0.8 <= like["similarity"] < 1
    assert find_text(house, BREAD, least=0.5) == find_text(house, "短", least=0.5) == []

    mails = house.connect().execute("SELECT document_id FROM documents WHERE contains(text, 'zhang.san') ORDER BY ALL").fetchall()
    seen = show_cluster(house, mails[0][0][:12])
    assert {row["document_id"] for row in seen.members} == {each for (each,) in mails}
    lines = difference_of(house, seen.members)
    assert any(line.startswith(("+再会", "-再会")) for line in lines)
    assert "zhang.san" not in "\n".join(published_texts(house, [each for (each,) in mails]).values())
    asked_by_hand(house, mails[0][0][:12])
    with pytest.raises(ConfigurationError, match="one member"):
        difference_of(house, seen.members, "zz", "zz")
    with pytest.raises(ConfigurationError, match="expected one cluster"):
        show_cluster(house, "zz")
    with pytest.raises(EvidenceError, match="not shown"):
        published_texts(house, ["f" * 64])


def asked_by_hand(house: House, start: str) -> None:
    """Ask the same on the command line."""

    def said(*words: str) -> Result:
        return CliRunner().invoke(main, ["--project", str(house.project), "duplicates", *words])

    shown = said("show", start)
    assert (shown.exit_code, "zhang.san" in shown.output) == (0, False)
    assert [line for line in shown.stdout.splitlines() if line[:1] in "+-" and "再会" in line]
    assert "licenses: CC0-1.0" in shown.stdout
    assert "再会" not in said("show", start, "--no-diff").stdout
    rights = json.loads(said("show", start, "--format", "json").stdout)
    assert (len(rights["members"]), rights["rights"]["source_ids"]) == (2, ["s"])
    members = [row["document_id"] for row in rights["members"]]
    assert said("show", start, "--diff", members[1], members[1]).stdout.endswith("equal as published\n")
    text = house.project / "text.txt"
    text.write_text(WALK, encoding="utf-8")
    found = json.loads(said("find", "--file", str(text), "--format", "json").stdout)
    assert [(row["similarity"], row["license"]) for row in found] == [(1.0, "CC0-1.0")]
    text.write_text(BREAD, encoding="utf-8")
    assert said("find", "--file", str(text)).exit_code == 1
    text.write_bytes(BREAD.encode("gb18030"))
    assert isinstance(said("find", "--file", str(text)).exception, DataError)


def test_a_text_is_not_found_before_anything_was_compared(house: House) -> None:
    with pytest.raises(ConfigurationError, match="laiyuan run"):
        find_text(house, LAW, least=0.5)
