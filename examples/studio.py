"""A Label Studio server of one's own for trying out labeling: loopback only, its own environment, demo accounts.

The first start of the server migrates its database, which takes a minute or two; the migrated folder with its accounts is
kept as a template and copied for every later start. Nothing here is for production: the accounts are printed.
"""

import argparse
import http.cookiejar
import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
HOME = REPO / ".studio"
PASSWORD = "demo-on-loopback"
ROLES = ("manager", "annotator-1", "annotator-2", "verifier")
_DEADLINE_SECONDS = 420
_READ_ONCE_AT_FIRST_START = {"LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true"}
_SETTINGS = {
    "LABEL_STUDIO_DISABLE_SIGNUP_WITHOUT_LINK": "true",
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "DEBUG": "false",
    "LOG_LEVEL": "ERROR",
}


@dataclass(frozen=True, slots=True)
class Account:
    """One demo account; ``token`` is its own API token, which only scripts that play this person use."""

    role: str
    email: str
    password: str
    user_id: int
    token: str


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it answers, who may log in, where its data are, and its process."""

    url: str
    accounts: Mapping[str, Account]
    folder: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the server, by force after ten seconds."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the server without warning, as a power cut does."""
        self.process.kill()
        self.process.wait()


def free_port() -> int:
    """Return a port nobody listens on: a server whose port is busy starts silently on another."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def template(home: Path = HOME) -> Path:
    """Return the migrated data folder with its accounts, making it when it is not there yet."""
    done = home / "template"
    if (done / "accounts.json").is_file():
        return done
    making = home / f"template-{os.getpid()}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    token = secrets.token_hex(20)
    first = {
        **_READ_ONCE_AT_FIRST_START,
        "LABEL_STUDIO_USERNAME": _email("manager"),
        "LABEL_STUDIO_PASSWORD": PASSWORD,
        "LABEL_STUDIO_USER_TOKEN": token,
    }
    server = _launch(making, free_port(), {}, home, first)
    try:
        accounts = [Account("manager", _email("manager"), PASSWORD, _user_id(server.url, token), token)]
        accounts += [sign_up(server.url, token, role) for role in ROLES[1:]]
    finally:
        server.stop()
    (making / "accounts.json").write_text(json.dumps([asdict(each) for each in accounts], indent=1), encoding="utf-8")
    shutil.rmtree(done, ignore_errors=True)
    making.rename(done)
    return done


def start(folder: Path, port: int | None = None, home: Path = HOME, settings: Mapping[str, str] | None = None) -> Server:
    """Start a server on a data folder, filled from the template when it is new, and return it once it answers."""
    if not (folder / "accounts.json").is_file():
        shutil.copytree(template(home), folder, dirs_exist_ok=True)
    accounts = {each["role"]: Account(**each) for each in json.loads((folder / "accounts.json").read_text(encoding="utf-8"))}
    return _launch(folder, port or free_port(), accounts, home, settings or {})


@contextmanager
def running(folder: Path, port: int | None = None, home: Path = HOME) -> Iterator[Server]:
    """Yield a server and stop it at the end."""
    server = start(folder, port, home)
    try:
        yield server
    finally:
        server.stop()


def _email(role: str) -> str:
    return f"{role}@example.com"


def _launch(folder: Path, port: int, accounts: Mapping[str, Account], home: Path, settings: Mapping[str, str]) -> Server:
    program = home / "env" / "bin" / "label-studio"
    if not program.is_file():
        sys.exit(f"expected the server at {program.relative_to(home.parent)}, found none; run 'make studio' once")
    # The server reads bare names such as PORT or HOST too: it gets nothing of ours but what it needs to run.
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    url = f"http://127.0.0.1:{port}"
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [str(program), "start", "--no-browser", "--internal-host", "127.0.0.1", "--port", str(port)],
            env={**kept, **_SETTINGS, **settings, "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    server = Server(url, accounts, folder, process)
    try:
        _wait(server)
    except BaseException:
        server.kill()
        raise
    return server


def _wait(server: Server) -> None:
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            sys.exit(f"the server ended with {server.process.returncode}; read {server.folder / 'server.log'}")
        try:
            with urllib.request.urlopen(server.url + "/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.2)
    sys.exit(f"the server did not answer in {_DEADLINE_SECONDS} s; read {server.folder / 'server.log'}")


def _user_id(url: str, token: str) -> int:
    with urllib.request.urlopen(_asked(url + "/api/current-user/whoami", token), timeout=60) as answer:
        return int(json.load(answer)["id"])


def _asked(url: str, token: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"Authorization": f"Token {token}"})


def sign_up(url: str, manager_token: str, role: str) -> Account:
    """Sign a person up through the invite link, as a browser does: no API gives an account a usable password."""
    with urllib.request.urlopen(_asked(url + "/api/invite", manager_token), timeout=60) as answer:
        link = urllib.parse.urljoin(url, json.load(answer)["invite_url"])
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(link, timeout=60).read().decode()
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    if found is None:
        sys.exit("expected a sign-up form behind the invite link, found none")
    form = {
        "csrfmiddlewaretoken": found[1],
        "email": _email(role),
        "password": PASSWORD,
        "allow_newsletters": "false",
        "how_find_us": "Other",
        "elaborate": "",
    }
    browser.open(urllib.request.Request(link, urllib.parse.urlencode(form).encode(), {"Referer": link}), timeout=60).read()
    token = json.load(browser.open(url + "/api/current-user/token", timeout=60))["token"]
    return Account(role, _email(role), PASSWORD, _user_id(url, token), token)


def serve(folder: Path, port: int) -> None:
    """Start a server, print how to log in, and stay until Ctrl-C."""
    is_first = not (HOME / "template" / "accounts.json").is_file()
    print("Starting Label Studio" + (" (the first time: a minute or two) ..." if is_first else " ..."), flush=True)
    with running(folder, port) as server:
        print(f"\nLabel Studio answers on {server.url}\n")
        for account in server.accounts.values():
            print(f"  {account.role:12} {account.email:26} password {account.password}   account {account.user_id}")
        print(f"\n  LAIYUAN_STUDIO_URL={server.url}")
        print(f"  LAIYUAN_STUDIO_TOKEN={server.accounts['manager'].token}\n\nCtrl-C ends it; its data stay in {folder}.", flush=True)
        try:
            server.process.wait()
        except KeyboardInterrupt:
            print("Stopping ...")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=HOME / "data")
    parser.add_argument("--port", type=int, default=18082)
    parser.add_argument("--only-template", action="store_true", help="make the template and end")
    given = parser.parse_args()
    if given.only_template:
        template()
    else:
        serve(given.folder, given.port)


if __name__ == "__main__":
    main()
