"""What an open run page has received, read from its JavaScript objects, compared with stored events."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

# A replacement in a module of the page: the present text, and the new one.
Change = tuple[str, str]
_START = 'new Page(document.querySelector("[data-run]")).start();'
_SHOWN = f"window.runPage = {_START.removesuffix('.start();')}; window.runPage.start();"
_HELD = """() => {
  const { stream, log } = window.runPage;
  const lines = log.lines.lines.map((line) => [line.seq, line.at, line.phase, line.level, line.type,
    line.resource, line.raw ?? line.text]);
  return { name: stream.name, last: stream.last, sha256: stream.digest.hex(), lines };
}"""


def show(context: BrowserContext, *, mutation: Change | None = None) -> None:
    """Make the object of the run page available as `window.runPage`. Apply `mutation` to `stream.js`."""
    context.route("**/js/run/page.js", _changed(_START, _SHOWN))
    if mutation:
        context.route("**/js/run/stream.js", _changed(*mutation))


def _changed(old: str, new: str) -> Callable[[Route], None]:
    def serve(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert text.count(old) == 1, f"the page does not say this once: {old}"
        route.fulfill(response=answer, body=text.replace(old, new))

    return serve


def differences(page: Page, *, transcript: bytes, sha256: str) -> Iterator[str]:
    """Differences between the page and the stored transcript: the SHA-256, and line by line."""
    held: dict[str, Any] = page.evaluate(_HELD)
    event_log = [json.loads(line) for line in transcript.splitlines()]
    if held["name"] != "complete":
        yield f"it is {held['name']}"
    if held["sha256"] != sha256:
        yield f"its own SHA-256 is {held['sha256']}, not {sha256}"
    if held["last"] != len(event_log):
        yield f"it came to {held['last']} of {len(event_log)}"
    wanted = [line for event in event_log for line in _lines(event)]
    if _digest(held["lines"]) != _digest(wanted):
        lost = {tuple(line) for line in wanted} - {tuple(line) for line in held["lines"]}
        yield f"its log has {len(held['lines'])} lines of {len(wanted)} and lacks {len(lost)} of them"


def _lines(event: dict[str, Any]) -> list[list[Any]]:
    """The lines of this event in the log."""
    assert event["type"] != "diagnostic", "a diagnostic is shown with more than its message"
    head = [event[name] for name in ("seq", "at", "phase", "level", "type", "resource")]
    return [[*head, text] for text in re.split(r"\r\n|\r|\n", event["message"])]


def _digest(lines: list[list[Any]]) -> str:
    return hashlib.sha256(json.dumps(lines, ensure_ascii=False).encode()).hexdigest()
