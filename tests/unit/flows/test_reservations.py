"""What rights holders say is read with the records, kept with the bytes it was read from, and keeps their documents out."""

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.adapters.evidence_store import read
from pipeline.domain.sources import SourceState
from pipeline.flows.acquire import acquire
from pipeline.flows.gate import gate
from pipeline.flows.house import House
from pipeline.flows.policies import active_policies
from pipeline.flows.publish import publish
from pipeline.flows.run import run_sources
from pipeline.flows.sources import change_state
from pipeline.flows.standing import standing_of
from pipeline.stages.gate_source import source_fault
from tests.conftest import add_source, declaration, put

Ask = Callable[[str], list[tuple[object, ...]]]
TEXT = "这是一篇足够长的网页正文，用来检查权利保留的信号是否被读取，并且在读取之后是否被遵守。"
LONG = (
    "图书馆本周末举办古籍修复讲座，主讲人介绍了纸张老化的成因，并现场演示了补洞、托裱与压平的完整过程。"
    "讲座之后，读者可以在二楼的阅览室参观新近修复的地方志，馆员会说明每一册的来历与损坏的情形。"
)
STAY_OUT = b"User-agent: GPTBot\nDisallow: /closed/\n\nUser-agent: *\nDisallow: /private/\n"


def page(head: str = "", text: str = TEXT) -> str:
    return f"<html lang=zh><head><title>t</title>{head}</head><body><p>{text}</p></body></html>"


def archive(*captures: tuple[str, int, list[tuple[str, str]], bytes]) -> bytes:
    """Return a WARC of HTTP answers: address, status, headers, body."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False)
    for url, status, headers, body in captures:
        http = StatusAndHeaders(f"{status} OK", headers, protocol="HTTP/1.1")
        writer.write_record(writer.create_warc_record(url, "response", payload=io.BytesIO(body), http_headers=http))
    return out.getvalue()


HTML, TEXTS = [("Content-Type", "text/html; charset=utf-8")], [("Content-Type", "text/plain")]


def web(name: str, *captures: tuple[str, str, list[tuple[str, str]]]) -> list[tuple[str, int, list[tuple[str, str]], bytes]]:
    return [(f"https://{name}/{path}", 200, [*HTML, *more], page(head, TEXT + path).encode()) for path, head, more in captures]


def of_format(source_id: str, form: str, **more: object) -> dict[str, object]:
    return declaration(source_id, delivery={"address": "data", "files": "*", "format": form, "max_reject_ratio": 1.0}, **more)


def gated(house: House, source_id: str) -> None:
    acquire(house, house.os_user(), source_id)
    gate(house, house.os_user(), source_id)


def reasons(rows: Ask) -> dict[object, object]:
    found = rows(
        "SELECT documents.locator, current_decisions.reason FROM documents JOIN current_decisions USING (document_id) WHERE gate = 'source'"
    )
    return dict(found)  # type: ignore[arg-type]


def test_signals_of_pages_and_of_their_sites(house: House, rows: Ask) -> None:
    captures = [
        *web("a.example", ("private/1", "", []), ("closed/1", "", []), ("open/1", "", [])),
        *web("a.example", ("noai", "", [("X-Robots-Tag", "index, noai")]), ("tdm", "<meta name='tdm-reservation' content='1'>", [])),
        ("https://a.example/robots.txt", 200, TEXTS, STAY_OUT),
        ("https://b.example/robots.txt", 200, HTML, page().encode()),
        *web("b.example", ("1", "", [])),
        ("https://c.example/robots.txt", 404, HTML, b"none"),
        ("https://c.example/.well-known/tdmrep.json", 200, TEXTS, b'[{"location":"/paid/","tdm-reservation":1}]'),
        *web("c.example", ("paid/1", "", []), ("free/1", "", [("tdm-reservation", "0")])),
    ]
    source = add_source(house, of_format("web", "warc"), {"one.warc": archive(*captures)})
    gated(house, source)
    found = reasons(rows)
    assert {str(url).partition("//")[2]: reason for url, reason in found.items()} == {
        "a.example/private/1": "source.reserved",
        "a.example/closed/1": "source.reserved",
        "a.example/open/1": None,
        "a.example/noai": "source.reserved",
        "a.example/tdm": "source.reserved",
        "b.example/1": "source.reserved",
        "c.example/paid/1": "source.reserved",
        "c.example/free/1": None,
    }
    said = rows("SELECT DISTINCT signal, verdict, agent, detail FROM reservations WHERE verdict <> 'allowed' ORDER BY ALL")
    assert said == [
        ("noai", "denied", "*", None),
        ("robots", "denied", "GPTBot", "robots.read"),
        ("robots", "denied", next(agents for _, _, agents, _ in said if "laiyuan" in str(agents) and " " in str(agents)), "robots.read"),
        ("robots", "unreadable", "laiyuan", "robots.markup"),
        ("tdm_meta", "denied", "*", None),
        ("tdmrep_file", "denied", "*", None),
    ]
    [(digest,)] = rows("SELECT body_sha256 FROM site_files WHERE origin = 'https://a.example'")
    assert read(house.settings.warehouse, str(digest)) == STAY_OUT
    assert rows("SELECT count(*) FROM rejects WHERE detail LIKE '%kept as evidence'") == [(4,)]
    explained = rows(
        "SELECT value FROM explain_document((SELECT document_id FROM documents WHERE locator LIKE '%closed%')) WHERE step = 'reservation'"
    )
    assert explained == [("denied for GPTBot, by robots.txt (robots.read)",)]


def test_a_page_that_later_reserves_is_decided_again_and_a_lifted_reservation_counts_no_more(house: House, rows: Ask) -> None:
    source = add_source(
        house, of_format("pages", "html"), {"1.html": page(), "2.html": page("<meta name=robots content='noai'>", TEXT + "二")}
    )
    gated(house, source)
    assert sorted(reasons(rows).values(), key=str) == [None, "source.reserved"]
    put(house.project / "sources" / source / "data", {"1.html": page("<meta name=robots content=noai>"), "2.html": page(text=TEXT + "二")})
    gated(house, source)
    assert reasons(rows) == {"1.html#0": "source.reserved", "2.html#0": None}


OF_THE_SOURCE = {
    "all": ({"robots.txt": "User-agent: *\nDisallow: /\n"}, {}, "source.reserved"),
    "some": ({"robots.txt": "User-agent: *\nDisallow: /private/\n"}, {}, None),
    "broken": ({"robots.txt": "<html>not found</html>"}, {}, "source.reserved"),
    "mining": ({"tdmrep.json": '[{"location": "/", "tdm-reservation": 1}]'}, {}, "source.reserved"),
    "login": ({}, {"obtained": {"method": "upload", "at": "2026-01-01", "login": True}}, "source.reserved"),
    "free": ({}, {"obtained": {"method": "upload", "at": "2026-01-01", "paywall": False}}, None),
}


def test_what_speaks_for_a_whole_source(house: House, rows: Ask) -> None:
    kinds = {"robots.txt": "robots", "tdmrep.json": "tdmrep"}
    for name, (files, more, _) in OF_THE_SOURCE.items():
        pieces = [
            {"file": f"evidence/{file}", "kind": kinds[file], "about": "data", "read_at": "the site", "retrieved_at": "2026-01-01"}
            for file in files
        ]
        stated = declaration(name, **more)
        stated["evidence"] = [*stated["evidence"], *pieces]  # type: ignore[misc]
        put(house.project / "sources" / name / "evidence", files)
        add_source(house, stated, {}, admit=False)
    assert rows("SELECT count(*) FROM source_reservations") == [(len(OF_THE_SOURCE),)]
    policy = active_policies(house).source
    for name, (_, _, reason) in OF_THE_SOURCE.items():
        standing = replace(standing_of(house, name), state=SourceState.ADMITTED)
        assert source_fault(standing, policy, datetime.now(UTC)) == reason, name


def test_a_declared_robots_file_speaks_for_the_pages_of_its_site(house: House, rows: Ask) -> None:
    stated = of_format("crawl", "warc")
    piece = {"file": "evidence/robots.txt", "kind": "robots", "about": "data", "retrieved_at": "2026-01-01"}
    stated["evidence"] = [*stated["evidence"], {**piece, "read_at": "https://a.example/robots.txt"}]  # type: ignore[misc]
    put(house.project / "sources" / "crawl" / "evidence", {"robots.txt": STAY_OUT})
    captures = [*web("a.example", ("private/1", "", [])), *web("b.example", ("private/1", "", []))]
    gated(house, add_source(house, stated, {"one.warc": archive(*captures)}))
    assert reasons(rows) == {"https://a.example/private/1": "source.reserved", "https://b.example/private/1": None}


def test_labels_of_generated_content_are_kept_and_the_records_own_terms_stand_beside(house: House, rows: Ask) -> None:
    label = 'AIGC: {Label: "1", ContentProducer: "model-7", ProduceID: "x-1"}'
    texts = [
        {"id": "a", "text": f"---\n{label}\nlicense: cc-by-nc-4.0\n---\n{TEXT}"},
        {"id": "b", "text": TEXT + "二", "AIGC": '{"Label":"2","ContentProducer":"m"}'},
        {"id": "c", "text": TEXT + "三"},
        {"id": "d", "text": f"---\nAIGC: {{broken\n---\n{TEXT}四"},
    ]
    gated(house, add_source(house, declaration("s"), {"one.jsonl": texts}))
    assert rows(
        "SELECT locator, is_synthetic, label, content_producer FROM document_origins JOIN documents USING (document_id) ORDER BY 1"
    ) == [
        ("a", True, "1", "model-7"),
        ("b", True, "2", "m"),
        ("c", False, None, None),
        ("d", True, "unreadable", None),
    ]
    assert rows("SELECT locator, reason FROM documents JOIN current_decisions USING (document_id) WHERE gate = 'license' ORDER BY 1")[
        0
    ] == (
        "a",
        "license.not_permitted",
    )
    assert rows("SELECT count(*) FROM documents WHERE text LIKE '---%AIGC%'") == [(2,)]


def test_suspending_says_what_holds_the_documents_and_decides_them_again(house: House, rows: Ask) -> None:
    source = add_source(house, declaration("s"), {"one.jsonl": [{"id": "a", "text": LONG}]})
    run_sources(house, house.os_user(), [source])
    publish(house, house.os_user(), "release")
    change_state(house, house.os_user(), source, SourceState.SUSPENDED, "asked to")
    facts = house.facts()[-1][1]
    [(snapshot_id,)] = rows("SELECT snapshot_id FROM snapshots")
    assert facts["held_by"] == [{"kind": "snapshot", "name": snapshot_id, "documents": 1}]
    gate(house, house.os_user(), source)
    assert reasons(rows) == {"a": "source.suspended"}
