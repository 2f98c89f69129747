"""Names that are taken, and what stands in the way of a deletion."""

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

ENTRIES = (
    Entry(
        id="still-in-use",
        group=Group.NAMES,
        title="Something else still hangs on it",
        patterns=(
            r"DependencyViolation: (?:resource|The [a-zA-Z ]{2,20}|Network) "
            r"'?(?P<what>[a-z]{2,10}-[0-9a-f]{8,20})'?",
            r"DependencyViolation",
            r"has some mapped public address\(es\)",
            r"DeleteConflict: (?P<what>[^.]{3,120})",
            r"ResourceInUse: (?P<what>[^.]{3,160})",
            r"ResourceInUseException",
            r"InvalidDBSubnetGroupStateFault",
            r"InvalidDBParameterGroupState",
        ),
        example=(
            "deleting EC2 Subnet (subnet-08c9ead88236a0d38): operation error EC2: DeleteSubnet, https "
            "response error StatusCode: 400, RequestID: 2e3d4c5b-6a79-4887-96a5-b4c3d2e1f001, api error "
            "DependencyViolation: The subnet 'subnet-08c9ead88236a0d38' has dependencies and cannot be "
            "deleted."
        ),
        cause=(
            "AWS does not delete {what|a part} while another thing uses it: something that was made by hand "
            "in this "
            "network, a network interface of a service that takes minutes to leave, or a public address."
        ),
        steps=(
            "Wait five minutes and destroy again: interfaces of load balancers and endpoints go late.",
            "If it stays, look in the VPC console at Network interfaces and filter by the network: their "
            "description says who they belong to. Delete what was made by hand.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="not-empty",
        group=Group.NAMES,
        title="There is still something in it",
        patterns=(
            r"BucketNotEmpty",
            r"RepositoryNotEmptyException.{0,80}name '(?P<what>[A-Za-z0-9_./-]{2,200})'",
            r"RepositoryNotEmptyException",
        ),
        example=(
            "ECR Repository (app-shop-7c41a2) not empty, consider using force_delete: operation error ECR: "
            "DeleteRepository, https response error StatusCode: 400, RequestID: "
            "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d,"
            " RepositoryNotEmptyException: The repository with name 'app-shop-7c41a2' in registry with id "
            "'123456789012' cannot be deleted because it still contains images"
        ),
        cause="AWS deletes no bucket and no image repository that still holds something: {what|it} is not "
        "empty.",
        steps=(
            "Look whether its content is still needed, and copy it elsewhere if so.",
            "Empty it in the console (for a versioned bucket: all versions), then destroy again. In a "
            "protected environment this is on purpose: switch deletion protection off first.",
        ),
        ways=(Way(Act.CHANGE, "Switch deletion protection off"), Way(Act.DESTROY, "Destroy again")),
    ),
    Entry(
        id="bucket-missing",
        group=Group.NAMES,
        title="A bucket of the environment is gone",
        patterns=(
            r"S3 Bucket \((?P<bucket>[a-z0-9.-]{3,63})\)[^:]{0,40}: .{0,200}NoSuchBucket\b",
            r"NoSuchBucket\b",
            r"The specified bucket does not exist",
        ),
        example=(
            "putting S3 Bucket (site-shop-7c41a2) Policy: operation error S3: PutBucketPolicy, https "
            "response error StatusCode: 404, RequestID: 4F1C5E7A9B3D2C60, HostID: , NoSuchBucket: The "
            "specified bucket does not exist"
        ),
        cause=(
            "The plan counted on {bucket|a bucket} that AWS does not know: somebody deleted it outside of "
            "Terraform, or it was made a moment ago and S3 has not spread the news of it yet."
        ),
        steps=(
            "Try again: a fresh plan looks at what is there and makes what is missing. What was in a deleted "
            "one is lost.",
            "If it is a bucket that the environment only uses, such as one for logs elsewhere, make it "
            "first.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="refresh-under-way",
        group=Group.NAMES,
        title="The servers are being replaced already",
        patterns=(
            r"InstanceRefreshInProgress",
            r"An Instance Refresh is already in progress",
        ),
        example=(
            "updating Auto Scaling Group (app-shop-7c41a2): starting instance refresh: operation error Auto "
            "Scaling: StartInstanceRefresh, https response error StatusCode: 400, RequestID: "
            "0e1d2c3b-4a59-4687-9b8c-7d6e5f4a3b2c, InstanceRefreshInProgress: An Instance Refresh is already "
            "in progress and blocks the execution of this Instance Refresh."
        ),
        cause=(
            "The group replaces its servers one by one since the change before, or a deployment, or because "
            "AWS takes back one that failed. It does one such round at a time."
        ),
        steps=(
            "Wait until it is over (EC2 console, Auto Scaling groups, Instance refresh), then try again.",
            "If it gets no further because new servers do not become healthy, cancel it there first.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="name-taken",
        group=Group.NAMES,
        title="The name is taken already",
        patterns=(
            r"EntityAlreadyExists: (?P<what>[A-Za-z ]{3,30}) with name (?P<name>[A-Za-z0-9+=,.@_-]{1,128})",
            r"creating [A-Za-z0-9 ]{2,60} \((?P<name>[A-Za-z0-9/_.-]{1,160})\): [^:]{3,80}: "
            r"[A-Za-z0-9]{3,60}, https response error StatusCode: "
            r"4\d\d, RequestID: [^,]{1,80}, (?:api error "
            r")?(?:DBInstanceAlreadyExists|DBSubnetGroupAlreadyExists|"
            r"DBParameterGroupAlreadyExists|ResourceAlreadyExistsException|RepositoryAlreadyExistsException|"
            r"ResourceExistsException|ParameterAlreadyExists|BucketAlreadyExists|BucketAlreadyOwnedByYou|"
            r"InvalidGroup\.Duplicate|DuplicateTargetGroupName|DuplicateLoadBalancerName|AlreadyExists|"
            r"InvalidLaunchTemplateName\.AlreadyExistsException)",
            r"(?:DBInstanceAlreadyExists|DBSubnetGroupAlreadyExists|DBParameterGroupAlreadyExists|"
            r"ResourceAlreadyExistsException|RepositoryAlreadyExistsException|ResourceExistsException|"
            r"ParameterAlreadyExists|BucketAlreadyExists|BucketAlreadyOwnedByYou|InvalidGroup\.Duplicate|"
            r"DuplicateTargetGroupName|DuplicateLoadBalancerName|EntityAlreadyExists|"
            r"InvalidLaunchTemplateName\.AlreadyExistsException)",
            r"ELBv2 (?:Load Balancer|Target Group) \((?P<name>[A-Za-z0-9-]{1,64})\) already exists",
        ),
        example=(
            "creating IAM Role (app-shop-7c41a2): operation error IAM: CreateRole, https response error "
            "StatusCode: 409, RequestID: 1a2b3c4d-5e6f-4708-9182-a3b4c5d6e7f8, EntityAlreadyExists: Role "
            "with name app-shop-7c41a2 already exists."
        ),
        cause=(
            "In the account there is already a {what|thing} called {name|so} that this environment's state "
            "does not know: left by a run whose state was lost, or made by hand."
        ),
        steps=(
            "Look at it in the console; its tags say which environment and run it came from.",
            "Nobody needs it: delete it there, then try again.",
            "Somebody does: order under another name. An operator can also take it into the state "
            "(terraform import).",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)

GONE_OUTSIDE = Entry(
    id="gone-outside",
    group=Group.NAMES,
    title="A part of the environment is gone",
    patterns=(
        r"(?:api error |: )Invalid[A-Za-z]{2,40}\.NotFound: The (?P<kind>[A-Za-z ]{2,30}) "
        r"'(?P<what>[^']{1,80})' does not exist",
        r"(?:api error |: )Invalid[A-Za-z]{2,40}\.NotFound",
        r"(?:DBInstanceNotFound|DBInstanceNotFoundFault|LoadBalancerNotFound|TargetGroupNotFound|"
        r"ResourceNotFoundException|RepositoryNotFoundException|DBSubnetGroupNotFoundFault|NoSuchEntity)",
        r"couldn't find resource",
    ),
    example=(
        "creating EC2 Subnet: operation error EC2: CreateSubnet, https response error StatusCode: 400, "
        "RequestID: 3c2b1a09-8f7e-4d6c-9b5a-4938271605f4, api error InvalidVpcID.NotFound: The vpc ID "
        "'vpc-0a1b2c3d4e5f60718' does not exist"
    ),
    cause=(
        "The plan counted on {what|something} that AWS does not know: it was deleted by hand in between, or "
        "AWS has not spread the news of it yet."
    ),
    steps=("Try again: a fresh plan looks at what is there and makes what is missing.",),
    ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    is_passing=True,
)
