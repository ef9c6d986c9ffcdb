"""Files below an address: on this host and in fsspec's own memory store, with hostile names and links."""

import hashlib
import os

import fsspec
import pytest

from pipeline.adapters.files import ListedFile, file_digest, list_files, open_file
from pipeline.errors import ConfigurationError, DataError, ServiceError

TREE = {
    "a.jsonl": b"1",
    "b/c.jsonl": b"22",
    "b/d/e.jsonl": b"333",
    "b/d/f.csv": b"4",
    "b [x]/g.jsonl": b"5",
    "中文/文.jsonl": b"6",
    "B.jsonl": b"",
}


@pytest.fixture(params=["local", "file", "memory"])
def address(request, tmp_path):
    if request.param == "memory":
        root = f"memory://{tmp_path.name}"
        for path, content in TREE.items():
            fsspec.filesystem("memory").pipe(f"/{tmp_path.name}/{path}", content)
        yield root
        fsspec.filesystem("memory").rm(f"/{tmp_path.name}", recursive=True)
        return
    for path, content in TREE.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    yield f"file://{tmp_path}" if request.param == "file" else str(tmp_path)


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [
        ("*.jsonl", ["B.jsonl", "a.jsonl"]),
        ("**/*.jsonl", ["B.jsonl", "a.jsonl", "b [x]/g.jsonl", "b/c.jsonl", "b/d/e.jsonl", "中文/文.jsonl"]),
        ("b/**", ["b/c.jsonl", "b/d/e.jsonl", "b/d/f.csv"]),
        ("b/*/?.csv", ["b/d/f.csv"]),
        ("[!B].jsonl", ["a.jsonl"]),
        ("[a-z].jsonl", ["a.jsonl"]),
        ("a.jsonl", ["a.jsonl"]),
        ("*.nothing", []),
    ],
)
def test_patterns(address, pattern, paths):
    assert [file.path for file in list_files(address, pattern)] == paths


def test_files_are_opened_and_digested(address):
    for file in list_files(address, "**"):
        with open_file(address, file.path) as opened:
            assert opened.read() == TREE[file.path]
        assert file.bytes == len(TREE[file.path])
        assert file_digest(address, file.path) == hashlib.sha256(TREE[file.path]).hexdigest()
        assert file.etag


def test_opened_files_can_be_sought(address):
    with open_file(address, "b/d/e.jsonl") as opened:
        opened.seek(-2, os.SEEK_END)
        assert (opened.tell(), opened.read()) == (1, b"33")


@pytest.mark.parametrize("path", ["../secret", "b/../../secret", "/etc/passwd", "", "a\0b"])
def test_paths_do_not_leave_the_address(address, path):
    with pytest.raises(DataError, match="below this address"):
        open_file(address, path)


def test_a_file_that_is_gone(address):
    with pytest.raises(DataError):
        open_file(address, "gone.jsonl")


@pytest.mark.parametrize("pattern", ["", "/etc/*", "../*", "b/../../*"])
def test_patterns_do_not_leave_the_address(address, pattern):
    with pytest.raises(ConfigurationError, match="pattern"):
        list_files(address, pattern)


def test_an_unchanged_file_keeps_its_tag_and_a_changed_one_does_not(address, tmp_path):
    before = list_files(address, "a.jsonl")
    assert before == list_files(address, "a.jsonl")
    if address.startswith("memory"):
        fsspec.filesystem("memory").pipe(f"/{tmp_path.name}/a.jsonl", b"2")
    else:
        (tmp_path / "a.jsonl").write_bytes(b"2")
        os.utime(tmp_path / "a.jsonl", ns=(1, 1))
    assert list_files(address, "a.jsonl") != before


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ("memory://nothing-here", "holds nothing"),
        ("nosuch://user:secret@host/x", "cannot be reached"),
        ("/nosuch/folder", "expected a folder"),
    ],
)
def test_a_wrong_address_is_configuration(wrong, fault):
    with pytest.raises(ConfigurationError, match=fault) as caught:
        list_files(wrong, "**")
    assert "secret" not in str(caught.value)


class Fails(fsspec.AbstractFileSystem):
    """A store of which every answer is the failure that its address names."""

    protocol = "fails"
    cachable = False

    def _open(self, path, *_, **__):
        raise self.failure(path)

    def find(self, path, *_, **__):
        raise self.failure(path)

    def failure(self, path):
        return {"denied": PermissionError("a secret"), "slow": TimeoutError("a secret"), "odd": RuntimeError("a secret")}[
            path.partition("/")[0]
        ]


@pytest.mark.parametrize(("host", "error"), [("denied", ConfigurationError), ("slow", ServiceError), ("odd", ServiceError)])
def test_failures_are_told_apart_by_who_must_act(host, error):
    fsspec.register_implementation("fails", Fails, clobber=True)
    for ask in (lambda: list_files(f"fails://{host}", "**"), lambda: open_file(f"fails://{host}", "a")):
        with pytest.raises(error, match=f"fails://{host}") as caught:
            ask()
        assert "secret" not in str(caught.value)


class Dropped:
    """A connection that ends in the middle of a file."""

    def read(self, _size):
        raise ConnectionResetError

    def close(self):
        pass


def test_a_connection_that_ends_is_the_stores_failure(monkeypatch):
    fsspec.register_implementation("fails", Fails, clobber=True)
    monkeypatch.setattr(Fails, "_open", lambda *_, **__: Dropped())
    with open_file("fails://slow", "a") as opened, pytest.raises(ServiceError, match="ConnectionResetError"):
        opened.read(10)


def test_a_link_that_leaves_the_folder_is_listed_and_never_read(tmp_path):
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.write_bytes(b"secret")
    root.mkdir()
    (root / "within").write_bytes(b"x")
    (root / "out").symlink_to(outside)
    (root / "up").symlink_to("../outside")
    (root / "nowhere").symlink_to("gone")
    (root / "loop").symlink_to("loop")
    (root / "in").symlink_to("within")
    listed = list_files(str(root), "**")
    assert [file.path for file in listed] == ["in", "loop", "nowhere", "out", "up", "within"]
    assert [file for file in listed if file.path in ("out", "up", "nowhere")] == [
        ListedFile(path, 0, None) for path in ("nowhere", "out", "up")
    ]
    with open_file(str(root), "in") as opened:
        assert opened.read() == b"x"
    for path in ("out", "up", "nowhere", "loop"):
        with pytest.raises(DataError):
            open_file(str(root), path)


def test_a_folder_that_is_a_link_is_an_error_where_the_pattern_reaches_it(tmp_path):
    (tmp_path / "folder").symlink_to("/usr")
    (tmp_path / "a").write_bytes(b"x")
    assert [file.path for file in list_files(str(tmp_path), "*")] == ["a"]
    with pytest.raises(DataError, match="link to a folder"):
        list_files(str(tmp_path), "**/*")


def test_what_is_no_file_is_not_listed_and_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    assert list_files(str(tmp_path), "**") == []
    with pytest.raises(DataError, match="something else"):
        open_file(str(tmp_path), "pipe")


def test_a_name_that_is_not_utf8_is_an_error(tmp_path):
    (tmp_path / os.fsdecode(b"a\xff.txt")).write_bytes(b"x")
    with pytest.raises(DataError, match="rename") as caught:
        list_files(str(tmp_path), "**")
    str(caught.value).encode()


def test_a_name_with_line_ends_stays_one_line_of_a_message(tmp_path):
    (tmp_path / "a\nb").write_bytes(b"x")
    assert [file.path for file in list_files(str(tmp_path), "**")] == ["a\nb"]
    with pytest.raises(DataError) as caught:
        open_file(str(tmp_path), "a\nc")
    assert "\n" not in str(caught.value)
