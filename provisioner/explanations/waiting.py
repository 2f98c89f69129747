"""Operations that took longer than their time limit, and too many requests to AWS."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Entry, Group

_TIMEOUT = r"timeout while waiting for state to become '[^']{1,160}' \(last state: '(?P<state>[^']{1,60})', "
_AFTER = r"timeout: (?P<limit>[0-9hms.]{2,20})\)"
_AGAIN = _("Try again: the fresh plan finds what AWS has finished, and replaces what is incomplete.")

ENTRIES = (
    Entry(
        id="servers-not-healthy",
        group=Group.TIME,
        title=_("The servers did not become healthy in time"),
        patterns=(
            r"waiting for Auto Scaling Group \((?P<name>[A-Za-z0-9_.-]{1,200})\) capacity satisfied: timeout",
            r"waiting for Auto Scaling Group \((?P<name>[A-Za-z0-9_.-]{1,200})\) capacity satisfied",
            r"Need at least \d{1,5} healthy instances in (?:ASG|ELB)",
            r"waiting for Auto Scaling Group \((?P<name>[A-Za-z0-9_.-]{1,200})\) instance refresh",
        ),
        example=(
            "waiting for Auto Scaling Group (app-shop-7c41a2) capacity satisfied: timeout while waiting for "
            "state to become 'ok' (last state: 'want at least 2 healthy instance(s) in Auto Scaling Group, "
            "have 0', timeout: 10m0s)"
        ),
        cause=(
            _(
                "The servers of {name|the group} were started, but not enough of them passed their "
                "health check in time: the application does not start, cannot reach what it needs, or "
                "is slow."
            )
        ),
        steps=(
            _("Read the log of a server's start: EC2 console, Get system log, the lines with STAGE."),
            _(
                "Open a shell with Session Manager (the environment's page has the command): "
                "systemctl status app nginx"
            ),
            _AGAIN,
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="database-slow",
        group=Group.TIME,
        title=_("The database took longer than Terraform waits"),
        patterns=(
            r"waiting for RDS DB (?:Instance|Cluster) \((?P<name>[A-Za-z0-9-]{1,80})\) [a-z]{4,10}: "
            + _TIMEOUT
            + _AFTER,
            r"waiting for RDS (?:DB )?(?:Instance|Cluster) \((?P<name>[A-Za-z0-9-]{1,80})\) [a-z]{4,10}: "
            r"timeout",
        ),
        example=(
            "waiting for RDS DB Instance (db-shop-7c41a2) create: timeout while waiting for state to become "
            "'available, storage-optimization' (last state: 'creating', timeout: 40m0s)"
        ),
        cause=(
            _(
                "{name|The database} was still {state|in progress} after {limit|its time limit}. AWS "
                "continues on its own, and usually it is ready soon."
            )
        ),
        steps=(_("Wait until the RDS console shows Available."), _AGAIN),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="nat-gateway-slow",
        group=Group.TIME,
        title=_("The NAT gateway took longer than Terraform waits"),
        patterns=(
            r"waiting for EC2 NAT Gateway \((?P<name>nat-[0-9a-f]{8,20})\) [a-z]{4,10}: " + _TIMEOUT + _AFTER,
            r"waiting for EC2 NAT Gateway \((?P<name>nat-[0-9a-f]{8,20})\) [a-z]{4,10}: timeout",
        ),
        example=(
            "waiting for EC2 NAT Gateway (nat-0a1b2c3d4e5f60718) create: timeout while waiting for state to "
            "become 'available' (last state: 'pending', timeout: 10m0s)"
        ),
        cause=_(
            "{name|The gateway} was still {state|pending} after {limit|its time limit}. Usually it "
            "takes two minutes."
        ),
        steps=(_("Look at the AWS Health page of the region."), _AGAIN),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="throttled",
        group=Group.TIME,
        title=_("Too many requests to AWS"),
        patterns=(
            r"(?:api error |: )Throttling(?:Exception)?: ",
            r"RequestLimitExceeded",
            r"TooManyRequestsException",
            r"Rate exceeded",
            r"SlowDown: ",
            r"RequestThrottled",
            r"could not answer \((?:Throttling|SlowDown|RequestLimitExceeded)",
        ),
        example=(
            "reading EC2 VPC (vpc-0a1b2c3d4e5f60718): operation error EC2: DescribeVpcs, exceeded maximum "
            "number of attempts, 25, https response error StatusCode: 503, RequestID: "
            "1b2c3d4e-5f60-4718-8293-a4b5c6d7e8f9, api error RequestLimitExceeded: Request limit exceeded."
        ),
        cause=(
            _(
                "Many programs send requests to AWS in this account, and AWS slows all of them down. "
                "Terraform repeated its requests, and gave up."
            )
        ),
        steps=(
            _("Wait a few minutes, then try again."),
            _(
                "If it comes back, an operator can reduce the simultaneous runs (RUN_SLOTS), or have "
                "AWS raise the API's limits."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="aws-trouble",
        group=Group.TIME,
        title=_("AWS has a problem"),
        patterns=(
            r"(?:api error |: )Internal(?:Error|Failure|ServerError|ServiceError)\b",
            r"(?:api error |: )ServiceUnavailable\b",
            r"An internal error has occurred",
        ),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, exceeded maximum number of attempts, 25, "
            "https response error StatusCode: 500, RequestID: 0d1e2f3a-4b5c-4d6e-8f70-8192a3b4c5d6, api "
            "error InternalError: An internal error has occurred"
        ),
        cause=_("AWS failed to process the request. The order is correct."),
        steps=(
            _("Try again in a few minutes."),
            _("If it stays, look at the AWS Health page of the region."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="account-away",
        group=Group.TIME,
        title=_("The account does not respond"),
        patterns=(
            r"The account (?P<account>[a-z0-9-]{1,60}) does not answer at (?P<where>[^ ]{1,120})",
            r"lookup (?P<where>[A-Za-z0-9.-]{4,120}\.amazonaws\.com)[^:]{0,40}: no such host",
            r"dial tcp[^:]{0,60}(?::\d{1,5})?: (?:connect: )?(?:connection refused|i/o timeout|no route to "
            r"host)",
            r"request send failed",
            r"net/http: (?:TLS handshake timeout|request canceled)",
        ),
        example=(
            "Retrieving AWS account details: validating provider credentials: retrieving caller identity "
            "from STS: operation error STS: GetCallerIdentity, exceeded maximum number of attempts, 2, https "
            "response error StatusCode: 0, RequestID: , request send failed, Post "
            '"https://sts.ap-northeast-2.amazonaws.com/": dial tcp: lookup sts.ap-northeast-2.amazonaws.com '
            "on 127.0.0.53:53: no such host"
        ),
        cause=(
            _(
                "The worker could not reach {where|AWS}: there is no network or DNS, a proxy blocks "
                "it, or AWS is down. The simulated account may have been stopped."
            )
        ),
        steps=(
            _("Try again in a minute."),
            _("If it stays, an operator checks the network of the workers, and the AWS Health page."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="run-too-long",
        group=Group.TIME,
        title=_("The run was stopped at its time limit"),
        patterns=(r"The (?P<phase>plan|apply) took longer than (?P<limit>\d{1,9}) s and was stopped",),
        example="The apply took longer than 7200 s and was stopped. In flight: aws_db_instance.this.",
        cause=(
            _(
                "A run may take {limit|a limited number of} seconds, so that none blocks the others "
                "forever. This one was interrupted after that."
            )
        ),
        steps=(_AGAIN, _("If the time is too short for this order, an operator can raise the time limit.")),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)

ANYTHING_ELSE = Entry(
    id="timed-out",
    group=Group.TIME,
    title=_("AWS took longer than Terraform waits"),
    patterns=(
        r"waiting for (?P<name>[A-Za-z0-9 ]{3,60} \([A-Za-z0-9:/_.-]{1,200}\)) [a-z]{4,20}: "
        + _TIMEOUT
        + _AFTER,
        _TIMEOUT + _AFTER,
        r"timeout while waiting for (?:state|resource)",
    ),
    example=(
        "waiting for ELBv2 Load Balancer "
        "(arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/lb-"
        "shop-7c41a2/50dc6c495c0c9188) create: timeout while waiting for state to become 'active' (last "
        "state: "
        "'provisioning', timeout: 10m0s)"
    ),
    cause=(
        _(
            "{name|A resource of the environment} was still {state|in progress} after {limit|its time "
            "limit}. AWS continues on its own."
        )
    ),
    steps=(_AGAIN, _("If it happens again, look at the AWS Health page of the region.")),
    ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    is_passing=True,
)
