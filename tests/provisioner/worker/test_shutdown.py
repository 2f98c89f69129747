"""The announcement that a worker is to stop: known to its own pool, and to nobody else's."""

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


def test_is_known_to_what_the_worker_was_forked_into() -> None:
    in_a_fork(shutdown.announce)

    assert shutdown.is_near()


def test_of_a_worker_that_began_with_a_flag_of_its_own_reaches_no_other() -> None:
    def worker() -> None:
        shutdown.forget()
        shutdown.announce()

    in_a_fork(worker)

    assert not shutdown.is_near()
