"""The portal's identity in the account, and its permissions."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_OPERATOR = _("This is a task for the account's administrator. Ask an operator, and show this page.")
_WHO = r"User: (?P<who>[A-Za-z0-9:/+=,.@_<>-]{3,250})"
_WHAT = r"is not authorized to perform: (?P<action>[A-Za-z0-9:*-]{3,100})"

ENTRIES = (
    Entry(
        id="role-refused",
        group=Group.RIGHTS,
        title=_("The account does not admit the portal"),
        patterns=(
            r"The role (?P<role>arn:aws[A-Za-z0-9:/+=,.@_-]{10,200}) of the account "
            r"(?P<account>[a-z0-9-]{1,60}) does not (?:admit the portal|let the portal in)",
            _WHO + r" is not authorized to perform: sts:AssumeRole on resource: "
            r"(?P<role>arn:aws[A-Za-z0-9:/+=,.@_-]{10,200})",
            r"IAM Role \((?P<role>arn:aws[A-Za-z0-9:/+=,.@_-]{10,200})\) cannot be assumed",
            r"Cannot assume IAM Role",
        ),
        example=(
            "The role arn:aws:iam::123456789012:role/portal of the account shop does not admit the portal. "
            "Its trust policy must allow sts:AssumeRole and sts:SetSourceIdentity to the portal, with the "
            "account's external id."
        ),
        cause=(
            _(
                "The portal uses a role in the account, {role|the one in its settings}, and AWS "
                "refused to let the portal assume it."
            )
        ),
        steps=(
            _OPERATOR,
            _(
                "The role's trust policy must name the portal, allow sts:AssumeRole and "
                "sts:SetSourceIdentity, and have the external ID of the portal's settings."
            ),
            _("Then try again: nothing was changed."),
        ),
        ways=(TRY_AGAIN,),
    ),
    Entry(
        id="organization-forbids",
        group=Group.RIGHTS,
        title=_("The organization forbids it"),
        patterns=(
            _WHAT
            + r" .{0,400}with an explicit deny in a (?P<policy>service control|resource control) policy",
            r"with an explicit deny in a (?P<policy>service control|resource control) policy",
            _WHAT + r" .{0,400}because no (?P<policy>service control|resource control) policy allows",
            r"because no (?P<policy>service control|resource control) policy allows",
        ),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 403, "
            "RequestID: 5c4b3a29-1807-4f6e-8d5c-4b3a29180706, api error UnauthorizedOperation: You are not "
            "authorized to perform this operation. User: "
            "arn:aws:sts::123456789012:assumed-role/portal/portal-run is not authorized to perform: "
            "ec2:CreateVpc on resource: arn:aws:ec2:ap-northeast-2:123456789012:vpc/* with an explicit deny "
            "in a service control policy"
        ),
        cause=(
            _(
                "A {policy|service control} policy of your AWS organization forbids {action|this}. No "
                "permission of the portal's role can change that."
            )
        ),
        steps=(
            _(
                "Ask the administrators of the AWS organization: often a region or an instance type "
                "is not allowed."
            ),
            _("Order it in an account or region where it is allowed."),
        ),
        ways=(Way(Act.CHANGE, _("Change the order")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="service-linked-role",
        group=Group.RIGHTS,
        title=_("A service-linked role is missing"),
        patterns=(
            r"do(?:es)? not have permission to create the service-linked role for service "
            r"'?(?P<service>[a-z0-9.-]{3,80})'?",
            r"Unable to assume the service linked role",
            r"[Cc]aller does not have permission to create a Service Linked Role",
        ),
        example=(
            "creating ELBv2 application Load Balancer (lb-shop-7c41a2): operation error Elastic Load "
            "Balancing v2: CreateLoadBalancer, https response error StatusCode: 403, RequestID: "
            "7d6c5b4a-3928-4716-8504-f3e2d1c0b9a8, AccessDenied: The provided credentials do not have "
            "permission to create the service-linked role for service 'elasticloadbalancing.amazonaws.com'."
        ),
        cause=(
            _(
                "AWS services use a role of their own, which is created at first use, and the "
                "portal's role may not create the one of {service|this service}."
            )
        ),
        steps=(
            _OPERATOR,
            _("Once per account: aws iam create-service-linked-role --aws-service-name {service|SERVICE}"),
            _("Then try again."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="permissions-boundary",
        group=Group.RIGHTS,
        title=_("The role's permissions boundary does not allow this"),
        patterns=(
            _WHAT + r" .{0,400}because no permissions boundary allows",
            _WHAT + r" .{0,400}with an explicit deny in a permissions boundary",
            r"because no permissions boundary allows the (?P<action>[A-Za-z0-9:*-]{3,100}) action",
            r"with an explicit deny in a permissions boundary",
        ),
        example=(
            "creating IAM Role (app-shop-7c41a2): operation error IAM: CreateRole, https response error "
            "StatusCode: 403, RequestID: 44003b04-6e51-4473-95ea-4e9e1125ddfb, api error AccessDenied: User: "
            "arn:aws:sts::123456789012:assumed-role/portal/portal-run is not authorized to perform: "
            "iam:CreateRole on resource: arn:aws:iam::123456789012:role/app-shop-7c41a2 because no "
            "permissions boundary allows the iam:CreateRole action"
        ),
        cause=(
            _(
                "A permissions boundary limits the portal's role, whatever its policies allow, and "
                "{action|this} is outside of it. Another permission in its policies changes nothing."
            )
        ),
        steps=(
            _OPERATOR,
            _(
                "Allow {action|the action} in the boundary of the portal's role; its policies must "
                "allow it too."
            ),
            _("Then try again. Only missing resources are created."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="public-policy-blocked",
        group=Group.RIGHTS,
        title=_("The account does not allow public buckets"),
        patterns=(
            r"on resource: \"?(?:arn:aws[a-z-]{0,10}:s3:::)?(?P<bucket>[a-z0-9.-]{3,63})\"? because public "
            r"policies are prevented",
            r"public policies are (?:prevented|blocked) by the BlockPublicPolicy",
            r"BlockPublicPolicy setting",
        ),
        example=(
            "putting S3 Bucket (site-shop-7c41a2) Policy: operation error S3: PutBucketPolicy, https "
            "response error StatusCode: 403, RequestID: 4F1C5E7A9B3D2C60, HostID: , api error AccessDenied: "
            "User: arn:aws:sts::123456789012:assumed-role/portal/portal-run is not authorized to perform: "
            's3:PutBucketPolicy on resource: "arn:aws:s3:::site-shop-7c41a2" because public policies are '
            "prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        ),
        cause=(
            _(
                "S3 Block Public Access is on for the bucket or the account, so AWS refuses a policy "
                "that lets everybody read {bucket|the bucket}. This is not a missing permission."
            )
        ),
        steps=(
            _("Choose another delivery: with CloudFront the bucket stays private."),
            _(
                "If it must be public: the account's administrator switches the block off (S3 "
                "console, Block Public Access settings for this account), then try again."
            ),
        ),
        ways=(Way(Act.CHANGE, _("Change the delivery")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="logs-refused",
        group=Group.RIGHTS,
        title=_("The load balancer cannot write to the log bucket"),
        patterns=(
            r"Access Denied for bucket: (?P<bucket>[a-z0-9.-]{3,63}[a-z0-9])",
            r"Please check S3bucket permission",
        ),
        example=(
            "modifying ELBv2 Load Balancer "
            "(arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/lb-shop-7c41a2/"
            "50dc6c495c0c9188) attributes: operation error Elastic Load Balancing v2: "
            "ModifyLoadBalancerAttributes, https response error StatusCode: 400, RequestID: "
            "6c1f5c1e-7a4b-4e39-8ac4-2f1e0d9c8b7a, InvalidConfigurationRequest: Access Denied for bucket: "
            "logs-shop-7c41a2-20260102030405. Please check S3bucket permission"
        ),
        cause=(
            _(
                "A load balancer first writes a test file, and {bucket|the bucket} refused it: its "
                "policy is less than a minute old or was changed by hand, or the bucket is in another "
                "region."
            )
        ),
        steps=(
            _("Try again: a fresh plan restores the policy, and by then it is in effect."),
            _(
                "If it stays, check in the S3 console whether the bucket has another policy or a KMS "
                "key: a load balancer supports neither."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="account-not-activated",
        group=Group.RIGHTS,
        title=_("The account cannot use this service or region yet"),
        patterns=(
            r"OptInRequired",
            r"PendingVerification",
            r"Your account must be verified before you can add new CloudFront resources",
            r"This AWS account currently does not support creating load balancers",
            r"You are not subscribed to this service",
            r"is not able to validate the provided access credentials.{0,60}region is (?:not "
            r"enabled|disabled)",
        ),
        example=(
            "creating EC2 Instance: operation error EC2: RunInstances, https response error StatusCode: 400, "
            "RequestID: 8a9b0c1d-2e3f-4a5b-8c6d-7e8f9a0b1c2d, api error PendingVerification: Your request "
            "for accessing resources in this region is being validated, and you will not be able to launch "
            "additional resources in this region until the validation is complete."
        ),
        cause=_("AWS verifies new accounts first, and the owner has to enable some regions."),
        steps=(
            _OPERATOR,
            _("AWS usually needs a few hours, and sends an email. Then try again."),
            _(
                "For CloudFront and load balancers, open a case at AWS Support (Account and billing) "
                "with the text of this error."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="access-denied",
        group=Group.RIGHTS,
        title=_("The portal's role may not do this"),
        patterns=(
            _WHO + " " + _WHAT + r" on resource: (?P<resource>[A-Za-z0-9:/*+=,.@_-]{1,250})",
            _WHO + " " + _WHAT,
            r"UnauthorizedOperation",
            r"operation error [A-Za-z0-9 ]{2,60}: (?P<action>[A-Za-z0-9]{3,60}), https response error "
            r"StatusCode: 403, RequestID: [^,]{0,80}, (?:HostID: [^,]{0,120}, )?(?:api error )?AccessDenied",
            r"AccessDeniedException",
            r"AccessDenied: ",
        ),
        example=(
            "creating EC2 VPC: operation error EC2: CreateVpc, https response error StatusCode: 403, "
            "RequestID: 44003b04-6e51-4473-95ea-4e9e1125ddfb, api error UnauthorizedOperation: You are not "
            "authorized to perform this operation. User: "
            "arn:aws:sts::123456789012:assumed-role/portal/portal-run is not authorized to perform: "
            "ec2:CreateVpc on resource: arn:aws:ec2:ap-northeast-2:123456789012:vpc/* because no "
            "identity-based policy allows the ec2:CreateVpc action."
        ),
        cause=(
            _(
                "AWS recognized {who|the portal's role}, which has no permission for {action|this} on "
                "{resource|this resource}."
            )
        ),
        steps=(
            _OPERATOR,
            _(
                "Add {action|the missing action} to the policy of the portal's role in this account, "
                "and wait a minute."
            ),
            _("Then try again. Only missing resources are created."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="role-not-yet-known",
        group=Group.RIGHTS,
        title=_("A new role is not known everywhere yet"),
        patterns=(
            r"Value \((?P<name>[A-Za-z0-9:/+=,.@_-]{1,200})\) for parameter "
            r"iamInstanceProfile\.[a-zA-Z]{2,10} is invalid",
            r"Invalid IAM Instance Profile (?:name|ARN)",
            r"The role defined for the function cannot be assumed by Lambda",
            r"MalformedPolicyDocument: Invalid principal in policy",
            r"Invalid principal in policy",
            r"IAM role ARN value is invalid or does not include the required permissions",
        ),
        example=(
            "creating Auto Scaling Group (app-shop-7c41a2): operation error Auto Scaling: "
            "CreateAutoScalingGroup, https response error StatusCode: 400, RequestID: "
            "0e1d2c3b-4a59-4687-9b8c-7d6e5f4a3b2c, api error ValidationError: You must use a valid "
            "fully-formed launch template. Value (app-shop-7c41a2) for parameter iamInstanceProfile.name is "
            "invalid. Invalid IAM Instance Profile name"
        ),
        cause=(
            _(
                "A new role takes up to a minute to be known to all services of AWS. {name|The role} "
                "was created in this run, and was used before that."
            )
        ),
        steps=(_("Try again. By now the role is known."),),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="credentials-expired",
        group=Group.RIGHTS,
        title=_("The portal's credentials expired during the run"),
        patterns=(
            r"ExpiredToken",
            r"RequestExpired",
            r"The security token included in the request is expired",
        ),
        example=(
            "waiting for RDS DB Instance (db-shop-7c41a2) create: operation error RDS: DescribeDBInstances, "
            "https response error StatusCode: 403, RequestID: 5b6c7d8e-9fa0-4b1c-8d2e-3f4051627384, api "
            "error ExpiredToken: The security token included in the request is expired"
        ),
        cause=(
            _(
                "A run uses keys that are valid for a limited time, at most an hour with chained "
                "roles. This run took longer. AWS finishes what was requested before."
            )
        ),
        steps=(
            _("Try again: the run gets new keys, and a fresh plan finds what AWS has finished."),
            _("If it happens often, an operator can raise the role's maximum session duration."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="credentials-missing",
        group=Group.RIGHTS,
        title=_("The portal has no valid credentials for the account"),
        patterns=(
            r"No valid credential sources found",
            r"The portal has no (?:usable )?AWS credentials for the account (?P<account>[a-z0-9-]{1,60})",
            r"InvalidClientTokenId",
            r"UnrecognizedClientException",
            r"InvalidAccessKeyId",
            r"SignatureDoesNotMatch",
            r"AuthFailure: AWS was not able to validate the provided access credentials",
            r"failed to refresh cached credentials",
        ),
        example=(
            "No valid credential sources found Please see "
            "https://registry.terraform.io/providers/hashicorp/aws for more information about providing "
            "credentials. Error: failed to refresh cached credentials, no EC2 IMDS role found, operation "
            "error ec2imds: GetMetadata, access disabled to EC2 IMDS via client option"
        ),
        cause=(
            _(
                "AWS does not know the portal's keys for {account|the account}: there are none, they "
                "were deleted, or the worker's clock is wrong."
            )
        ),
        steps=(
            _OPERATOR,
            _("Give the workers a role, or valid keys in their environment, and restart them."),
            _("Then try again."),
        ),
        ways=(TRY_AGAIN,),
    ),
)
