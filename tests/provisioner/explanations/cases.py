"""For each explained error: further real texts that it knows, and one that only looks like it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`says`: what the cause or a step must name of the example's own values."""

    not_this: str
    says: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


CASES: dict[str, Case] = {
    "lock-held": Case(
        "Error acquiring the state lock Error message: operation error S3: PutObject, https response error "
        "StatusCode: 403, RequestID: , HostID: , api error AccessDenied: Access Denied",
        ("carol@laptop", "2026-01-02 14:01:00", "f5a0c2d7-6f0a-9e42-5b8e-1f5d8c6f3a21"),
        (
            "Error acquiring the state lock\n\nError message: PreconditionFailed\nLock Info:\n  ID:        "
            "0bd4ab9e-6f0a-9e42-5b8e-1f5d8c6f3a21\n  Path:      states/terraform.tfstate\n  Operation: "
            "OperationTypePlan\n  Who:       root@runner-1\n  Version:   1.11.4\n  Created:   2026-03-04 "
            "05:06:07.8 +0000 UTC\n  Info:      \n",
        ),
    ),
    "lock-left": Case("state_lock_release: Releasing state lock. This may take a few moments..."),
    "state-not-saved": Case("Saved the state, serial 7.", (), ("Failed to persist state to backend",)),
    "bucket-gone": Case(
        "creating S3 Bucket (logs): BucketAlreadyExists", ("portal-state-1f2e3d4c5b6a",),
        (
            'Failed to get existing workspaces: S3 bucket "portal-state-1f2e3d4c5b6a" does not exist.',
            "Error acquiring the state lock Error message: operation error S3: PutObject, https response "
            "error StatusCode: 404, RequestID: , HostID: , NoSuchBucket: The specified bucket does not exist",
            "The account shop was asked to read the state and answered NoSuchBucket: The specified bucket "
            "does not exist.",
        ),
    ),
    "state-does-not-fit": Case(
        "aws_s3_object.state: Refreshing state...", (),
        (
            "cannot overwrite existing state with serial 7 with a different state that has the same serial",
            'cannot import state with lineage "0f9e" over unrelated state with lineage "1a2b"',
            "Saved plan does not match the given state",
        ),
    ),
    "plan-stale": Case("Saved the plan to: plan.tfplan"),
    "elastic-ip-limit": Case("The maximum number of subnets has been reached for this VPC."),
    "vpc-limit": Case("The maximum number of VPN gateways has been reached."),
    "internet-gateway-limit": Case("igw-0a1b: The internet gateway is attached."),
    "nat-gateway-limit": Case(
        "aws_nat_gateway.this: Still creating... [1m30s elapsed]", ("limit of 5",),
        ("api error NatGatewayLimitExceeded: The maximum number of NAT Gateways has been reached.",),
    ),
    "load-balancer-limit": Case(
        "aws_lb.this: Still creating... [2m10s elapsed]", (),
        ("api error TooManyTargetGroups: The maximum number of target groups has been reached",),
    ),
    "database-limit": Case(
        "DBInstanceNotFound: DBInstance db-shop not found.", (),
        ("StorageQuotaExceeded: The operation cannot be completed. The storage quota has been exceeded.",),
    ),
    "vcpu-limit": Case(
        "aws_instance.this: 2 vCPUs", ("32",),
        (
            "api error VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU "
            "limit of 0 allows for the instance bucket",
        ),
    ),
    "no-instance-capacity": Case(
        "Your requested instance type (t4g.micro) is not supported in your requested Availability Zone",
        ("t4g.micro", "ap-northeast-2a"),
        (
            "api error InsufficientInstanceCapacity: We currently do not have sufficient i3.4xlarge "
            "capacity in the Availability Zone you requested (us-east-1f).",
        ),
    ),
    "type-not-in-zone": Case("We currently do not have t4g.micro.", ("t4g.micro", "ap-northeast-2b")),
    "architecture-mismatch": Case("The architecture of this image is arm64.", ("arm64", "x86_64")),
    "no-database-capacity": Case(
        "InsufficientInstanceCapacity: no such", (),
        (
            "InsufficientDBInstanceCapacity: You can't create a db.t4g.micro database instance because "
            "there are no "
            "Availability Zones with sufficient capacity for VPC and storage type : gp3 for db.t4g.micro.",
        ),
    ),
    "database-class-not-offered": Case(
        "Cannot find version 9.0 for mysql", ("db.t3.micro", "mysql", "8.4.3"),
    ),
    "subnet-overlap": Case("InvalidSubnet.Range: The CIDR '10.20.1.0/24' is invalid.", ("10.20.1.0/24",)),
    "range-overlap": Case(
        "10.20.0.0/16 is the address range.", (),
        ("10.20.0.0/16 overlaps 10.20.128.0/17, which is in use in this account. Choose a range that is "
            "free.",),
    ),
    "invalid-range": Case(
        "InvalidSubnet.Conflict: The CIDR '10.0.0.0/24' conflicts with another subnet", ("10.0.0.0/8",),
        (
            '"10.0.0.1/16" is not a valid IPv4 CIDR block: did you mean "10.0.0.0/16"?',
            "Value (10.0.0.0/33) for parameter cidrBlock is invalid. This is not a valid CIDR block.",
        ),
    ),
    "addresses-used-up": Case(
        "subnet-0a1b2c3d4e5f60718: 251 addresses", ("subnet-0a1b2c3d4e5f60718",),
        ("InsufficientFreeAddressesInSubnet: There are not enough free addresses in subnet 'subnet-0a'.",),
    ),
    "no-internet-gateway": Case(
        "aws_internet_gateway.this: Creating...", ("vpc-0a1b2c3d4e5f60718",),
        ("InvalidSubnet: VPC vpc-0a1b2c3d4e5f60718 has no internet gateway",),
    ),
    "endpoint-private-dns": Case(
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to "
        "true",
        ("ssm.ap-northeast-2.amazonaws.com",),
    ),
    "endpoint-dns-off": Case("private-dns-enabled cannot be set because there is already a conflicting DNS "
        "domain"),
    "endpoint-not-offered": Case(
        "aws_vpc_endpoint.s3: Creating...", ("com.amazonaws.ap-northeast-2.ecs-exec",),
        (
            "InvalidParameter: The VPC endpoint service com.amazonaws.ap-northeast-2.ssm does not support "
            "the availability zone of the subnet: subnet-0a1b2c3d.",
        ),
    ),
    "nat-gateway-failed": Case(
        "waiting for EC2 NAT Gateway (nat-0a1b2c3d4e5f60718) create: timeout while waiting",
        ("nat-0a1b2c3d4e5f60718", "Gateway.NotAttached"),
    ),
    "final-snapshot-exists": Case("DBSnapshotNotFound: db-shop-7c41a2-final", ("db-shop-7c41a2-final",)),
    "final-snapshot-unnamed": Case("skip_final_snapshot = false"),
    "deletion-protected": Case(
        "deletion_protection = true", ("db-shop-7c41a2",),
        (
            "OperationNotPermitted: Load balancer "
            "'arn:aws:elasticloadbalancing:eu-west-3:123456789012:loadbalancer/"
            "app/my-alb/e4cd2f577e911ab1' cannot be deleted because deletion protection is enabled",
            "Instance cannot be destroyed\n\nResource aws_db_instance.this has lifecycle.prevent_destroy "
            "set, but the "
            "plan calls for this resource to be destroyed.",
        ),
    ),
    "database-in-the-zone": Case(
        "InvalidSubnet: Some of the subnets do not exist", ("subnet-08c9ead88236a0d38",),
    ),
    "database-disk-busy": Case("aws_db_instance.this: status storage-optimization"),
    "database-disk-figures": Case(
        "api error InvalidParameterValue: Invalid storage size for engine name mysql and storage type gp3: "
        "19",
        ("3000",),
        ("InvalidParameterCombination: You can't specify IOPS or storage throughput for engine mysql and a "
            "storage size less than 400.",),
    ),
    "database-busy": Case(
        "InvalidDBSubnetGroupStateFault: the group is used", ("db-shop-7c41a2",),
        ("updating RDS DB Instance (db-shop): operation error RDS: ModifyDBInstance, https response error "
            "StatusCode: 400, RequestID: 1, InvalidDBInstanceState: Database instance is not in available "
            "state.",),
    ),
    "secret-in-recovery": Case("aws_secretsmanager_secret.this: recovery_window_in_days = 7"),
    "certificate-elsewhere": Case(
        "Certificate 'arn:aws:acm:us-east-1:123456789012:certificate/1' is used",
        ("arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",),
    ),
    "certificate-not-issued": Case("CertificateNotFound: Certificate 'arn' not found"),
    "certificate-for-another-name": Case(
        "viewer_certificate = true", (),
        ("InvalidViewerCertificate: The specified SSL certificate doesn't exist, isn't in us-east-1 region, "
            "isn't valid, or doesn't include a valid certificate chain.",),
    ),
    "domain-taken": Case("aws_cloudfront_distribution.site: aliases = www.example.com"),
    "image-not-found": Case(
        "data.aws_ami.linux: Read complete after 1s", (),
        (
            "api error InvalidAMIID.NotFound: The image id '[ami-0a1b2c3d4e5f60718]' does not exist",
            "reading SSM Parameter (/aws/service/ami-amazon-linux-latest/al2099): couldn't find resource",
        ),
    ),
    "still-in-use": Case(
        "resource sg-0a1b2c3d has 2 rules", ("subnet-08c9ead88236a0d38",),
        (
            "api error DependencyViolation: resource sg-0a1b2c3d4e5f60718 has a dependent object",
            "DependencyViolation: Network vpc-059544e59fefc3f01 has some mapped public address(es). Please "
            "unmap those public address(es) before detaching the gateway.",
            "DeleteConflict: Cannot delete entity, must detach all policies first.",
            "ResourceInUse: Target group 'arn:aws:x' is currently in use by a listener or a rule",
        ),
    ),
    "not-empty": Case(
        "aws_ecr_repository.app: Destruction complete after 0s", ("app-shop-7c41a2",),
        ("api error BucketNotEmpty: The bucket you tried to delete is not empty",),
    ),
    "bucket-missing": Case(
        "api error NoSuchBucketPolicy: The bucket policy does not exist", ("site-shop-7c41a2",),
        ("reading S3 Bucket Versioning (logs-shop): operation error S3: GetBucketVersioning, https response "
            "error StatusCode: 404, RequestID: 1, HostID: 2, api error NoSuchBucket: The specified bucket "
            "does not exist",
            "putting S3 Bucket (logs-tfstate-demo) Policy: operation error S3: PutBucketPolicy, https "
            "response error StatusCode: 404, RequestID: 1, HostID: 2, api error NoSuchBucket: The specified "
            "bucket does not exist"),
    ),
    "refresh-under-way": Case("aws_autoscaling_group.app: Modifying... [id=app-shop-7c41a2]"),
    "name-taken": Case(
        "the name app-shop is free", ("Role", "app-shop-7c41a2"),
        (
            "creating RDS DB Instance (db-shop-7c41a2): operation error RDS: CreateDBInstance, https "
            "response error "
            "StatusCode: 400, RequestID: 84a0b406-973e, DBInstanceAlreadyExists: DB instance already exists",
            "creating Security Group (app-shop): operation error EC2: CreateSecurityGroup, https response "
            "error StatusCode: 400, RequestID: 1, api error InvalidGroup.Duplicate: The security group "
            "'app-shop' already exists for VPC 'vpc-0a1b'",
            "ELBv2 Load Balancer (lb-shop-7c41a2) already exists",
            "creating CloudWatch Logs Log Group (/app): operation error CloudWatch Logs: CreateLogGroup, "
            "https response error StatusCode: 400, RequestID: 1, ResourceAlreadyExistsException: The "
            "specified log group already exists",
        ),
    ),
    "role-refused": Case(
        "User: arn:aws:iam::123456789012:user/carol is not authorized to perform: iam:PassRole on resource: "
        "arn:aws:iam::123456789012:role/app",
        ("arn:aws:iam::123456789012:role/portal",),
        (
            "Cannot assume IAM Role\n\nIAM Role (arn:aws:iam::123456789012:role/portal) cannot be assumed.",
            "api error AccessDenied: User: arn:aws:sts::210987654321:assumed-role/worker/i-0a is not "
            "authorized to perform: sts:AssumeRole on resource: arn:aws:iam::123456789012:role/portal",
        ),
    ),
    "organization-forbids": Case(
        "is not authorized to perform: ec2:CreateVpc because no identity-based policy allows it",
        ("service control", "ec2:CreateVpc"),
        ("User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ec2:CreateVpc on resource: "
            "arn:aws:ec2:x:1:vpc/* because no service control policy allows the ec2:CreateVpc action",),
    ),
    "permissions-boundary": Case(
        "is not authorized to perform: iam:CreateRole because no identity-based policy allows the action",
        ("iam:CreateRole",),
        ("User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: ec2:CreateVpc on resource: "
            "arn:aws:ec2:x:1:vpc/* with an explicit deny in a permissions boundary",),
    ),
    "public-policy-blocked": Case(
        "api error AccessDenied: User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: "
        's3:PutBucketPolicy on resource: "arn:aws:s3:::site" because no identity-based policy allows it',
        ("site-shop-7c41a2",),
    ),
    "logs-refused": Case(
        "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 1, HostID: 2, api "
        "error AccessDenied: Access Denied",
        ("logs-shop-7c41a2-20260102030405",),
    ),
    "service-linked-role": Case(
        "creating IAM Role (AWSServiceRoleForX)", ("elasticloadbalancing.amazonaws.com",),
    ),
    "access-denied": Case(
        "everybody is authorized to perform this operation",
        ("arn:aws:sts::123456789012:assumed-role/portal/portal-run", "ec2:CreateVpc"),
        (
            "fetching Availability Zones: UnauthorizedOperation: You are not authorized to perform this "
            "operation. User: arn:aws:iam::123456789012:user/ci is not authorized to perform: "
            "ec2:DescribeAvailabilityZones because no identity-based policy allows the "
            "ec2:DescribeAvailabilityZones action",
            "operation error S3: GetObject, https response error StatusCode: 403, RequestID: 1, HostID: 2, "
            "api error AccessDenied: Access Denied",
            "api error AccessDeniedException: User: arn:aws:sts::1:assumed-role/a/b is not authorized to "
            "perform: "
            "secretsmanager:CreateSecret on resource: shop because no identity-based policy allows it",
        ),
    ),
    "role-not-yet-known": Case(
        "aws_iam_instance_profile.app: Creation complete after 1s", ("app-shop-7c41a2",),
        (
            "InvalidParameterValue: Invalid IAM Instance Profile ARN",
            "MalformedPolicyDocument: Invalid principal in policy: \"AWS\":\"arn:aws:iam::1:role/x\"",
        ),
    ),
    "credentials-expired": Case(
        "the certificate has expired", (), ("api error RequestExpired: Request has expired.",),
    ),
    "credentials-missing": Case(
        "no valid configuration found", (),
        (
            "api error InvalidClientTokenId: The security token included in the request is invalid",
            "The portal has no AWS credentials for the account shop, and no role is set for it.",
            "api error AuthFailure: AWS was not able to validate the provided access credentials",
        ),
    ),
    "account-not-activated": Case(
        "aws_account.this: pending", (),
        (
            "api error OptInRequired: You are not subscribed to this service. Please go to "
            "http://aws.amazon.com",
            "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https "
            "response error StatusCode: 403, RequestID: cc5aa49c-c749-4e67-a832-62b8cf5a6deb, AccessDenied: "
            "Your account must be verified before you can add new CloudFront resources. To verify your "
            "account, please contact AWS Support (https://console.aws.amazon.com/support/home#/) and include "
            "this error message.",
            "creating ELBv2 application Load Balancer (lb-shop): operation error Elastic Load Balancing v2: "
            "CreateLoadBalancer, https response error StatusCode: 400, RequestID: 1, OperationNotPermitted: "
            "This AWS account currently does not support creating load balancers. For more information, "
            "please contact AWS Support.",
        ),
    ),
    "servers-not-healthy": Case("aws_autoscaling_group.app: Creation complete", ("app-shop-7c41a2",)),
    "database-slow": Case(
        "aws_db_instance.this: Still creating... [4m50s elapsed]", ("db-shop-7c41a2", "creating", "40m0s"),
    ),
    "nat-gateway-slow": Case("Creation complete after 1m32s", ("nat-0a1b2c3d4e5f60718", "10m0s")),
    "throttled": Case(
        "throttle = 10", (),
        ("api error Throttling: Rate exceeded", "ThrottlingException: Rate exceeded", "SlowDown: Please"),
    ),
    "aws-trouble": Case(
        "an internal load balancer", (), ("StatusCode: 503, api error ServiceUnavailable: Service",),
    ),
    "account-away": Case(
        "the host answers", (),
        (
            "The account shop does not answer at http://127.0.0.1:5000 (EndpointConnectionError).",
            "dial tcp 127.0.0.1:5000: connect: connection refused",
        ),
    ),
    "run-too-long": Case("The apply took 12 s."),
    "provider-changed": Case(
        "provider hashicorp/aws v5.100.0 installed", (),
        ("Inconsistent dependency lock file\n\nThe following dependency selections recorded in the lock "
            "file",),
    ),
    "provider-not-installed": Case(
        "- Installed hashicorp/aws v5.100.0", ("hashicorp/aws",),
        ("Failed to install provider\n\nError while installing hashicorp/aws v5.100.0: connection reset by "
            "peer",),
    ),
    "disk-full": Case(
        "14 GiB are free", (), ("Only 312 MiB are free at /runs; a run needs 1024 MiB.",),
    ),
    "provider-crashed": Case(
        "Provider produced inconsistent result after apply", (),
        (
            "fork/exec .terraform/providers/x: cannot allocate memory",
            "Failed to load plugin schemas Error while loading schemas for plugin components: Failed to "
            "obtain provider schema: Could not load the schema for provider registry.terraform.io/hashicorp/"
            'aws: failed to instantiate provider "registry.terraform.io/hashicorp/aws" to obtain schema: '
            "Unrecognized remote plugin message:\nFailed to read any lines from plugin's stdout\nThis "
            "usually means\n  the plugin was not compiled for this architecture,\n  the plugin is missing "
            "dynamic-link libraries necessary to run,",
        ),
    ),
    "refused-by-the-blueprint": Case(
        "precondition = true", ("t4g.micro is not sold in each of ap-northeast-2a",),
        ("Invalid value for variable\n\nstorage_gib must be between 20 and 1000.",),
    ),
    "terraform-ended": Case("Terraform ended with exit code 0."),
    "blueprint-gone": Case("The blueprint three_tier is offered.", ("three_tier",)),
    "another-limit": Case(
        "api error AddressLimitExceeded: The maximum number of addresses has been reached.",
        ("SecurityGroupLimitExceeded",),
        ("api error LimitExceeded: Cannot exceed quota for RolesPerAccount: 1000",),
    ),
    "gone-outside": Case(
        "vpc-0a1b2c3d4e5f60718: Refreshing state...", ("vpc-0a1b2c3d4e5f60718",),
        ("reading EC2 VPC (vpc-0a1b): couldn't find resource",),
    ),
    "timed-out": Case("Still creating... [10m0s elapsed]", ("ELBv2 Load Balancer", "provisioning", "10m0s")),
}  # fmt: skip
