import threading

import pytest

from simulator.gate import Ended, Gate, StillBusy


class TestGate:
    def test_lets_a_snapshot_wait_until_requests_have_left(self) -> None:
        gate, order, inside, leave = Gate(), list[str](), threading.Event(), threading.Event()

        def request() -> None:
            with gate.shared():
                inside.set()
                leave.wait(10)
                order.append("request")

        thread = threading.Thread(target=request)
        thread.start()
        inside.wait(10)
        threading.Timer(0.05, leave.set).start()
        with gate.alone(limit_seconds=10):
            order.append("snapshot")
        thread.join(10)

        assert order == ["request", "snapshot"]

    def test_keeps_newcomers_out_while_a_snapshot_is_taken(self) -> None:
        gate, order = Gate(), list[str]()

        def request() -> None:
            with gate.shared():
                order.append("request")

        thread = threading.Thread(target=request)
        with gate.alone(limit_seconds=10):
            thread.start()
            thread.join(0.1)
            order.append("snapshot")
        thread.join(10)

        assert order == ["snapshot", "request"]

    def test_gives_a_snapshot_up_rather_than_hold_everybody_back(self) -> None:
        gate = Gate()

        with gate.shared(), pytest.raises(StillBusy), gate.alone(limit_seconds=0.05):
            pass

        with gate.shared():
            pass

    def test_stays_shut_after_its_end_but_for_the_last_snapshot(self) -> None:
        gate = Gate()

        gate.end()

        with gate.alone(limit_seconds=1):
            pass
        with pytest.raises(Ended), gate.shared():
            pass
