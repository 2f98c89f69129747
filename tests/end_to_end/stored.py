"""What the portal has stored of a run, for comparing with what a browser got."""

import re
import sqlite3

from playwright.sync_api import Page

from tests.support import demo_process


def run_of(page: Page) -> str:
    """The id of the run whose page this is."""
    found = re.search(r"/runs/([0-9a-f-]{36})/", page.url)
    assert found
    return found.group(1)


def transcript(page: Page) -> bytes:
    """The JSON lines that the signed-in browser downloads."""
    answer = page.request.get(re.sub(r"(/runs/[0-9a-f-]{36}/).*", r"\1log.jsonl", page.url))
    assert answer.ok
    return answer.body()


def sha256(demo: demo_process.Demo, run_id: str) -> str:
    """The digest that the run was sealed with."""
    with sqlite3.connect(demo.var_dir / "portal.sqlite3") as connection:
        query = "SELECT sha256 FROM provisioner_run WHERE id = ?"
        (found,) = connection.execute(query, [run_id.replace("-", "")]).fetchone()
    return str(found)
