"""The stored events of a run, to compare them with those in a browser."""

import re
import sqlite3

from playwright.sync_api import Page

from tests.support import demo_process


def run_of(page: Page) -> str:
    """The id of the run that the page shows."""
    found = re.search(r"/runs/([0-9a-f-]{36})/", page.url)
    assert found
    return found.group(1)


def transcript(page: Page) -> bytes:
    """The JSON lines of the run, downloaded by the browser."""
    answer = page.request.get(re.sub(r"(/runs/[0-9a-f-]{36}/).*", r"\1log.jsonl", page.url))
    assert answer.ok
    return answer.body()


def sha256(demo: demo_process.Demo, run_id: str) -> str:
    """The recorded SHA-256 of the run."""
    with sqlite3.connect(demo.var_dir / "portal.sqlite3") as connection:
        query = "SELECT sha256 FROM provisioner_run WHERE id = ?"
        (found,) = connection.execute(query, [run_id.replace("-", "")]).fetchone()
    return str(found)
