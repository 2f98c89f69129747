"""`/metrics` for Prometheus: only counts, no names."""

from collections.abc import Iterator

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from portal.live import connection_limits
from provisioner.models import Environment, Run
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.scheduling import queue

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Histogram(
    "portal_http_request_seconds",
    "Time to answer a request",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25),
)
SOCKETS = Gauge("portal_live_sockets", "Open live sockets in this process")
SOCKETS.set_function(connection_limits.open_connections)


def observe(request: HttpRequest, *, status: int, seconds: float) -> None:
    """Count a request by the name of its route. By its path, the number of time series would be unlimited."""
    match = request.resolver_match
    route = (match.view_name if match else "") or "none"
    method = request.method if request.method in METHODS else "other"
    REQUESTS.labels(method or "other", route, str(status)).observe(seconds)


@login_not_required
def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics of this process, and those of the portal from the database."""
    portal = CollectorRegistry(auto_describe=False)
    portal.register(PortalCollector())
    return HttpResponse(generate_latest(REGISTRY) + generate_latest(portal), content_type=CONTENT_TYPE_LATEST)


class PortalCollector(Collector):
    """The metrics of the portal, read for each request. Without a database only `portal_database_up`."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*_runs(), *_queue()]
        except DatabaseError:
            found = []
        yield GaugeMetricFamily("portal_database_up", "The database answers", value=1 if found else 0)
        yield from found


def _runs() -> Iterator[Metric]:
    runs = GaugeMetricFamily("portal_runs", "Runs by status", labels=["status"])
    counts = dict(Run.objects.order_by().values_list("status").annotate(Count("pk")))
    for status in RunStatus.values:
        runs.add_metric([status], counts.get(status, 0))
    yield runs
    environments = GaugeMetricFamily("portal_environments", "Environments by status", labels=["status"])
    counts = dict(Environment.objects.order_by().values_list("status").annotate(Count("pk")))
    for status in EnvironmentStatus.values:
        environments.add_metric([status], counts.get(status, 0))
    yield environments
    events = Run.objects.aggregate(all=Sum("last_seq"))["all"] or 0
    yield CounterMetricFamily("portal_events", "Events of all runs", value=events)


def _queue() -> Iterator[Metric]:
    now = queue.overview()
    yield GaugeMetricFamily("portal_queue_length", "Runs that wait for a slot", value=now.waiting)
    yield GaugeMetricFamily("portal_slots_busy", "Runs that a worker holds", value=now.busy)
    yield GaugeMetricFamily("portal_slots", "Slots of worker hosts that are alive", value=now.slots)
    yield GaugeMetricFamily(
        "portal_worker_hosts", "Worker hosts with a recent heartbeat", value=now.hosts_alive
    )
