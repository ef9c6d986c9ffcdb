"""The attribution page of a snapshot: whose work it holds and under which terms.

The fields are those that CC BY 4.0, section 3(a)(1), lists: who is to be credited, copyright notice, licence notice,
disclaimer notice, address, and an indication of changes. Notices are quoted from the evidence of the licence; what the
licensor did not supply is said to be missing, and nothing is made up.
"""

import json
import re
from collections.abc import Callable
from typing import Any

import duckdb

from pipeline.adapters.lineage import ask
from pipeline.errors import PipelineError

_HEAD = """# Attribution / 署名

Sources of this snapshot, their creators, terms and what was changed, in the fields of CC BY 4.0 section 3(a)(1). Each text was
normalized to Unicode NFC; personal information was masked where found. 本快照的来源、作者、版权与许可声明、免责声明、出处及改动，
按 CC BY 4.0 第 3(a)(1) 条所列字段；文本统一为 Unicode NFC，发现的个人信息已作处理。

"""
_NONE = "none supplied / 未提供"
_SPDX = "https://spdx.org/licenses"
_COPYRIGHT = re.compile(r"^[\s*#/>-]*((?:copyright|\(c\)|©|版权所有|著作权)[^\n]{3,160})", re.IGNORECASE | re.MULTILINE)
_DISCLAIMER = re.compile(r"as[ -]is\b|without warrant|disclaim|no warrant|免责|不提供任何(?:明示|担保)", re.IGNORECASE)
_NOTICES = frozenset({"license_text", "notice", "readme", "terms", "authorization", "own_work"})
_MOST_NOTICES = 5
ReadEvidence = Callable[[str], bytes]


def attribution_page(rows: duckdb.DuckDBPyConnection, read: ReadEvidence | None = None) -> str:
    """Return the page in Markdown, one section per source that has documents in what is admitted now.

    ``read`` gives the bytes of evidence by digest; without it no notice can be quoted, and the digests stand alone.
    """
    found = ask(
        rows,
        """
        WITH counted AS (SELECT source_id, count(*) AS documents FROM admitted_documents GROUP BY source_id)
        SELECT sources.source_id, sources.title, sources.title_zh, sources.publisher, sources.declaration,
               current_conclusions.expression, counted.documents
        FROM counted JOIN current_sources USING (source_id) JOIN sources USING (source_id, declaration_sha256, run_id)
        LEFT JOIN current_conclusions USING (source_id)
        ORDER BY sources.source_id
        """,
    ).to_pylist()
    pieces = ask(rows, "SELECT DISTINCT source_id, kind, evidence_sha256 FROM current_evidence ORDER BY ALL").to_pylist()
    return _HEAD + "\n".join(_section(row, [each for each in pieces if each["source_id"] == row["source_id"]], read) for row in found)


def _section(row: dict[str, Any], pieces: list[dict[str, Any]], read: ReadEvidence | None) -> str:
    declared = json.loads(row["declaration"])
    publisher, origin = declared["publisher"], declared["origin"]
    address = publisher.get("url") or origin.get("url") or _NONE
    stated = declared.get("legal_basis") or {}
    bases = stated if isinstance(stated, list) else [stated]
    notices, has_disclaimer = _notices(pieces, read)
    digests = [each["evidence_sha256"] for each in pieces if each["kind"] in _NOTICES]
    title = row["title"] + (f" / {row['title_zh']}" if row["title_zh"] else "")
    terms = declared["license"].get("declared") or "nothing"
    grounds = "; ".join(f"{basis.get('basis', 'none')}, {basis.get('clause', '')}" for basis in bases)
    lines = [
        f"## {title}",
        "",
        f"- Source / 来源: `{row['source_id']}`, {row['documents']} documents",
        f"- Creator / 作者: {row['publisher']}",
        f"- Copyright notice / 版权声明: {'; '.join(notices) or _NONE}",
        f"- Licence notice / 许可声明: {row['expression']}{_addresses(row['expression'])} (as declared by the distribution: {terms})",
        f"- Disclaimer notice / 免责声明: {'in the licence text kept as evidence / 见所存许可文本' if has_disclaimer else _NONE}",
        f"- Address / 出处: {address} ({origin.get('obtained_from', origin.get('dataset', ''))})",
        "- Changes / 改动: yes / 是: Unicode NFC; personal information masked or replaced; duplicates removed",
        f"- Ground / 依据: {grounds}",
        f"- Evidence / 证据: {', '.join(f'`{digest}`' for digest in digests) or _NONE}",
    ]
    return "\n".join(lines) + "\n"


def _addresses(expression: str | None) -> str:
    known = [word for word in re.findall(r"[A-Za-z0-9.+-]+", expression or "") if word not in ("AND", "OR", "WITH", "NOASSERTION")]
    urls = [f"{_SPDX}/{word}" for word in known if not word.startswith("LicenseRef-")]
    return f" <{'> <'.join(urls)}>" if urls else ""


def _notices(pieces: list[dict[str, Any]], read: ReadEvidence | None) -> tuple[list[str], bool]:
    """Return the copyright lines of the evidence, each once, and whether any of it disclaims warranties."""
    found: list[str] = []
    has_disclaimer = False
    for each in pieces:
        if read is None or each["kind"] not in _NOTICES:
            continue
        try:
            text = read(each["evidence_sha256"]).decode("utf-8", "replace")
        except PipelineError:  # bytes lawfully erased or lost: the digest above still names them
            continue
        found += [" ".join(line.split()).rstrip(" .*") for line in _COPYRIGHT.findall(text)]
        has_disclaimer = has_disclaimer or _DISCLAIMER.search(text) is not None
    return list(dict.fromkeys(found))[:_MOST_NOTICES], has_disclaimer
