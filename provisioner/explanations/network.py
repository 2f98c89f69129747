"""Address ranges, endpoints, names of hosts."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_CHANGE_RANGE = Way(Act.CHANGE, _("Change the address range"))

ENTRIES = (
    Entry(
        id="subnet-overlap",
        group=Group.NETWORK,
        title=_("Two subnets have the same addresses"),
        patterns=(
            r"InvalidSubnet\.Conflict: The CIDR '(?P<range>[0-9a-f.:/]{3,50})' conflicts with another subnet",
            r"The CIDR '(?P<range>[0-9a-f.:/]{3,50})' conflicts with another subnet",
            r"InvalidSubnet\.Conflict",
        ),
        example=(
            "creating EC2 Subnet: operation error EC2: CreateSubnet, https response error StatusCode: 400, "
            "RequestID: 7f8c0b1d-1c6a-4a44-9c50-1a2f3b4c5d6e, api error InvalidSubnet.Conflict: The CIDR "
            "'10.20.1.0/24' conflicts with another subnet"
        ),
        cause=(
            _(
                "{range|The range} is already in use in this network: by a subnet that was created by "
                "hand, or by one of this environment that is still being deleted."
            )
        ),
        steps=(
            _("Try again if this run was moving subnets: by then the old one is deleted."),
            _("Delete the subnet that was created by hand, or choose another address range."),
        ),
        ways=(_CHANGE_RANGE, TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="range-overlap",
        group=Group.NETWORK,
        title=_("The address range overlaps with another network"),
        patterns=(
            r"overlapping CIDR (?:range|block)",
            r"overlaps (?P<other>[0-9]{1,3}\.[0-9.]{5,11}/[0-9]{1,2}), which is in use in this account",
        ),
        example=(
            "waiting for EC2 VPC Peering Connection (pcx-0a1b2c3d4e5f60718) create: unexpected state "
            "'failed', wanted target 'active, pending-acceptance'. last error: Failed due to incorrect "
            "VPC-ID, Account ID, or overlapping CIDR range"
        ),
        cause=(
            _(
                "The address range shares addresses with {other|an existing network}. Two such "
                "networks can never be connected."
            )
        ),
        steps=(_("Choose a free range. The order form proposes one."),),
        ways=(_CHANGE_RANGE,),
    ),
    Entry(
        id="invalid-range",
        group=Group.NETWORK,
        title=_("AWS does not accept this address range"),
        patterns=(
            r"InvalidVpc\.Range: The CIDR '(?P<range>[0-9a-f.:/]{3,50})' is invalid",
            r"InvalidSubnet\.Range: The CIDR '(?P<range>[0-9a-f.:/]{3,50})' is invalid",
            r"Value \((?P<range>[0-9a-f.:/]{3,50})\) for parameter cidrBlock is invalid",
            r"is not a valid (?:IPv4 )?CIDR block",
            r"Error in function call.{0,160}cidrsubnet",
        ),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 400, "
            "RequestID: 1c0d7d0a-6e1e-49a7-8d5e-0d0a2b1c3f4e, api error InvalidVpc.Range: The CIDR "
            "'10.0.0.0/8' is invalid."
        ),
        cause=(
            _(
                "A network cannot have {range|this range}: AWS accepts prefixes from /16 to /28 that "
                "start at their first address, and a subnet must be inside its network."
            )
        ),
        steps=(_("Choose a private range such as 10.20.0.0/16."),),
        ways=(_CHANGE_RANGE, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="addresses-used-up",
        group=Group.NETWORK,
        title=_("A subnet has no address left"),
        patterns=(
            r"InsufficientFreeAddressesInSubnet",
            r"InsufficientFreeAddresses",
            r"Not enough IP space available in (?P<subnet>subnet-[0-9a-f]{8,20})",
        ),
        example=(
            "creating ELBv2 application Load Balancer (lb-shop-7c41a2): operation error Elastic Load "
            "Balancing v2: CreateLoadBalancer, https response error StatusCode: 400, RequestID: "
            "2b7c0a1e-6f52-4c52-8df2-5a2f7e5b9f10, api error InvalidSubnet: Not enough IP space available in "
            "subnet-0a1b2c3d4e5f60718. ELB requires at least 8 free IP addresses in each subnet."
        ),
        cause=(
            _(
                "{subnet|A subnet} is full: AWS reserves five addresses of each, and a load balancer "
                "needs eight free ones."
            )
        ),
        steps=(_("Choose a larger address range (a smaller number after the slash) and order again."),),
        ways=(_CHANGE_RANGE, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="no-internet-gateway",
        group=Group.NETWORK,
        title=_("The network has no internet gateway"),
        patterns=(
            r"VPC (?P<vpc>vpc-[0-9a-f]{8,20}) has no internet gateway",
            r"InvalidSubnet: .{0,80}has no internet gateway",
        ),
        example=(
            "creating ELBv2 application Load Balancer (lb-shop-7c41a2): operation error Elastic Load "
            "Balancing v2: CreateLoadBalancer, https response error StatusCode: 400, RequestID: "
            "5f3c2d1e-7a8b-4c9d-8e0f-1a2b3c4d5e6f, InvalidSubnet: VPC vpc-0a1b2c3d4e5f60718 has no internet "
            "gateway"
        ),
        cause=(
            _(
                "A public load balancer needs a gateway in its network, and {vpc|the network} has "
                "none: it was detached or deleted outside the portal."
            )
        ),
        steps=(_("Try again: the plan finds that it is missing, and creates it."),),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="endpoint-private-dns",
        group=Group.NETWORK,
        title=_("Another endpoint already answers for this name"),
        patterns=(
            r"private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
            r"(?P<name>[A-Za-z0-9.*-]{3,120}) in the VPC",
            r"private-dns-enabled cannot be set because there is already a conflicting DNS domain",
        ),
        example=(
            "creating EC2 VPC Endpoint (com.amazonaws.ap-northeast-2.ssm): operation error EC2: "
            "CreateVpcEndpoint, https response error StatusCode: 400, RequestID: "
            "6a5b4c3d-2e1f-4a0b-9c8d-7e6f5a4b3c2d, api error InvalidParameter: private-dns-enabled cannot be "
            "set because there is already a conflicting DNS domain for ssm.ap-northeast-2.amazonaws.com in "
            "the VPC vpc-0a1b2c3d4e5f60718"
        ),
        cause=(
            _(
                "The network already has an endpoint for {name|this service}, created by hand or by a "
                "run whose state was lost. Only one endpoint may have a name."
            )
        ),
        steps=(
            _("Delete the other endpoint (VPC console, Endpoints), wait until it is deleted, and try again."),
            _("Or leave this endpoint out of the order."),
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Change the endpoints")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="endpoint-dns-off",
        group=Group.NETWORK,
        title=_("The network resolves no private names"),
        patterns=(
            r"Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set "
            r"to true",
        ),
        example=(
            "creating EC2 VPC Endpoint (com.amazonaws.ap-northeast-2.secretsmanager): operation error EC2: "
            "CreateVpcEndpoint, https response error StatusCode: 400, RequestID: "
            "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8"
            "f9, api error InvalidParameter: Enabling private DNS requires both enableDnsSupport and "
            "enableDnsHostnames VPC attributes set to true for vpc-0a1b2c3d4e5f60718"
        ),
        cause=(
            _(
                "An endpoint with private names needs a network with DNS support and DNS host names. "
                "One of them was switched off outside the portal."
            )
        ),
        steps=(
            _("Try again: a fresh plan finds the difference and switches them on first."),
            _("If it fails again, switch both on in the VPC console."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="endpoint-not-offered",
        group=Group.NETWORK,
        title=_("AWS does not have this endpoint here"),
        patterns=(
            r"The Vpc Endpoint Service '(?P<name>[A-Za-z0-9._-]{3,120})' does not exist",
            r"The VPC endpoint service (?P<name>[A-Za-z0-9._-]{3,120}) does not support the availability "
            r"zone",
            r"InvalidServiceName",
        ),
        example=(
            "creating EC2 VPC Endpoint (com.amazonaws.ap-northeast-2.ecs-exec): operation error EC2: "
            "CreateVpcEndpoint, https response error StatusCode: 400, RequestID: "
            "4d3c2b1a-0f9e-4d8c-b7a6-958473625140, api error InvalidServiceName: The Vpc Endpoint Service "
            "'com.amazonaws.ap-northeast-2.ecs-exec' does not exist"
        ),
        cause=_("{name|This service} has no endpoint in the region, or not in one of the zones."),
        steps=(_("Leave it out of the list of endpoints, or use fewer zones."),),
        ways=(Way(Act.CHANGE, _("Change the endpoints")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="nat-gateway-failed",
        group=Group.NETWORK,
        title=_("A NAT gateway did not start"),
        patterns=(
            r"waiting for EC2 NAT Gateway \((?P<id>nat-[0-9a-f]{8,20})\) create: unexpected state "
            r"'failed'.{0,80}last error: (?P<reason>[^:]{3,60})",
            r"Network (?P<id>vpc-[0-9a-f]{8,20}) has no Internet gateway attached",
        ),
        example=(
            "waiting for EC2 NAT Gateway (nat-0a1b2c3d4e5f60718) create: unexpected state 'failed', wanted "
            "target 'available'. last error: Gateway.NotAttached: Network vpc-0a1b2c3d4e5f60718 has no "
            "Internet gateway attached"
        ),
        cause=(
            _(
                "AWS could not start {id|the gateway} ({reason|without a reason}). Without it the "
                "application servers cannot reach the internet."
            )
        ),
        steps=(_("Try again: the failed gateway is replaced."),),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
)
