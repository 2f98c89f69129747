"""Resources of an account that have a certain tag: from the tagging API, corrected by the services
themselves.

The tagging API lags by minutes, lists deleted resources, and lacks some kinds. A service knows its own
resources.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from botocore.exceptions import BotoCoreError

from provisioner.cloud.account import Account
from provisioner.cloud.failures import CloudUnavailable, CredentialsRefused, readable_errors
from provisioner.cloud.tagged_resources import by_arn, ec2, services
from provisioner.cloud.tagged_resources.resource import Resource, Service, Tag, client
from provisioner.sentences import Sentence, SentenceError, sentence

__all__ = ["Findings", "Resource", "Tag", "find_resources"]

T = TypeVar("T")

_MAX_THREADS = 4
# After the limit: to check the resources that only the tagging API lists.
_CHECK_SECONDS = 5.0
SERVICES = (
    Service("EC2", ec2.instances_and_networks, (":ec2:",)),
    Service("RDS", services.databases, (":db:", ":snapshot:")),
    # A call of its own: a role without permission for it can still list the databases.
    Service("RDS (backups)", services.database_backups, (":auto-backup:",)),
    Service("Secrets Manager", services.secrets, (":secretsmanager:",)),
    Service("Auto Scaling", services.auto_scaling_groups, (":autoscaling:",)),
    # In addition: the tagging API does not list them everywhere.
    Service("ECR", services.repositories, ()),
)


# In this region the tagging API lists resources without a region, like CloudFront distributions.
GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Findings:
    """`unanswered`: the sentences about each call that failed. Then more resources may be left."""

    resources: tuple[Resource, ...]
    unanswered: tuple[tuple[Sentence, ...], ...]


def find_resources(
    account: Account, tag: Tag, *, limit_seconds: float, include_global: bool = False
) -> Findings:
    """All resources in the account's region with this tag, the most expensive first. Raises no error of the
    account.

    `include_global`: also resources without a region. Takes up to `limit_seconds`, and 5 s more if some
    resources must be checked again.
    """
    give_up_at = time.monotonic() + limit_seconds
    pool = ThreadPoolExecutor(_MAX_THREADS, thread_name_prefix="sweep")
    try:
        regions = {account.region, GLOBAL_REGION} if include_global else {account.region}
        listings = {
            region: pool.submit(
                _call, account, "the tagging API", partial(_listed, replace(account, region=region), tag)
            )
            for region in sorted(regions)
        }
        asked = {
            service: pool.submit(_call, account, service.title, partial(service.ask, account, tag))
            for service in SERVICES
        }
        wait([*listings.values(), *asked.values()], timeout=give_up_at - time.monotonic())
        return _combine(listings, asked, lambda unconfirmed: _check_existence(pool, account, unconfirmed))
    finally:
        # Do not wait for calls that took too long. They have timeouts of their own.
        pool.shutdown(wait=False, cancel_futures=True)


class _Unanswered(SentenceError):
    """A call that failed. The message is one of `Findings.unanswered`."""


def _call(account: Account, what: str, ask: Callable[[], T]) -> T:
    try:
        with readable_errors(account, failure=sentence("Could not check %(what)s.", what=what)):
            return ask()
    except (CloudUnavailable, CredentialsRefused) as error:
        raise _Unanswered(*error.sentences) from error
    except (BotoCoreError, KeyError, ValueError) as error:
        raise _Unanswered(
            sentence(
                "The answer about %(what)s was not understood (%(error)s).",
                what=what,
                error=type(error).__name__,
            )
        ) from error


def _check_existence(
    pool: ThreadPoolExecutor, account: Account, listed: list[Resource]
) -> dict[Resource, Future[bool]]:
    asked = {
        each: pool.submit(_call, account, f"{each.kind} {each.id}", partial(by_arn.exists, account, each))
        for each in listed
    }
    wait(asked.values(), timeout=_CHECK_SECONDS)
    return asked


def _combine(
    listings: dict[str, Future[list[Resource]]],
    asked: dict[Service, Future[list[Resource]]],
    check_existence: Callable[[list[Resource]], dict[Resource, Future[bool]]],
) -> Findings:
    unanswered: list[tuple[Sentence, ...]] = []
    known: list[Resource] = []
    answered: list[Service] = []
    for service, future in asked.items():
        if (answer := _answer(future, _late_service(service), unanswered)) is not None:
            known += answer
            answered.append(service)
    listed = [
        each
        for region, listing in listings.items()
        for each in _answer(listing, _late_listing(region), unanswered) or []
    ]
    # If the service itself answered, what only the tagging API still lists is deleted.
    unconfirmed = [each for each in listed if not any(service.knows(each.id) for service in answered)]
    for each, check in check_existence(unconfirmed).items():
        if _answer(check, _late_check(each), unanswered):
            known.append(each)
    unique = {each.id: each for each in known}.values()
    ordered = sorted(unique, key=lambda each: (-(each.usd_a_day or 0), each.kind, each.id))
    return Findings(tuple(ordered), tuple({_text(each): each for each in unanswered}.values()))


def _text(sentences: tuple[Sentence, ...]) -> str:
    return " ".join(str(each) for each in sentences)


def _late_service(service: Service) -> Sentence:
    return sentence("%(service)s did not answer in time.", service=service.title)


def _late_listing(region: str) -> Sentence:
    return sentence("The tagging API in %(region)s did not answer in time.", region=region)


def _late_check(resource: Resource) -> Sentence:
    return sentence(
        "The account did not answer in time whether %(kind)s %(id)s still exists.",
        kind=resource.kind,
        id=resource.id,
    )


def _answer(future: Future[T], late: Sentence, unanswered: list[tuple[Sentence, ...]]) -> T | None:
    if not future.done():
        unanswered.append((late,))
        return None
    try:
        return future.result()
    except _Unanswered as reason:
        unanswered.append(reason.sentences)
        return None


def _listed(account: Account, tag: Tag) -> list[Resource]:
    tagging = client("resourcegroupstaggingapi", account)
    pages = tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": tag.key, "Values": [tag.value]}]
    )
    return [by_arn.resource_from_arn(arn) for arn in _arns(pages)]


def _arns(pages: Iterable[dict[str, list[dict[str, str]]]]) -> Iterator[str]:
    for page in pages:
        for found in page["ResourceTagMappingList"]:
            yield found["ResourceARN"]
