"""Pages of a run's event log as they are sent, encoded once for all sockets that need them."""

import json
from collections import OrderedDict
from collections.abc import Sequence

from portal.live.reading import Event

# Per run. Beyond it, the page that was used least recently is dropped.
MAX_CACHE_CHARACTERS = 8 << 20
MAX_PAGE_CHARACTERS = 1 << 20


class Page:
    """Events after a cursor up to `last`, as the text of one frame."""

    def __init__(self, events: str, last: int) -> None:
        self._start = f'{{"events":[{events}],"last_seq":{last},"known":'
        self.last = last
        self._known, self._text = -1, ""

    def __len__(self) -> int:
        return len(self._start)

    def frame(self, *, known: int) -> str:
        """The frame. `known` is the run's highest event number; a new text is built only if it changes."""
        if known != self._known:
            self._known, self._text = known, f"{self._start}{known}}}"
        return self._text


def page_of(events: Sequence[Event]) -> Page:
    """A page of the first event and of as many others as fit into MAX_PAGE_CHARACTERS."""
    texts: list[str] = []
    length = last = 0
    for event in events:
        text = _COMPACT.encode(event)
        length += len(text) + 1
        if texts and length > MAX_PAGE_CHARACTERS:
            break
        texts.append(text)
        last = event["seq"]
    return Page(",".join(texts), last)


# One for all: json.dumps with options makes a new encoder for each event.
_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class PageCache:
    """Pages by the cursor that they follow, up to MAX_CACHE_CHARACTERS in total."""

    def __init__(self) -> None:
        self._pages: OrderedDict[int, Page] = OrderedDict()
        self._characters = 0

    def put(self, cursor: int, page: Page) -> None:
        if (old := self._pages.pop(cursor, None)) is not None:
            self._characters -= len(old)
        self._pages[cursor] = page
        self._characters += len(page)
        while self._characters > MAX_CACHE_CHARACTERS and len(self._pages) > 1:
            _, dropped = self._pages.popitem(last=False)
            self._characters -= len(dropped)

    def get(self, cursor: int) -> Page | None:
        page = self._pages.get(cursor)
        if page is not None:
            self._pages.move_to_end(cursor)
        return page

    def next_start(self, cursor: int) -> int | None:
        """The cursor of the nearest page beyond this one: a viewer that reads up to it can use that page."""
        return min((start for start in self._pages if start > cursor), default=None)
