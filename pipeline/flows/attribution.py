"""The attribution page of a snapshot: whose work it holds and under which terms, with the fields CC BY 4.0 3(a)(1) lists."""

import json

import duckdb

_HEAD = """# Attribution / 署名

Sources of this snapshot, their creators, terms and what was changed. Each text was normalized to Unicode NFC; personal
information was masked where found. 本快照的来源、作者、许可条款及改动：文本统一为 Unicode NFC，发现的个人信息已作处理。

"""


def attribution_page(rows: duckdb.DuckDBPyConnection) -> str:
    """Return the page in Markdown, one section per source that has documents in what is admitted now."""
    found = rows.execute(
        """
        WITH counted AS (SELECT source_id, count(*) AS documents FROM admitted_documents GROUP BY source_id)
        SELECT sources.source_id, sources.title, sources.title_zh, sources.publisher, sources.declaration,
               current_conclusions.expression, counted.documents
        FROM counted JOIN current_sources USING (source_id) JOIN sources USING (source_id, declaration_sha256, run_id)
        LEFT JOIN current_conclusions USING (source_id)
        ORDER BY sources.source_id
        """,
    ).fetchall()
    return _HEAD + "\n".join(_section(*row) for row in found)


def _section(source_id: str, title: str, title_zh: str | None, publisher: str, declaration: str, expression: str, documents: int) -> str:  # noqa: PLR0913, PLR0917
    declared = json.loads(declaration)
    url = declared["publisher"].get("url") or declared["origin"].get("url") or "not stated / 未注明"
    stated = declared.get("legal_basis") or {}
    basis = stated[0] if isinstance(stated, list) else stated
    lines = [
        f"## {title}" + (f" / {title_zh}" if title_zh else ""),
        "",
        f"- Source / 来源: `{source_id}`, {documents} documents",
        f"- Creator / 作者: {publisher}",
        f"- Where / 出处: {url} ({declared['origin'].get('obtained_from', declared['origin'].get('dataset', ''))})",
        f"- Terms / 许可: {expression} (as declared by the distribution: {declared['license'].get('declared') or 'nothing'})",
        f"- Ground / 依据: {basis.get('basis', 'none')}, {basis.get('clause', '')}",
        "- Changes / 改动: Unicode NFC; personal information masked or replaced; duplicates removed",
    ]
    return "\n".join(lines) + "\n"
