"""Service quotas: what an account may have at most."""

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_ASK_FOR_MORE = (
    "Ask AWS for a higher quota (Service Quotas in the console, it can take a day), then try again."
)
_FREE_ONE = "Destroy an environment that nobody needs any more; the list of environments says who owns which."
_AGAIN = "Then try again: only what is missing is made."

ENTRIES = (
    Entry(
        id="elastic-ip-limit",
        group=Group.LIMITS,
        title="The account has no public address left",
        patterns=(r"AddressLimitExceeded", r"The maximum number of addresses has been reached"),
        example=(
            "creating EC2 EIP: operation error EC2: AllocateAddress, https response error StatusCode: 400, "
            "RequestID: 8e4e6bf7-f2c9-45ea-82f3-d6609702de85, api error AddressLimitExceeded: The maximum "
            "number of addresses has been reached."
        ),
        cause=(
            "An account may hold so many Elastic IP addresses in a region, five unless AWS has raised it, "
            "and all of them are taken. Each NAT gateway needs one."
        ),
        steps=(
            "Choose fewer NAT gateways: one instead of one in each zone, or none.",
            "Release addresses that belong to nothing (EC2 console, Elastic IPs).",
            _FREE_ONE,
            _ASK_FOR_MORE,
        ),
        ways=(Way(Act.CHANGE, "Choose fewer NAT gateways"), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="vpc-limit",
        group=Group.LIMITS,
        title="The account has no network left",
        patterns=(r"VpcLimitExceeded", r"The maximum number of VPCs has been reached"),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 400, "
            "RequestID: 5fd3b25f-9a55-4c6b-a0cf-9c0f2b0b1d53, api error VpcLimitExceeded: The maximum number "
            "of VPCs has been reached."
        ),
        cause=(
            "An account may hold so many networks (VPCs) in a region, five unless AWS has raised it, and all "
            "of them are taken. Each environment needs one of its own."
        ),
        steps=(_FREE_ONE, _ASK_FOR_MORE, "Or order it in another account."),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="internet-gateway-limit",
        group=Group.LIMITS,
        title="The account has no internet gateway left",
        patterns=(r"InternetGatewayLimitExceeded", r"The maximum number of internet gateways"),
        example=(
            "creating EC2 Internet Gateway: operation error EC2: CreateInternetGateway, https response error "
            "StatusCode: 400, RequestID: c04c1a13-1a4f-4d0a-8c39-3a1f6f0d2a50, api error "
            "InternetGatewayLimitExceeded: The maximum number of internet gateways has been reached."
        ),
        cause="An account may hold as many internet gateways as networks in a region, and all of them are "
        "taken.",
        steps=("Delete internet gateways that are attached to no network.", _FREE_ONE, _ASK_FOR_MORE),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="nat-gateway-limit",
        group=Group.LIMITS,
        title="The zone has no NAT gateway left",
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
            "The account already has its limit of {limit|five} NAT gateways in this availability zone, those "
            "that are being deleted included."
        ),
        steps=(
            "Wait a few minutes if an environment was destroyed just now: a deleted gateway counts for a "
            "while.",
            "Choose fewer NAT gateways: one instead of one in each zone, or none.",
            _ASK_FOR_MORE,
        ),
        ways=(Way(Act.CHANGE, "Choose fewer NAT gateways"), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="load-balancer-limit",
        group=Group.LIMITS,
        title="The account has no load balancer left",
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
            "An account may hold so many load balancers and target groups in a region, 50 load balancers "
            "unless AWS has raised it, and all of them are taken."
        ),
        steps=(_FREE_ONE, _ASK_FOR_MORE, _AGAIN),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="database-limit",
        group=Group.LIMITS,
        title="The account has no database instance left",
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
            "An account may hold so many databases, so much storage and so many snapshots in a region (40 "
            "databases unless AWS has raised it), and that is used up."
        ),
        steps=(
            "Delete snapshots of environments that are long gone (RDS console, Snapshots).",
            _FREE_ONE,
            _ASK_FOR_MORE,
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="vcpu-limit",
        group=Group.LIMITS,
        title="The account may not have that many processors",
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
            "All running instances of this kind together may have {limit|only so many} virtual processors in "
            "the region, and the servers of this order would go beyond."
        ),
        steps=("Choose fewer or smaller servers.", _FREE_ONE, _ASK_FOR_MORE),
        ways=(Way(Act.CHANGE, "Choose fewer servers"), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)

ANOTHER_LIMIT = Entry(
    id="another-limit",
    group=Group.LIMITS,
    title="A limit of the account is reached",
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
        "AWS refused to make more of one thing than the account may have in this region. It calls the limit "
        "{limit|by a name that Terraform's own words say}."
    ),
    steps=(
        "Look at Service Quotas in the console which limit that is and how much is used.",
        _FREE_ONE,
        _ASK_FOR_MORE,
    ),
    ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
)
