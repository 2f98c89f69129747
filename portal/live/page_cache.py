"""Pages of a run's story as they go over the wire, encoded once for every socket that wants them."""

import json
from collections import OrderedDict
from typing import Any

# Of one run, in characters; beyond it the page that was wanted least recently goes.
KEPT_CHARACTERS = 8 << 20
LONGEST_PAGE_CHARACTERS = 1 << 20


class Page:
    """Events after a cursor up to `last`, as one frame's text."""

    def __init__(self, events: str, last: int) -> None:
        self._start = f'{{"events":[{events}],"last_seq":{last},"known":'
        self.last = last
        self._known, self._text = -1, ""

    def __len__(self) -> int:
        return len(self._start)

    def frame(self, *, known: int) -> str:
        """The frame, `known` being the run's last number by now; the same object until that changes."""
        if known != self._known:
            self._known, self._text = known, f"{self._start}{known}}}"
        return self._text


def page_of(events: list[dict[str, Any]]) -> Page:
    """A page of at least the first event, and of no more than LONGEST_PAGE_CHARACTERS with the others."""
    texts: list[str] = []
    length = last = 0
    for event in events:
        text = _COMPACT.encode(event)
        length += len(text) + 1
        if texts and length > LONGEST_PAGE_CHARACTERS:
            break
        texts.append(text)
        last = event["seq"]
    return Page(",".join(texts), last)


# One for all: json.dumps with settings of its own makes an encoder for each event.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class PageCache:
    """Pages by the cursor that they follow, as many as KEPT_CHARACTERS holds."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._characters = 0

    def put(self, cursor: int, page: Page) -> None:
        if (old := self._pages.pop(cursor, None)) is not None:
            self._characters -= len(old)
        self._pages[cursor] = page
        self._characters += len(page)
        while self._characters > KEPT_CHARACTERS and len(self._pages) > 1:
            _, gone = self._pages.popitem(last=False)
            self._characters -= len(gone)

    def get(self, cursor: int) -> Page | None:
        page = self._pages.get(cursor)
        if page is not None:
            self._pages.move_to_end(cursor)
        return page

    def next_start(self, cursor: int) -> int | None:
        """Where the nearest page beyond the cursor begins: whoever reads up to there can go on with it."""
        return min((start for start in self._pages if start > cursor), default=None)
