"""A database connection that breaks during a claim: the worker survives, and the run is claimed once."""

# ruff: noqa: S608 - the tables are the tests' own

from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import timezone

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.worker import claims, leases
from tests.faults import workers
from tests.support import postgres, processes
from tests.support.engine import PlaceOrder, eventually
from tests.support.production_database import RUNS, execute, run_steps

# Ends the connection of a claim before its commit, two of three times.
CUT = """
CREATE SEQUENCE cuts;
CREATE FUNCTION cut() RETURNS trigger AS $$ BEGIN
  IF nextval('cuts') % 3 <> 0 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW;
END $$ LANGUAGE plpgsql;
CREATE TRIGGER cut BEFORE UPDATE ON provisioner_run
  FOR EACH ROW WHEN (NEW.fence > OLD.fence) EXECUTE FUNCTION cut();
"""


@pytest.mark.django_db(transaction=True)
class TestClaimWithRetry:
    def test_finds_a_claim_whose_commit_succeeded_although_the_connection_broke(
        self, place_order: PlaceOrder
    ) -> None:
        run = place_order()
        asked: list[int] = []

        def cut_after() -> Run:
            asked.append(claims.to_plan(run_id=run.pk, now=timezone.now()).fence)
            raise OperationalError("server closed the connection unexpectedly")

        made = claims.claim_with_retry(run, cut_after)

        assert (made.status, made.fence, made.lease_owner) == (RunStatus.PLANNING, 1, leases.own_name())
        assert asked == [1]

    def test_does_not_claim_a_run_that_another_worker_claimed_meanwhile(
        self, place_order: PlaceOrder
    ) -> None:
        run = place_order()
        asked: list[object] = []

        def cut_before() -> Run:
            asked.append(run)
            if len(asked) == 1:
                claims.to_plan(run_id=run.pk, now=timezone.now())
                Run.objects.filter(pk=run.pk).update(lease_owner="another")
                raise OperationalError("server closed the connection unexpectedly")
            return claims.to_plan(run_id=run.pk, now=timezone.now())

        with pytest.raises(claims.NotClaimed):
            claims.claim_with_retry(run, cut_before)

        assert len(asked) == 2


@pytest.mark.django_db
@pytest.mark.usefixtures("cloud")
def test_a_celery_worker_survives_and_finishes_the_run(tmp_path: Path) -> None:
    with postgres.running() as server, processes.redis_server(tmp_path) as redis_url:
        run_steps(server.url, "migrate", "order")
        execute(server.url, CUT)
        with workers.celery("runs", redis_url, DATABASE_URL=server.url) as worker:
            eventually(lambda: execute(server.url, "SELECT last_value FROM cuts")[0] > 1)
            pool = workers.children(worker.pid)
            ended = f"SELECT sealed_at IS NOT NULL FROM {RUNS}"
            eventually(lambda: execute(server.url, ended)[0])

            assert worker.poll() is None
            assert workers.children(worker.pid) == pool != []
        assert execute(server.url, f"SELECT status, fence FROM {RUNS}") == ("applied", 2)
        # Plan and apply: the connection of each claim broke twice.
        assert execute(server.url, "SELECT last_value FROM cuts") == (6,)
