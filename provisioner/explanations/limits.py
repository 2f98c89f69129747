"""Service quotas: the limits of an account."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_ASK_FOR_MORE = _(
    "Ask AWS for a higher quota (Service Quotas in the console, it can take a day), then try again."
)
_FREE_ONE = _("Destroy an environment that is no longer needed. The list of environments shows the owners.")
_AGAIN = _("Then try again. Only missing resources are created.")

ENTRIES = (
    Entry(
        id="elastic-ip-limit",
        group=Group.LIMITS,
        title=_("The account has no public address left"),
        patterns=(r"AddressLimitExceeded", r"The maximum number of addresses has been reached"),
        example=(
            "creating EC2 EIP: operation error EC2: AllocateAddress, https response error StatusCode: 400, "
            "RequestID: 8e4e6bf7-f2c9-45ea-82f3-d6609702de85, api error AddressLimitExceeded: The maximum "
            "number of addresses has been reached."
        ),
        cause=(
            _(
                "An account has a limit of Elastic IP addresses per region, by default five, and all "
                "of them are in use. Each NAT gateway needs one."
            )
        ),
        steps=(
            _("Choose fewer NAT gateways: one instead of one in each zone, or none."),
            _("Release addresses that are not in use (EC2 console, Elastic IPs)."),
            _FREE_ONE,
            _ASK_FOR_MORE,
        ),
        ways=(Way(Act.CHANGE, _("Choose fewer NAT gateways")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="vpc-limit",
        group=Group.LIMITS,
        title=_("The account has no network left"),
        patterns=(r"VpcLimitExceeded", r"The maximum number of VPCs has been reached"),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 400, "
            "RequestID: 5fd3b25f-9a55-4c6b-a0cf-9c0f2b0b1d53, api error VpcLimitExceeded: The maximum number "
            "of VPCs has been reached."
        ),
        cause=(
            _(
                "An account has a limit of networks (VPCs) per region, by default five, and all of "
                "them are in use. Each environment needs its own."
            )
        ),
        steps=(_FREE_ONE, _ASK_FOR_MORE, _("Or order it in another account.")),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="internet-gateway-limit",
        group=Group.LIMITS,
        title=_("The account has no internet gateway left"),
        patterns=(r"InternetGatewayLimitExceeded", r"The maximum number of internet gateways"),
        example=(
            "creating EC2 Internet Gateway: operation error EC2: CreateInternetGateway, https response error "
            "StatusCode: 400, RequestID: c04c1a13-1a4f-4d0a-8c39-3a1f6f0d2a50, api error "
            "InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached."
        ),
        cause=_(
            "An account has a limit of internet gateways per region, by default the same as of "
            "networks, and all of them are in use."
        ),
        steps=(_("Delete internet gateways that are attached to no network."), _FREE_ONE, _ASK_FOR_MORE),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="nat-gateway-limit",
        group=Group.LIMITS,
        title=_("The zone has no NAT gateway left"),
        patterns=(
            r"NatGatewayLimitExceeded.{0,80}limit of (?P<limit>\d{1,4})",
            r"NatGatewayLimitExceeded",
        ),
        example=(
            "creating EC2 NAT Gateway: operation error EC2: CreateNatGateway, https response error "
            "StatusCode: 400, RequestID: 3f4a6f4b-5ed9-4d0c-9f2e-1b1a5c6d7e8f, api error "
            "NatGatewayLimitExceeded: Performing this operation would exceed the limit of 5 NAT gateways"
        ),
        cause=(
            _(
                "The account has reached its limit of {limit|five} NAT gateways in this availability "
                "zone. Gateways that are being deleted count, too."
            )
        ),
        steps=(
            _(
                "Wait a few minutes if an environment was destroyed just now: a deleted gateway "
                "counts for a while."
            ),
            _("Choose fewer NAT gateways: one instead of one in each zone, or none."),
            _ASK_FOR_MORE,
        ),
        ways=(Way(Act.CHANGE, _("Choose fewer NAT gateways")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="load-balancer-limit",
        group=Group.LIMITS,
        title=_("The account has no load balancer left"),
        patterns=(
            r"TooManyLoadBalancers",
            r"TooManyTargetGroups",
            r"The maximum number of load balancers has been reached",
        ),
        example=(
            "creating ELBv2 application Load Balancer (lb-shop-7c41a2): operation error Elastic Load "
            "Balancing v2: CreateLoadBalancer, https response error StatusCode: 400, RequestID: "
            "2b7c0a1e-6f52-4c52-8df2-5a2f7e5b9f10, api error TooManyLoadBalancers: The maximum number of "
            "load balancers has been reached"
        ),
        cause=(
            _(
                "An account has a limit of load balancers and target groups per region, by default 50 "
                "load balancers, and all of them are in use."
            )
        ),
        steps=(_FREE_ONE, _ASK_FOR_MORE, _AGAIN),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="database-limit",
        group=Group.LIMITS,
        title=_("The account has no database instance left"),
        patterns=(
            r"InstanceQuotaExceeded",
            r"DBInstanceQuotaExceeded",
            r"StorageQuotaExceeded",
            r"SnapshotQuotaExceeded",
        ),
        example=(
            "creating RDS DB Instance (db-shop-7c41a2): operation error RDS: CreateDBInstance, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, "
            "InstanceQuotaExceeded: Cannot create more than 40 DB instances"
        ),
        cause=(
            _(
                "An account has a limit of databases, storage and snapshots per region (by default 40 "
                "databases), and one of them is reached."
            )
        ),
        steps=(
            _("Delete snapshots of old environments (RDS console, Snapshots)."),
            _FREE_ONE,
            _ASK_FOR_MORE,
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="vcpu-limit",
        group=Group.LIMITS,
        title=_("The account's limit of processors is reached"),
        patterns=(
            r"VcpuLimitExceeded.{0,120}current vCPU limit of (?P<limit>\d{1,6})",
            r"You have requested more vCPU capacity than your current vCPU limit of (?P<limit>\d{1,6})",
            r"VcpuLimitExceeded",
        ),
        example=(
            "waiting for Auto Scaling Group (app-shop-7c41a2) capacity satisfied: scaling activity "
            "(d5a62772-25a3-3218-2623-e9ec177e0692): Failed: You have requested more vCPU capacity than your "
            "current vCPU limit of 32 allows for the instance bucket that the specified instance type "
            "belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment "
            "to this limit. Launching EC2 instance failed."
        ),
        cause=(
            _(
                "All running instances of this kind together may have {limit|a limited number of} "
                "virtual processors in the region. The servers of this order would exceed that."
            )
        ),
        steps=(_("Choose fewer or smaller servers."), _FREE_ONE, _ASK_FOR_MORE),
        ways=(Way(Act.CHANGE, _("Choose fewer servers")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)

ANOTHER_LIMIT = Entry(
    id="another-limit",
    group=Group.LIMITS,
    title=_("A limit of the account is reached"),
    patterns=(
        r"(?:api error |: )(?P<limit>[A-Z][A-Za-z]{2,60}(?:LimitExceeded|QuotaExceeded|LimitReached))\b",
        r"(?:api error |: )(?P<limit>LimitExceeded|LimitExceededException|ServiceQuotaExceededException)\b",
    ),
    example=(
        "creating Security Group (app-shop-7c41a2): operation error EC2: CreateSecurityGroup, https response "
        "error StatusCode: 400, RequestID: 0f1c2d3e-4b5a-6978-8796-a5b4c3d2e1f0, api error "
        "SecurityGroupLimitExceeded: The maximum number of security groups has been reached."
    ),
    cause=(
        _(
            "AWS refused to create more resources of one kind than the account may have in this "
            "region. The limit is called {limit|as in Terraform's message}."
        )
    ),
    steps=(
        _("Look up the limit and its usage under Service Quotas in the console."),
        _FREE_ONE,
        _ASK_FOR_MORE,
    ),
    ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
)
