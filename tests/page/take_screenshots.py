"""Take the guides' pictures of the page: ``python -m tests.page.take_screenshots PROJECT docs/images``; keys as LAIYUAN_KEYS names them.

The pictures in docs/images are those of the demo's project; take them again when the page changes.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pipeline.adapters.chromium import NAMES
from pipeline.flows.house import open_house
from pipeline.settings import read_settings
from tests.page.conftest import FLAGS

WIDTH, HEIGHT = 1040, 760
_CHOSEN = """
SELECT (SELECT min(document_id) FROM document_standing WHERE is_admitted AND disposition = 'redact') AS document,
       (SELECT snapshot_id FROM snapshots ORDER BY ledger_seq DESC LIMIT 1) AS snapshot
"""


def main() -> None:
    """Serve a project and take each picture once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("project")
    parser.add_argument("target", type=Path)
    given = parser.parse_args()
    with open_house(read_settings(given.project)).connect() as rows:
        document, snapshot = rows.execute(_CHOSEN).fetchall()[0]
    pictures = {
        "page-search": "/?lang=en",
        "page-document": f"/documents/{document}?lang=en",
        "page-snapshot": f"/snapshots/{snapshot}?lang=en",
        "page-sources-zh": "/sources?lang=zh",
    }
    command = [sys.executable, "-c", "from pipeline.cli import run_main; run_main()", "--project", given.project, "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as playwright:
        assert server.stdout is not None
        address = server.stdout.readline().strip()
        try:
            found = next(path for path in map(shutil.which, NAMES) if path)
            chromium = playwright.chromium.launch(executable_path=found, headless=True, args=FLAGS)
            page = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            page.goto(address)
            for name, path in pictures.items():
                take(page, address.partition("/?")[0] + path, given.target / f"{name}.png")
            chromium.close()
        finally:
            server.terminate()


def take(page: Page, address: str, target: Path) -> None:
    """Take one picture of the top of a page, its chain or account included."""
    page.goto(address)
    drawn = page.locator(".picture")
    box = drawn.first.bounding_box() if drawn.count() else None
    height = min(1300, round(box["y"] + box["height"] + 24)) if box else HEIGHT
    page.screenshot(path=target, clip={"x": 0, "y": 0, "width": WIDTH, "height": height}, full_page=True)


if __name__ == "__main__":
    main()
