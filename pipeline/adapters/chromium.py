"""A page printed to PDF by a Chromium that is already on this host; it opens the file alone, without a network."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from pipeline.errors import ConfigurationError, ServiceError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_SECONDS = 120


def print_pdf(page: Path, target: Path) -> None:
    """Print an HTML file to PDF. Raises ConfigurationError where no Chromium is found, ServiceError where it fails."""
    found = next((path for path in map(shutil.which, NAMES) if path), None)
    if found is None:
        raise ConfigurationError(f"PDF: expected a Chromium on the path ({', '.join(NAMES)}), found none; install one, or print the HTML")
    with tempfile.TemporaryDirectory() as profile:
        command = [
            found,
            "--headless",
            "--disable-gpu",
            "--no-sandbox",  # as root it does not start otherwise; the page is our own and runs no script
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={profile}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={target.resolve()}",
            page.resolve().as_uri(),
        ]
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603
        except (subprocess.TimeoutExpired, OSError) as error:
            raise ServiceError(f"PDF: {found} did not finish ({type(error).__name__}); print the HTML instead") from None
    if done.returncode != 0 or not target.is_file():
        raise ServiceError(f"PDF: {found} ended with {done.returncode} and wrote nothing; print the HTML instead")
