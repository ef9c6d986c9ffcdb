"""The read-only page: every address reads one view and nothing writes. Works without scripts, fetches nothing from elsewhere.

``laiyuan serve`` opens it on loopback behind a token, Airflow mounts it behind its own login; both hand in how to open
the project. A fault is a page with its message, never a trace. Requests take turns, because an open project is one
process's reading of the ledger and is not made for threads.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from threading import Lock
from typing import Annotated, Any
from urllib.parse import parse_qs, urlencode

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from pipeline.adapters.shipped import shipped
from pipeline.adapters.templates import render, trusted
from pipeline.domain.attestations import file_text
from pipeline.errors import ConfigurationError, EvidenceError, PipelineError, ServiceError
from pipeline.flows.house import House
from pipeline.page import batches, clusters, documents, ledger, snapshots, sources
from pipeline.page.views import LANGUAGES, View, Words, read_words

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
}
MOST_BYTES = 2 * 2**20
"""Longest form that is read: a text of about 200,000 Chinese characters, each nine bytes when sent."""
_NAVIGATION = (
    ("/", "search"), ("/sources", "sources"), ("/snapshots", "snapshots"), ("/clusters", "clusters"), ("/batches", "batches"),
    ("/alarms", "alarms"), ("/ledger", "ledger"),
)  # fmt: skip
_LANGUAGE_COOKIE = "laiyuan_lang"
_STATUS = {ConfigurationError: 404, EvidenceError: 403, ServiceError: 503}
Read = Callable[[House, Words], View | Response]
Number = Annotated[int, Query(alias="page", ge=1, le=1_000_000)]
Digest = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]
Name = Annotated[str, Path(max_length=200)]


def create_page(open_project: Callable[[], House], lang: str = "zh") -> FastAPI:
    """Return the page as an ASGI application over the project that ``open_project`` opens; ``lang`` is spoken where nobody chose.

    Raises ConfigurationError for a language there is none of.
    """
    if lang not in LANGUAGES:
        raise ConfigurationError(f"language: expected one of {', '.join(LANGUAGES)}, found {lang}")
    page = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    turn = Lock()

    def answer(request: Request, read: Read) -> Response:
        words = _words_of(request, lang)
        with turn:
            shown = read(open_project(), words)
        return shown if isinstance(shown, Response) else _html(request, words, shown)

    _add_faults(page, lang)
    _add_documents(page, answer)
    _add_snapshots(page, answer)
    _add_sources(page, answer)
    _add_labeling(page, answer)
    page.get("/style.css")(_style)
    page.add_middleware(_Headers)
    return page


Answer = Callable[[Request, Read], Response]


def _add_documents(page: FastAPI, answer: Answer) -> None:
    @page.get("/")
    def search(request: Request) -> Response:
        return answer(request, documents.search_view)

    @page.post("/search")
    async def find(request: Request) -> Response:
        text = await _posted_text(request)
        return await run_in_threadpool(answer, request, lambda house, words: documents.found_view(house, words, text))

    @page.get("/documents")
    def candidates(request: Request, start: Annotated[str, Query(max_length=200)] = "", number: Number = 1) -> Response:
        def read(house: House, words: Words) -> View | Response:
            found = documents.candidates_view(house, words, start.strip().lower(), number)
            return found if isinstance(found, View) else RedirectResponse(f"{_root(request)}/documents/{found}", 303)

        return answer(request, read)

    @page.get("/documents/{document_id}")
    def document(request: Request, document_id: Digest) -> Response:
        return answer(request, lambda house, words: documents.document_view(house, words, document_id))


def _add_snapshots(page: FastAPI, answer: Answer) -> None:
    @page.get("/snapshots")
    def listed(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: snapshots.snapshots_view(house, words, number))

    @page.get("/snapshots/{snapshot_id}")
    def snapshot(request: Request, snapshot_id: Digest) -> Response:
        return answer(request, lambda house, words: snapshots.snapshot_view(house, words, snapshot_id))

    @page.get("/snapshots/{snapshot_id}/files/{name:path}")
    def file(request: Request, snapshot_id: Digest, name: Name) -> Response:
        def read(house: House, words: Words) -> Response:
            path = snapshots.snapshot_file(house, words, snapshot_id, name)
            return FileResponse(path, media_type="application/octet-stream", filename=path.name)

        return answer(request, read)

    @page.get("/snapshots/{snapshot_id}/proof/{document_id}")
    def proof(request: Request, snapshot_id: Digest, document_id: Digest) -> Response:
        def read(house: House, words: Words) -> Response:
            made = file_text(snapshots.proof_of(house, words, snapshot_id, document_id))
            return _attachment(made.encode(), "application/json", f"proof-{document_id[:12]}.json")

        return answer(request, read)


def _add_sources(page: FastAPI, answer: Answer) -> None:
    @page.get("/sources")
    def all_sources(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: sources.sources_view(house, words, number))

    @page.get("/sources/{source_id}")
    def source(request: Request, source_id: Name) -> Response:
        return answer(request, lambda house, words: sources.source_view(house, words, source_id))

    @page.get("/evidence/{digest}")
    def evidence(request: Request, digest: Digest) -> Response:
        # Whatever the bytes are, a browser must not run them: plain text, and to be saved.
        return answer(
            request,
            lambda house, words: _attachment(sources.evidence_bytes(house, words, digest), "text/plain; charset=utf-8", f"{digest}.txt"),
        )

    @page.get("/clusters")
    def all_clusters(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: clusters.clusters_view(house, words, number))

    @page.get("/clusters/{cluster_id}")
    def cluster(request: Request, cluster_id: Digest, number: Number = 1) -> Response:
        return answer(request, lambda house, words: clusters.cluster_view(house, words, cluster_id, number))


def _add_labeling(page: FastAPI, answer: Answer) -> None:
    @page.get("/batches")
    def all_batches(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: batches.batches_view(house, words, number))

    @page.get("/batches/{batch_id}")
    def batch(request: Request, batch_id: Name) -> Response:
        return answer(request, lambda house, words: batches.batch_view(house, words, batch_id))

    @page.get("/alarms")
    def alarms(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: batches.alarms_view(house, words, number))

    @page.get("/ledger")
    def entries(request: Request, number: Number = 1) -> Response:
        return answer(request, lambda house, words: ledger.ledger_view(house, words, number))

    @page.get("/ledger/{seq}")
    def entry(request: Request, seq: Annotated[int, Path(ge=0)]) -> Response:
        return answer(request, lambda house, words: ledger.entry_view(house, words, seq))


def _add_faults(page: FastAPI, lang: str) -> None:
    """Turn every fault into a page with its message; of a plain bug only the class is told, its message may quote a document."""

    def fault(request: Request, status: int, message: str) -> Response:
        words = _words_of(request, lang)
        return _html(request, words, View(words.say("fault"), message, []), status)

    @page.exception_handler(PipelineError)
    async def ours(request: Request, error: PipelineError) -> Response:
        return fault(request, _STATUS.get(type(error), 500), str(error))

    @page.exception_handler(HTTPException)
    async def of_http(request: Request, error: HTTPException) -> Response:
        return fault(request, error.status_code, str(error.detail))

    @page.exception_handler(RequestValidationError)
    async def of_address(request: Request, error: RequestValidationError) -> Response:
        _ = error
        return fault(request, 404, _words_of(request, lang).say("no_such_page"))

    @page.middleware("http")
    async def bugs(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        # A handler for Exception would answer, and then raise again into the server's log.
        try:
            return await call_next(request)
        except Exception as error:  # noqa: BLE001
            return fault(request, 500, _words_of(request, lang).say("bug", name=type(error).__name__))


class _Headers:
    """Put the headers that keep a page harmless on every answer, refusals included."""

    def __init__(self, inner: Callable[..., Awaitable[None]]) -> None:
        self._inner = inner

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Callable[[Any], Awaitable[None]]) -> None:
        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message.get("headers", [])}
                more = [(n.lower().encode(), v.encode()) for n, v in HEADERS.items() if n.lower().encode() not in given]
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        await self._inner(scope, receive, marked)


def _style() -> Response:
    return Response(shipped("templates", "page", "style.css").read_bytes(), media_type="text/css; charset=utf-8")


def _attachment(content: bytes, media_type: str, name: str) -> Response:
    return Response(content, headers={"Content-Type": media_type, "Content-Disposition": f'attachment; filename="{name}"'})


async def _posted_text(request: Request) -> str:
    """Return the text of the search form. Raises HTTPException for a form that is too long or holds none."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"the form is longer than {MOST_BYTES} bytes; ask with 'laiyuan duplicates find --file'")
    try:
        text = parse_qs(body.decode("ascii"), encoding="utf-8", errors="strict", max_num_fields=4).get("text", [""])[0]
    except ValueError:
        raise HTTPException(400, "expected a form in UTF-8 with a field 'text'") from None
    if not text.strip():
        raise HTTPException(400, "expected a text to look for, found none")
    return text


def _words_of(request: Request, lang: str) -> Words:
    """Return the words of the language asked for, else of the one chosen before, else the given one."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if wanted in LANGUAGES:
            return read_words(wanted)
    return read_words(lang)


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _html(request: Request, words: Words, view: View, status: int = 200) -> Response:
    path = request.scope["path"].removeprefix(_root(request)) or "/"
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    here = "/" if request.method != "GET" else path

    def in_language(lang: str) -> str:
        return f"{_root(request)}{here}?{urlencode([*(asked if request.method == 'GET' else []), ('lang', lang)])}"

    body = render(
        view.template,
        base=_root(request),
        lang="zh-Hans" if words.lang == "zh" else "en",
        say=words.say,
        view=view,
        navigation=[
            (target, words.say(name), "page" if target == path else "true" if target == view.under else "") for target, name in _NAVIGATION
        ],
        languages=[(each, in_language(each), each == words.lang) for each in LANGUAGES],
        trusted=trusted,
        **view.more,
    )
    response = HTMLResponse(body, status)
    if request.query_params.get("lang") in LANGUAGES:
        response.set_cookie(_LANGUAGE_COOKIE, words.lang, max_age=365 * 86_400, path=_root(request) or "/", httponly=True, samesite="lax")
    return response
