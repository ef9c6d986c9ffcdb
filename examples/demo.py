"""The demo: the corpus in examples/quickstart through the three Airflow DAGs to a published snapshot, and three answers.

``run`` runs the real DAGs in this one process and ends; ``serve`` starts Airflow with its pages for a person to click.
Nothing leaves this host, nothing is written outside the given folder, and every run starts from a fresh project, so
that two runs must end in the same snapshot digest.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from pipeline.adapters.airflow import environment

ROOT = Path(__file__).resolve().parent.parent
DAGS = ("ingest_corpus", "gate_documents", "publish_snapshot")
COUNTED = ("admit", "redact", "quarantine", "reject")
NAMES = {"admit": "admitted\n收录", "redact": "redacted\n脱敏", "quarantine": "quarantined\n隔离", "reject": "rejected\n拒绝"}
_HEALTHY_SECONDS = 300


def main() -> int:
    """Run one of the two commands and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("command", choices=("run", "serve"))
    parser.add_argument("--folder", type=Path, default=Path(".demo"))
    parser.add_argument("--corpus", type=Path, default=ROOT / "examples" / "quickstart", help="project folder to copy")
    parser.add_argument("--port", type=int, default=18081, help="serve: the port of Airflow's pages on loopback")
    given = parser.parse_args()
    folder = given.folder.resolve()
    return serve(folder, given.corpus, given.port) if given.command == "serve" else run(folder, given.corpus)


def run(folder: Path, corpus: Path) -> int:
    """Make a fresh project, run the three DAGs in this process and show what came of it."""
    began = time.monotonic()
    console = Console()
    project = folder / "corpus"
    enter(folder, project, folder / "airflow")
    console.rule("[bold]Laiyuan 来源")
    with told(console, "declarations and evidence 登记来源与证据"), migrated(folder, folder / "airflow"):
        shutil.rmtree(project, ignore_errors=True)
        states = prepare(project, corpus, asks_a_person=False)
    console.print("  " + ", ".join(f"{name} {sum(state == name for state in states.values())}" for name in sorted(set(states.values()))))
    log = folder / "airflow" / "demo.log"
    log.unlink(missing_ok=True)
    for name in DAGS:
        with told(console, f"Airflow DAG {name}"), into_file(log):
            dag_run_state = run_dag(name)
        if dag_run_state != "success":
            console.print(f"[bold red]{name} ended as {dag_run_state}.[/] What happened: {log}")
            return 1
    is_published = show(console, folder, project)
    console.print(f"[dim]{time.monotonic() - began:.0f} s[/dim]")
    return 0 if is_published else 1


def enter(folder: Path, project: Path, home: Path, *, port: int = 18081, all_admins: bool = False) -> None:
    """Set this process's environment to the demo's, before anything of Airflow is imported."""
    home.mkdir(parents=True, exist_ok=True)
    # The key stays between runs: keyed digests, and so what is derived from them, are then the same again.
    keys = {"LAIYUAN_KEYS": str(folder / "keys")}
    os.environ.pop("LAIYUAN_WAREHOUSE", None)
    os.environ.update(environment(home, ROOT / "dags", project, port=port, all_admins=all_admins) | keys)
    # Airflow starts its own parts by the name 'airflow'.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"


@contextmanager
def migrated(folder: Path, home: Path) -> Iterator[None]:
    """Give Airflow a fresh migrated database; migrating takes seconds, so a copy is kept and the first one is made meanwhile."""
    from importlib.metadata import version

    template = folder / f"airflow-{version('apache-airflow')}.db"
    migration = None
    for old in home.glob("airflow.db*"):
        old.unlink()
    if not template.exists():
        with (home / "migrate.log").open("wb") as log:
            migration = subprocess.Popen([_command("airflow"), "db", "migrate"], stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        if migration is not None:
            code = migration.wait()
    if migration is None:
        shutil.copyfile(template, home / "airflow.db")
    elif code:
        raise SystemExit(f"'airflow db migrate' ended with {code}; what it said: {home / 'migrate.log'}")
    else:
        # Closing the last connection has folded SQLite's write-ahead log into the one file.
        shutil.copyfile(home / "airflow.db", template.with_suffix(".new"))
        template.with_suffix(".new").replace(template)


def prepare(project: Path, corpus: Path, *, asks_a_person: bool) -> dict[str, str]:
    """Make a project of the corpus, activate its policies, and take each source as far as its declaration proposes.

    Returns the state of each source. One person runs the demo, so that governance allows proposing and admitting alone;
    a source whose evidence does not carry it stays where its evidence ends.
    """
    from pipeline.domain.sources import SourceState
    from pipeline.errors import EvidenceError
    from pipeline.flows.policies import activate
    from pipeline.flows.project import init_project
    from pipeline.flows.sources import change_state, declare, declared_paths, read_source

    shutil.copytree(corpus, project)
    house = init_project(project, alone=True)
    if not asks_a_person:
        publish_without_asking(project / "policies" / "publish.yaml")
    actor = house.os_user()
    activate(house, actor, "the demo's policies")
    states = {}
    for path in declared_paths(project):
        _, source = read_source(project, path.parent.name)
        declare(house, actor, path)
        if source.propose == "refuse":
            change_state(house, actor, source.source, SourceState.REFUSED, source.refuse_because or "its declaration proposes it")
            states[source.source] = "refused"
            continue
        try:
            change_state(house, actor, source.source, SourceState.ASSESSED, "demo: evidence read")
            change_state(house, actor, source.source, SourceState.ADMITTED, "demo: evidence complete")
            states[source.source] = "admitted"
        except EvidenceError as error:
            sys.stderr.write(f"{error}\n")
            states[source.source] = "left as it is"
    return states


def publish_without_asking(policy: Path) -> None:
    """Let the demo end by itself: its policy, not a flag, says that nobody is asked before publishing."""
    text = policy.read_text(encoding="utf-8")
    changed = re.sub(r"^needs_approval: *true\b", "needs_approval: false", text, flags=re.MULTILINE)
    if not re.search(r"^needs_approval: *false\b", changed, flags=re.MULTILINE):
        raise SystemExit(f"{policy}: expected a line 'needs_approval: true' or 'false', found none")
    policy.write_text(changed, encoding="utf-8")


def run_dag(name: str) -> str:
    """Run one DAG to its end in this process and return the state of its run."""
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(dag_folder=str(ROOT / "dags" / f"{name}.py"))
    return str(bag.dags[name].test().state)


def show(console: Console, folder: Path, project: Path) -> bool:
    """Print the account, the digest, three answers and where to go next; tell whether a snapshot was published."""
    from pipeline.flows.house import open_house
    from pipeline.settings import read_settings

    house = open_house(read_settings(str(project)))
    with house.connect() as rows:
        lines = rows.execute("SELECT source_id, disposition, reason, documents FROM account WHERE gate = 'all'").fetchall()
        account = [dict(zip(("source_id", "disposition", "reason", "documents"), line, strict=True)) for line in lines]
        rejects = dict(rows.execute("SELECT source_id, count(*) FROM rejects GROUP BY source_id").fetchall())
        published = rows.execute("SELECT snapshot_id, documents FROM snapshots ORDER BY recorded_at DESC LIMIT 1").fetchone()
        chosen = {name: document_id or "" for name, document_id in rows.execute(_CHOSEN).fetchall()}
    if published is None:
        console.print("[bold red]No snapshot was published.[/]")
        return False
    console.rule("[bold]Account by source 各来源账目")
    console.print(account_table(account, rejects))
    console.print(f"Not admitted because 未收录原因: {reasons(account)}", soft_wrap=True)
    snapshot_id, documents = published
    console.rule("[bold]Snapshot 快照")
    console.print(f"{documents} documents under [bold]{snapshot_id}[/]", soft_wrap=True)
    compare(console, folder / "last_digest", snapshot_id)
    console.rule("[bold]Three answers 三个回答")
    for words in (["explain", chosen["in"][:12]], ["why-not", chosen["out"][:12]], ["ask", "ledger_intact"]):
        console.print(f"[bold]$ laiyuan {' '.join(words)}[/]", soft_wrap=True)
        answer(project, words)
    console.rule("[bold]Where to go next 接下来")
    shown = _below_here(project)
    console.print(f"  cd {shown} && laiyuan ask             every question an auditor asks 审计问题", soft_wrap=True)
    console.print(f"  laiyuan snapshot verify {snapshot_id[:12]}    recompute the digest from the files 重算摘要", soft_wrap=True)
    console.print("  make airflow                          the same DAGs with Airflow's pages 打开 Airflow 页面", soft_wrap=True)
    console.print("  laiyuan init my-corpus                start on your own data 用自己的数据开始", soft_wrap=True)
    console.print("  (laiyuan is .venv/bin/laiyuan; 'source .venv/bin/activate' puts it on your path)", soft_wrap=True)
    return True


# One document that was published with redactions, and one that stayed out as a near-duplicate of a better copy.
_CHOSEN = """
SELECT 'in', min(document_id) FROM document_standing WHERE is_admitted AND disposition = 'redact'
UNION ALL
SELECT 'out', coalesce(min(document_id) FILTER (reason = 'duplicate.member' AND source_id = 'cn-laws-mirror'), min(document_id))
FROM document_standing WHERE disposition = 'reject'
"""


def account_table(lines: list[dict[str, Any]], rejects: dict[str, int]) -> Table:
    """Return one line per source and a total: documents = admitted + redacted + quarantined + rejected."""
    table = Table("source\n来源", box=None, header_style="bold", pad_edge=False)
    table.columns[0].no_wrap = True
    for heading in ("documents\n文档", *(NAMES[name] for name in COUNTED), "unreadable\n无法读取"):
        table.add_column(heading, justify="right", no_wrap=True)
    totals = [0] * (len(COUNTED) + 2)
    for source in sorted({line["source_id"] for line in lines} | set(rejects)):
        mine = [line for line in lines if line["source_id"] == source]
        by_name = [sum(line["documents"] for line in mine if line["disposition"] == name) for name in COUNTED]
        counts = [sum(line["documents"] for line in mine), *by_name, rejects.get(source, 0)]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        table.add_row(source, *(str(count) if count else "·" for count in counts))
    table.add_row("total 合计", *(str(total) for total in totals), style="bold")
    return table


def reasons(lines: list[dict[str, Any]]) -> str:
    """Return the reasons why documents were not admitted, the commonest first."""
    counts: dict[str, int] = {}
    for line in lines:
        if line["disposition"] in ("quarantine", "reject"):
            counts[str(line["reason"])] = counts.get(str(line["reason"]), 0) + line["documents"]
    return ", ".join(f"{reason} {count}" for reason, count in sorted(counts.items(), key=lambda each: (-each[1], each[0])))


def compare(console: Console, kept: Path, snapshot_id: str) -> None:
    """Compare with the last run's digest, say what was found, and keep the digest."""
    before = kept.read_text(encoding="ascii").strip() if kept.is_file() else ""
    kept.write_text(snapshot_id + "\n", encoding="ascii")
    if not before:
        console.print("The first run; run it again and the digest must be the same. 首次运行；再次运行，摘要必须相同。", soft_wrap=True)
    elif before == snapshot_id:
        console.print("[green]The same digest as the run before. 与上次运行的摘要一致。[/]", soft_wrap=True)
    else:
        console.print(
            f"[bold red]Not the digest of the run before ({before}): corpus, policies or code changed. 与上次不同。[/]", soft_wrap=True
        )


def answer(project: Path, words: list[str]) -> None:
    """Ask the command line itself, in this process."""
    from pipeline.cli import main as laiyuan

    sys.stdout.flush()
    laiyuan(["--project", str(project), *words], standalone_mode=False)
    sys.stdout.flush()


def serve(folder: Path, corpus: Path, port: int) -> int:
    """Start Airflow with its pages on loopback and stop all of it when this process is told to stop."""
    console = Console()
    project, home = folder / "served-corpus", folder / "served-airflow"
    enter(folder, project, home, port=port, all_admins=True)
    if not (home / "airflow.db").exists():
        with migrated(folder, home):
            pass
    if not project.exists():
        with told(console, "make a project 建立项目"):
            prepare(project, corpus, asks_a_person=True)
    log = home / "standalone.log"
    with log.open("ab") as said:
        # A group of its own: standalone's children outlive it unless the whole group is told.
        airflow = subprocess.Popen([_command("airflow"), "standalone"], stdout=said, stderr=said, start_new_session=True)
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, _as_interrupt)
    try:
        with told(console, "start Airflow 启动 Airflow"):
            is_up = wait_until_healthy(port, airflow)
        if is_up:
            console.print(f"[bold]http://127.0.0.1:{port}[/]  Trigger ingest_corpus; the other two DAGs follow by themselves.")
            console.print("publish_snapshot then waits under 'Required Actions' for you. 发布前会在“Required Actions”处等待你批准。")
            console.print("[yellow]Everybody on this host is admin here, without a login (ALL_ADMINS): for the demo only. 仅供演示。[/]")
            console.print(f"Log: {log}. Ctrl-C stops everything. 按 Ctrl-C 停止。", soft_wrap=True)
            return airflow.wait()
        console.print(f"[bold red]Airflow did not come up.[/] What it said: {log}")
    except KeyboardInterrupt:
        console.print("stopping 正在停止 ...")
        return 0
    finally:
        stop_group(airflow)
    return 1


def wait_until_healthy(port: int, airflow: "subprocess.Popen[bytes]") -> bool:
    """Return whether all of Airflow's parts report healthy before it ends or a few minutes pass."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _HEALTHY_SECONDS
    while time.monotonic() < deadline and airflow.poll() is None:
        try:
            with direct.open(f"http://127.0.0.1:{port}/api/v2/monitor/health", timeout=5) as response:
                parts = json.load(response)
        except OSError:
            parts = {}
        if parts and all(part.get("status") == "healthy" for part in parts.values()):
            return True
        time.sleep(1)
    return False


def stop_group(leader: "subprocess.Popen[bytes]") -> None:
    """End a process group, politely first."""
    for each, seconds in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(leader.pid, each)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            leader.poll()
            try:
                os.killpg(leader.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.2)


def _as_interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextmanager
def told(console: Console, what: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    began = time.monotonic()
    if console.is_terminal:
        with console.status(what):
            yield
    else:
        yield
    console.print(f"  {what} [dim]{time.monotonic() - began:.1f} s[/dim]")


@contextmanager
def into_file(path: Path) -> Iterator[None]:
    """Send this process's stdout and stderr to a file, those of libraries in C included."""
    sys.stdout.flush()
    sys.stderr.flush()
    kept = [os.dup(1), os.dup(2)]
    with path.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    try:
        yield
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        for number, old in enumerate(kept, start=1):
            os.dup2(old, number)
            os.close(old)


def _command(name: str) -> str:
    return str(Path(sys.executable).with_name(name))


def _below_here(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)


if __name__ == "__main__":
    sys.exit(main())
