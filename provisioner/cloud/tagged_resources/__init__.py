"""What an account still has with a tag: the tagging API's list, corrected by the services' answers.

The tagging API lags by minutes, lists deleted resources, and lacks some kinds; each service knows its own.
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

__all__ = ["Findings", "Resource", "Tag", "find_resources"]

T = TypeVar("T")

_AT_ONCE = 4
# For a second check of what only the tagging API lists, beyond the limit for the first.
_SECOND_LOOK_SECONDS = 5.0
SERVICES = (
    Service("EC2", ec2.instances_and_networks, (":ec2:",)),
    Service("RDS", services.databases, (":db:", ":snapshot:")),
    # A separate question: a role that may not ask it can still list the databases.
    Service("RDS (backups)", services.database_backups, (":auto-backup:",)),
    Service("Secrets Manager", services.secrets, (":secretsmanager:",)),
    Service("Auto Scaling", services.auto_scaling_groups, (":autoscaling:",)),
    # Also asked: the tagging API does not list them everywhere.
    Service("ECR", services.repositories, ()),
)


# There the tagging API lists resources without a region, such as CloudFront's distributions.
GLOBAL_REGION = "us-east-1"


@dataclass(frozen=True)
class Findings:
    """`unanswered`: a sentence for each question without an answer; then there may be more."""

    resources: tuple[Resource, ...]
    unanswered: tuple[str, ...]


def find_resources(
    account: Account, tag: Tag, *, limit_seconds: float, include_global: bool = False
) -> Findings:
    """Everything in the account's region with this tag, the most expensive first. Raises nothing of the
    account's.

    Also resources without a region, if `include_global`. Takes the limit, and five seconds more if something
    has to be checked twice.
    """
    give_up_at = time.monotonic() + limit_seconds
    pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="sweep")
    try:
        regions = {account.region, GLOBAL_REGION} if include_global else {account.region}
        listings = {
            region: pool.submit(
                _ask, account, "the tagging API", partial(_listed, replace(account, region=region), tag)
            )
            for region in sorted(regions)
        }
        asked = {
            service: pool.submit(_ask, account, service.title, partial(service.ask, account, tag))
            for service in SERVICES
        }
        wait([*listings.values(), *asked.values()], timeout=give_up_at - time.monotonic())
        return _together(listings, asked, lambda unsure: _still_there(pool, account, unsure))
    finally:
        # A service that does not answer in time is not waited for: its client has a timeout, too.
        pool.shutdown(wait=False, cancel_futures=True)


class _Unanswered(Exception):
    """The sentence about a question without an answer."""


def _ask(account: Account, what: str, ask: Callable[[], T]) -> T:
    try:
        with readable_errors(account, doing=f"to list what {what} has"):
            return ask()
    except (CloudUnavailable, CredentialsRefused) as error:
        raise _Unanswered(str(error)) from error
    except (BotoCoreError, KeyError, ValueError) as error:
        raise _Unanswered(f"the answer of {what} was not understood ({type(error).__name__}).") from error


def _still_there(
    pool: ThreadPoolExecutor, account: Account, listed: list[Resource]
) -> dict[Resource, Future[bool]]:
    asked = {
        each: pool.submit(_ask, account, f"{each.kind} {each.id}", partial(by_arn.exists, account, each))
        for each in listed
    }
    wait(asked.values(), timeout=_SECOND_LOOK_SECONDS)
    return asked


def _together(
    listings: dict[str, Future[list[Resource]]],
    asked: dict[Service, Future[list[Resource]]],
    look_again: Callable[[list[Resource]], dict[Resource, Future[bool]]],
) -> Findings:
    unanswered: list[str] = []
    known: list[Resource] = []
    sure: list[Service] = []
    for service, future in asked.items():
        if (answer := _answer(future, service.title, unanswered)) is not None:
            known += answer
            sure.append(service)
    listed = [
        each
        for region, listing in listings.items()
        for each in _answer(listing, f"The tagging API in {region}", unanswered) or []
    ]
    # If the service itself has answered, what only the tagging API lists is already deleted.
    unsure = [each for each in listed if not any(service.knows(each.id) for service in sure)]
    for each, looked in look_again(unsure).items():
        if _answer(looked, f"Whether {each.kind} {each.id} is still there: the account", unanswered):
            known.append(each)
    once = {each.id: each for each in known}.values()
    ordered = sorted(once, key=lambda each: (-(each.usd_a_day or 0), each.kind, each.id))
    return Findings(tuple(ordered), tuple(dict.fromkeys(unanswered)))


def _answer(future: Future[T], what: str, unanswered: list[str]) -> T | None:
    if not future.done():
        unanswered.append(f"{what} did not answer in time.")
        return None
    try:
        return future.result()
    except _Unanswered as reason:
        unanswered.append(str(reason))
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
