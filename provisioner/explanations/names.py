"""Names that are in use, and resources that prevent a deletion."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

ENTRIES = (
    Entry(
        id="still-in-use",
        group=Group.NAMES,
        title=_("Something else still uses it"),
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
            _(
                "AWS does not delete {what|a resource} while something uses it: a resource that was "
                "created by hand in this network, a network interface that a service releases after "
                "minutes, or a public address."
            )
        ),
        steps=(
            _(
                "Wait five minutes and destroy again: interfaces of load balancers and endpoints are "
                "deleted late."
            ),
            _(
                "If it stays, filter Network interfaces in the VPC console by the network: their "
                "descriptions show the owners. Delete what was created by hand."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="not-empty",
        group=Group.NAMES,
        title=_("It is not empty"),
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
        cause=_("AWS deletes buckets and image repositories only when they are empty, and {what|it} is not."),
        steps=(
            _("Check whether its content is still needed. If so, copy it elsewhere."),
            _(
                "Empty it in the console (for a versioned bucket: all versions), then destroy again. "
                "In a protected environment this is on purpose: switch deletion protection off first."
            ),
        ),
        ways=(Way(Act.CHANGE, _("Switch deletion protection off")), Way(Act.DESTROY, _("Destroy again"))),
    ),
    Entry(
        id="bucket-missing",
        group=Group.NAMES,
        title=_("A bucket of the environment is gone"),
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
            _(
                "The plan needs {bucket|a bucket} that AWS does not know: it was deleted outside the "
                "portal, or it is so new that not every part of S3 knows it yet."
            )
        ),
        steps=(
            _("Try again: a fresh plan creates what is missing. The content of a deleted bucket is lost."),
            _("If the environment only uses the bucket, for example for logs, create it first."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="refresh-under-way",
        group=Group.NAMES,
        title=_("The servers are already being replaced"),
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
            _(
                "The group is replacing its servers one by one: after an earlier change, after a "
                "deployment, or because AWS rolls a failed one back. Only one replacement can run at "
                "a time."
            )
        ),
        steps=(
            _(
                "Wait until it has ended (EC2 console, Auto Scaling groups, Instance refresh), then "
                "try again."
            ),
            _("If it does not proceed because new servers do not become healthy, cancel it there first."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="name-taken",
        group=Group.NAMES,
        title=_("The name is already in use"),
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
            _(
                "The account already has a {what|resource} called {name|like that} that is not in "
                "this environment's state: a run whose state was lost left it, or it was created by "
                "hand."
            )
        ),
        steps=(
            _("Look at it in the console. Its tags name the environment and the run that created it."),
            _("If nobody needs it, delete it there, then try again."),
            _(
                "If somebody needs it, order under another name. An operator can also import it into "
                "the state (terraform import)."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)

GONE_OUTSIDE = Entry(
    id="gone-outside",
    group=Group.NAMES,
    title=_("A part of the environment is gone"),
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
        _(
            "The plan needs {what|a resource} that AWS does not know: it was deleted outside the "
            "portal, or it is so new that not every part of AWS knows it yet."
        )
    ),
    steps=(_("Try again: a fresh plan creates what is missing."),),
    ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    is_passing=True,
)
