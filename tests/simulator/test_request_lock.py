import threading

import pytest

from simulator.request_lock import Closed, RequestLock, RequestsInFlight


class TestRequestLock:
    def test_a_snapshot_waits_for_running_requests(self) -> None:
        lock, order, started, finish = RequestLock(), list[str](), threading.Event(), threading.Event()

        def request() -> None:
            with lock.shared():
                started.set()
                finish.wait(10)
                order.append("request")

        thread = threading.Thread(target=request)
        thread.start()
        started.wait(10)
        threading.Timer(0.05, finish.set).start()
        with lock.exclusive(limit_seconds=10):
            order.append("snapshot")
        thread.join(10)

        assert order == ["request", "snapshot"]

    def test_new_requests_wait_for_a_running_snapshot(self) -> None:
        lock, order = RequestLock(), list[str]()

        def request() -> None:
            with lock.shared():
                order.append("request")

        thread = threading.Thread(target=request)
        with lock.exclusive(limit_seconds=10):
            thread.start()
            thread.join(0.1)
            order.append("snapshot")
        thread.join(10)

        assert order == ["snapshot", "request"]

    def test_a_snapshot_gives_up_when_a_request_does_not_end(self) -> None:
        lock = RequestLock()

        with lock.shared(), pytest.raises(RequestsInFlight), lock.exclusive(limit_seconds=0.05):
            pass

        with lock.shared():
            pass

    def test_after_closing_only_the_last_snapshot_is_possible(self) -> None:
        lock = RequestLock()

        lock.close()

        with lock.exclusive(limit_seconds=1):
            pass
        with pytest.raises(Closed), lock.shared():
            pass
