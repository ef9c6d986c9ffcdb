"""What the page answers, shows and never shows, asked without a browser."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from pipeline.errors import LawError
from pipeline.flows.house import House
from pipeline.page.app import HEADERS, MOST_BYTES, create_page
from pipeline.page.views import read_words
from pipeline.standalone.verify_snapshot import verify_proof
from tests.page_kit import HELD_MARK, HOSTILE, MASKED, TWIN, law

from .conftest import PAGES, Known


def state_of(folder: Path) -> dict[str, str]:
    """Return the digest of every file below a folder."""
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_looking_writes_nothing_and_every_answer_carries_the_headers(client: TestClient, shown: House, known: Known) -> None:
    before = state_of(shown.project)
    assert len(known.paths()) == PAGES
    answers = [client.get(path, params={"lang": lang} if "?" not in path else None) for path in known.paths() for lang in ("zh", "en")]
    answers += [
        client.get(path) for path in ("/style.css", f"/evidence/{known.evidence}", f"/snapshots/{known.snapshot}/files/manifest.json")
    ]
    answers += [client.get(f"/snapshots/{known.snapshot}/proof/{known.document}"), client.post("/search", data={"text": TWIN})]
    answers += [client.delete("/"), client.post("/sources"), client.get("/ledger/x"), client.get("/documents/zz")]
    assert state_of(shown.project) == before
    for answer in answers:
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert {answer.status_code for answer in answers} == {200, 404, 405}


def test_nobody_sees_a_text_that_is_held_or_a_value_that_was_masked(client: TestClient, known: Known) -> None:
    everything = [client.get(path).text for path in known.paths()]
    everything += [client.get(f"/documents/{known.masked}").text]
    assert not [text for text in everything if HELD_MARK in text or MASKED in text]
    masked = client.get(f"/documents/{known.masked}").text
    assert "联系人" in masked
    assert "Not shown" in client.get(f"/documents/{known.held}").text
    assert "Not shown" in client.get(f"/documents/{known.twin}").text


def test_hostile_words_are_words(client: TestClient, known: Known) -> None:
    for path in known.paths():
        text = client.get(path).text
        assert "<script" not in text
        assert "<img" not in text
    assert "&lt;script&gt;window.hacked=2" in client.get(f"/documents/{known.document}").text
    echoed = client.post("/search", data={"text": f"</textarea>{HOSTILE}"}).text
    assert "&lt;/textarea&gt;&lt;script" in echoed
    assert "<script" not in echoed
    assert "<script" not in client.get("/documents", params={"start": "<script>"}).text


def test_a_document_is_found_by_the_start_of_its_id_and_by_its_text(client: TestClient, known: Known) -> None:
    one = client.get("/documents", params={"start": f" {known.document[:20].upper()} "})
    assert (one.status_code, one.headers["location"]) == (303, f"/documents/{known.document}")
    same = client.post("/search", data={"text": TWIN}).text
    assert same.count(f"/documents/{known.twin}") == 2  # once as exactly this text, once in the index of duplicates
    alike = client.post("/search", data={"text": TWIN[:-6] + "玉出昆岗也。"}).text
    assert f"/documents/{known.twin}" in alike
    assert "None." in alike
    assert client.get("/documents", params={"start": "0" * 63}).status_code == 404
    assert client.get("/documents", params={"start": ""}).status_code == 404


def test_lists_have_pages(client: TestClient) -> None:
    first = client.get("/documents", params={"start": ""})
    assert "Expected the start" in first.text
    counts = []
    for digit in "0123456789abcdef":
        answer = client.get("/documents", params={"start": digit})
        counts.append(answer.text.count('<th scope="row">') or (1 if answer.status_code == 303 else 0))
    assert sum(counts) == 70
    entries = client.get("/ledger").text
    assert ("Page 1 of" in entries) == (entries.count('<th scope="row">') == 50)
    assert client.get("/ledger", params={"page": 0}).status_code == 404
    assert "None." in client.get("/sources", params={"page": 9}).text


def test_the_chain_the_account_and_the_verdict_are_shown(client: TestClient, known: Known) -> None:
    document = client.get(f"/documents/{known.document}").text
    assert all(word in document for word in ("CC0-1.0", "Chain of custody", "<svg", "LICENSE.txt", "published in"))
    assert "What keeps it out" not in document
    twin = client.get(f"/documents/{known.twin}").text
    assert "duplicate.member" in twin
    snapshot = client.get(f"/snapshots/{known.snapshot}").text
    assert all(word in snapshot for word in ("laws", "verify_snapshot.py", "manifest.json", "attestation.dsse.json", "<path"))
    batch = client.get("/batches/b-1").text
    assert all(word in batch for word in ("0.9167", "accepted", "proved lower bound"))
    assert "too_fast" in client.get("/alarms").text
    assert "policy.activated" in client.get("/ledger").text


def test_files_evidence_and_proofs_are_what_they_say(client: TestClient, shown: House, known: Known, tmp_path: Path) -> None:
    evidence = client.get(f"/evidence/{known.evidence}")
    assert sha256(evidence.content).hexdigest() == known.evidence
    assert evidence.headers["content-type"] == "text/plain; charset=utf-8"
    assert evidence.headers["content-disposition"].startswith("attachment")
    manifest = json.loads(client.get(f"/snapshots/{known.snapshot}/files/manifest.json").content)
    for file in manifest["files"]:
        got = client.get(f"/snapshots/{known.snapshot}/files/{file['path']}")
        assert sha256(got.content).hexdigest() == file["sha256"]
        assert got.headers["content-disposition"].startswith("attachment")
    proof = tmp_path / "proof.json"
    proof.write_bytes(client.get(f"/snapshots/{known.snapshot}/proof/{known.document}").content)
    assert verify_proof(proof)["holds"]
    with shown.connect() as rows:
        (policy,) = rows.execute("SELECT policy_sha256 FROM active_policies").fetchall()[0]
    assert client.get(f"/evidence/{policy}").status_code == 404


@pytest.mark.parametrize("name", ["../../../laiyuan.yaml", "..%2f..%2f..%2flaiyuan.yaml", "%2Fetc%2Fpasswd", "data", "nothing.json"])
def test_no_other_file_can_be_had(client: TestClient, known: Known, name: str) -> None:
    assert client.get(f"/snapshots/{known.snapshot}/files/{name}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [(b"text=" + b"a" * MOST_BYTES, 413), (b"", 400), (b"text=%20", 400), (b"text=%ff%fe", 400), (b"\xff", 400)]
)
def test_a_form_that_is_no_question_is_refused(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/search", content=body, headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == status
    assert "<h1>This cannot be shown</h1>" in answer.text


@pytest.mark.parametrize(
    ("error", "said"), [(LawError("ledger entry 3: the chain is broken"), "chain is broken"), (ValueError(HELD_MARK), "ValueError")]
)
def test_a_fault_is_a_page_without_a_trace(error: Exception, said: str) -> None:
    def broken() -> House:
        raise error

    answer = TestClient(create_page(broken, "en")).get("/sources")
    assert answer.status_code == 500
    assert said in answer.text
    assert "Traceback" not in answer.text
    assert HELD_MARK not in answer.text
    assert answer.headers["Content-Security-Policy"] == HEADERS["Content-Security-Policy"]


def test_the_language_asked_for_is_remembered(client: TestClient) -> None:
    assert '<html lang="en">' in client.get("/").text
    chosen = client.get("/sources", params={"lang": "zh"})
    assert '<html lang="zh-Hans">' in chosen.text
    assert "httponly" in chosen.headers["set-cookie"].lower()
    assert '<html lang="zh-Hans">' in client.get("/sources").text
    assert '<html lang="zh-Hans">' in client.get("/sources", params={"lang": "xx"}).text
    other = client.get("/ledger", params={"page": 1, "lang": "zh"}).text
    assert 'href="/ledger?page=1&amp;lang=en"' in other


def test_every_word_is_there_in_both_languages() -> None:
    known = read_words("en").known
    assert {lang for part in known.values() for words in part.values() for lang in words} == {"zh", "en"}
    assert all(set(words) == {"zh", "en"} and all(words.values()) for part in known.values() for words in part.values())


def test_a_page_below_a_prefix_links_below_it(shown: House, known: Known) -> None:
    from fastapi import FastAPI

    outer = FastAPI()
    outer.mount("/laiyuan", create_page(lambda: shown, "en"))
    inside = TestClient(outer, follow_redirects=False)
    text = inside.get("/laiyuan/sources").text
    assert 'href="/laiyuan/sources/laws"' in text
    assert 'href="/laiyuan/style.css"' in text
    assert 'href="/laiyuan/sources" aria-current="page"' in text
    assert 'href="/laiyuan/sources?lang=zh"' in text
    assert inside.get("/laiyuan/documents", params={"start": known.twin}).headers["location"] == f"/laiyuan/documents/{known.twin}"


def test_a_law_of_the_corpus_is_found_whatever_line_ends_the_browser_sends(client: TestClient) -> None:
    assert client.post("/search", data={"text": law(3)}).text.count('href="/documents/') == 2
    assert (
        client.post("/search", data={"text": f"{law(3)}\r\n"}).text.count('href="/documents/') == 1
    )  # another digest, the same when folded
