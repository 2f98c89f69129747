"""The announcement that a worker must stop: known to its own pool, not to others."""

import multiprocessing
from collections.abc import Callable, Iterator

import pytest

from provisioner import shutdown


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    shutdown.forget()


def in_a_fork(act: Callable[[], None]) -> None:
    process = multiprocessing.get_context("fork").Process(target=act)
    process.start()
    process.join()
    assert process.exitcode == 0


def test_is_known_to_forks_of_the_worker() -> None:
    in_a_fork(shutdown.announce)

    assert shutdown.is_near()


def test_of_one_worker_does_not_reach_another() -> None:
    def worker() -> None:
        shutdown.forget()
        shutdown.announce()

    in_a_fork(worker)

    assert not shutdown.is_near()
