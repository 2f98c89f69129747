"""Databases, secrets, certificates, images: resources that hold data, or that are referenced by name."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

ENTRIES = (
    Entry(
        id="final-snapshot-exists",
        group=Group.DATA,
        title=_("The name of the final snapshot is in use"),
        patterns=(
            r"DBSnapshotAlreadyExists.{0,80}identifier (?P<name>[A-Za-z0-9-]{1,255}) already exists",
            r"DBSnapshotAlreadyExists",
            r"DBClusterSnapshotAlreadyExists",
        ),
        example=(
            "deleting RDS DB Instance (db-shop-7c41a2): operation error RDS: DeleteDBInstance, https "
            "response error StatusCode: 400, RequestID: 0d7b6f3e-5a1c-4f4f-8a6e-5c5e0d3b2a19, "
            "DBSnapshotAlreadyExists: Cannot create the snapshot because a snapshot with the identifier "
            "db-shop-7c41a2-final already exists."
        ),
        cause=(
            _(
                "Before a database is deleted, its data is saved in a final snapshot. There is "
                "already one called {name|like that}, from an earlier attempt or an earlier "
                "environment of this name. AWS does not overwrite snapshots."
            )
        ),
        steps=(
            _("Look at the existing snapshot (RDS console, Snapshots): is its data still needed?"),
            _("If it is needed, copy it under another name. Then delete the existing one."),
            _(
                "Destroy again. If the data is not needed, first change the environment to keep no "
                "final snapshot."
            ),
        ),
        ways=(Way(Act.CHANGE, _("Keep no final snapshot")), Way(Act.DESTROY, _("Destroy again"))),
    ),
    Entry(
        id="final-snapshot-unnamed",
        group=Group.DATA,
        title=_("The database has no name for its final snapshot"),
        patterns=(r"final_snapshot_identifier is required when skip_final_snapshot is false",),
        example=(
            "deleting RDS DB Instance (db-shop-7c41a2): final_snapshot_identifier is required when "
            "skip_final_snapshot is false"
        ),
        cause=(
            _(
                "By its state the database keeps a final snapshot, but the state has no name for it. "
                "This happens when the setting was changed, but not applied before the destroy."
            )
        ),
        steps=(_("Apply a change that sets the final snapshot, then destroy again."),),
        ways=(Way(Act.CHANGE, _("Set it in a change")), Way(Act.DESTROY, _("Destroy again"))),
    ),
    Entry(
        id="deletion-protected",
        group=Group.DATA,
        title=_("Deletion protection is on"),
        patterns=(
            r"RDS DB (?:Instance|Cluster) \((?P<what>[A-Za-z0-9-]{1,80})\): .{0,300}Cannot delete protected "
            r"DB",
            r"Cannot delete protected DB (?:Instance|Cluster)",
            r"Load balancer '(?P<what>[A-Za-z0-9:/_-]{10,200})' cannot be deleted because deletion "
            r"protection",
            r"Modify its 'disableApiTermination' instance attribute",
            r"Instance cannot be destroyed Resource (?P<what>[A-Za-z0-9_.\[\]\"-]{3,120}) has "
            r"lifecycle\.prevent_destroy",
            r"OperationNotPermitted.{0,160}deletion protection",
        ),
        example=(
            "deleting RDS DB Instance (db-shop-7c41a2): operation error RDS: DeleteDBInstance, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, api error "
            "InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion "
            "protection and try again."
        ),
        cause=(
            _(
                "{what|This resource} is protected against deletion, so AWS does not delete it. Other "
                "resources may already be deleted."
            )
        ),
        steps=(
            _("Change the environment: switch deletion protection off, and apply the change."),
            _("Then destroy it. These are two steps on purpose."),
        ),
        ways=(Way(Act.CHANGE, _("Switch deletion protection off")), Way(Act.DESTROY, _("Destroy again"))),
    ),
    Entry(
        id="database-in-the-zone",
        group=Group.DATA,
        title=_("The database is in the zone that is removed"),
        patterns=(
            r"SubnetAlreadyInUse: Some of the subnets to be deleted are currently in use: "
            r"(?P<subnet>subnet-[0-9a-f]{8,20})",
            r"SubnetAlreadyInUse",
        ),
        example=(
            "updating RDS DB Subnet Group (db-shop-7c41a2): operation error RDS: ModifyDBSubnetGroup, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, "
            "SubnetAlreadyInUse: Some of the subnets to be deleted are currently in use: "
            "subnet-08c9ead88236a0d38"
        ),
        cause=(
            _(
                "With fewer zones the database's subnet group loses {subnet|a subnet}, and the "
                "database or its standby is in it. AWS does not move a database. The data is "
                "unchanged."
            )
        ),
        steps=(
            _("Change the environment back to its former zones."),
            _(
                "To remove the zone, the database needs a standby in a zone that stays, and a reboot "
                "with failover (RDS console). Then switch the standby off, remove the zone, and "
                "switch the standby on again, each in a change of its own."
            ),
            _(
                "An environment in production must have a standby: there an operator has to move the "
                "database in the RDS console first."
            ),
        ),
        ways=(Way(Act.CHANGE, _("Keep the zone")), TRY_AGAIN),
    ),
    Entry(
        id="database-disk-busy",
        group=Group.DATA,
        title=_("The database's disk is still being changed"),
        patterns=(
            r"because the previous storage change is being optimized",
            r"You can't modify the storage of this DB instance",
        ),
        example=(
            "updating RDS DB Instance (db-shop-7c41a2): operation error RDS: ModifyDBInstance, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, api error "
            "InvalidParameterCombination: You can't currently modify the storage of this DB instance because "
            "the previous storage change is being optimized."
        ),
        cause=(
            _(
                "After a change of its size AWS optimizes a disk for hours, and accepts no other "
                "change of it for at least six. The disk may also have grown automatically. The "
                "database works meanwhile."
            )
        ),
        steps=(
            _(
                "Try again when the RDS console no longer shows storage-optimization, and six hours "
                "have passed."
            ),
            _("Other changes are possible now: make them without the disk."),
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Leave the disk as it is"))),
        is_passing=True,
    ),
    Entry(
        id="database-disk-figures",
        group=Group.DATA,
        title=_("The disk's size does not fit its speed"),
        patterns=(
            r"Invalid iops value for engine name (?P<engine>[a-z0-9-]{3,30}) and storage type "
            r"(?P<storage>[a-z0-9]{2,10}): (?P<iops>\d{1,7})",
            r"You must specify both the storage size and iops when modifying",
            r"You can't specify IOPS or storage throughput for engine (?P<engine>[a-z0-9-]{3,30})",
        ),
        example=(
            "updating RDS DB Instance (db-shop-7c41a2): operation error RDS: ModifyDBInstance, https "
            "response error StatusCode: 400, RequestID: 970841cc-a412-4147-820c-700cb17e27fd, api error "
            "InvalidParameterCombination: Invalid iops value for engine name mysql and storage type gp3: 3000"
        ),
        cause=(
            _(
                "From 400 GiB on, a disk of this kind has more operations per second. Terraform's "
                "provider sent the number of the smaller disk, {iops|3000}, with the new size. The "
                "disk is unchanged."
            )
        ),
        steps=(
            _("Choose less than 400 GiB. The disk can still grow automatically beyond that."),
            _("If that is too little, an operator can enlarge it once in the RDS console."),
        ),
        ways=(Way(Act.CHANGE, _("Choose a smaller disk")), TRY_AGAIN),
    ),
    Entry(
        id="database-busy",
        group=Group.DATA,
        title=_("The database is busy"),
        patterns=(
            r"InvalidDBInstanceState(?:Fault)?: (?:Instance|Database instance) (?P<name>[A-Za-z0-9-]{1,80}) "
            r"is (?P<state>[^.]{3,80})",
            r"InvalidDBInstanceState",
            r"InvalidDBClusterState",
        ),
        example=(
            "deleting RDS DB Instance (db-shop-7c41a2): operation error RDS: DeleteDBInstance, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, "
            "InvalidDBInstanceState: Instance db-shop-7c41a2 is currently creating - a final snapshot cannot "
            "be taken."
        ),
        cause=(
            _(
                "AWS makes one change of a database at a time, and {name|this one} is busy with a "
                "backup, an earlier change or maintenance, or it was stopped by hand."
            )
        ),
        steps=(
            _("Wait until the RDS console shows Available, then try again. Start a stopped database first."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="secret-in-recovery",
        group=Group.DATA,
        title=_("A secret of this name is waiting for its deletion"),
        patterns=(
            r"You can't create this secret because a secret with this name is already scheduled for deletion",
            r"a secret with this name is already scheduled for deletion",
        ),
        example=(
            "creating Secrets Manager Secret (shop/database): operation error Secrets Manager: CreateSecret, "
            "https response error StatusCode: 400, RequestID: 8f2d1c0b-3a4e-4b5c-9d6f-7e8a9b0c1d2e, "
            "InvalidRequestException: You can't create this secret because a secret with this name is "
            "already scheduled for deletion."
        ),
        cause=(
            _(
                "Secrets Manager keeps a deleted secret and its name for 7 to 30 days. An earlier "
                "environment of this name left one."
            )
        ),
        steps=(
            _(
                "Delete it at once: aws secretsmanager delete-secret --secret-id NAME "
                "--force-delete-without-recovery"
            ),
            _("Or restore it if its value is still needed, or order under another name."),
            _("Then try again."),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-elsewhere",
        group=Group.DATA,
        title=_("The certificate is not in this region or account"),
        patterns=(
            r"CertificateNotFound.{0,40}'(?P<arn>arn:aws[a-z-]{0,10}:acm:[a-z0-9-]{5,20}:[0-9]{12}:certificate/"
            r"[0-9a-zA-Z-]{1,64})'",
            r"CertificateNotFound",
            r"Certificate ARN '(?P<arn>[A-Za-z0-9:/_-]{1,160})' is not valid",
        ),
        example=(
            "creating ELBv2 Listener "
            "(arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/lb-"
            "shop-7c41a2/50dc6c495c0c9188): operation error Elastic Load Balancing v2: CreateListener, https "
            "response error StatusCode: 400, RequestID: 6c1f5c1e-7a4b-4e39-8ac4-2f1e0d9c8b7a, "
            "CertificateNotFound: Certificate "
            "'arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012' not "
            "found"
        ),
        cause=(
            _(
                "A load balancer accepts certificates of its own region and account only, and "
                "{arn|this one} is not there. Certificates in us-east-1 are for CloudFront."
            )
        ),
        steps=(
            _("Request or import the certificate in the region of the environment (Certificate Manager)."),
            _("Set the new ARN in a change, or leave the field empty for plain HTTP."),
        ),
        ways=(Way(Act.CHANGE, _("Change the certificate")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-not-issued",
        group=Group.DATA,
        title=_("The certificate is not issued yet"),
        patterns=(
            r"UnsupportedCertificate",
            r"must have a fully-qualified domain name, a supported signature, and a supported key size",
        ),
        example=(
            "creating ELBv2 Listener "
            "(arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/lb-"
            "shop-7c41a2/50dc6c495c0c9188): operation error Elastic Load Balancing v2: CreateListener, https "
            "response error StatusCode: 400, RequestID: 6c1f5c1e-7a4b-4e39-8ac4-2f1e0d9c8b7a, "
            "UnsupportedCertificate: The certificate "
            "'arn:aws:acm:ap-northeast-2:123456789012:certificate/12345678-"
            "1234-1234-1234-123456789012' must have a fully-qualified domain name, a supported signature, "
            "and a "
            "supported key size."
        ),
        cause=(
            _(
                "The certificate exists, but cannot be used: usually its domain is not validated yet, "
                "sometimes load balancers do not support its kind of key."
            )
        ),
        steps=(
            _(
                "Look at it in Certificate Manager: its status must be Issued. If it is pending, "
                "create the DNS record that it shows."
            ),
            _("Then try again."),
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Change the certificate")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-for-another-name",
        group=Group.DATA,
        title=_("CloudFront does not accept the certificate"),
        patterns=(r"InvalidViewerCertificate",),
        example=(
            "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https "
            "response error StatusCode: 400, RequestID: 1c2d3e4f-5061-4728-9394-a5b6c7d8e9f0, "
            "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover "
            "the alternate domain name (CNAME) that you're trying to add."
        ),
        cause=(
            _(
                "CloudFront accepts a certificate only if it is issued, is in us-east-1 (whatever the "
                "environment's region), and is for this domain name, or for its parent with a "
                "wildcard."
            )
        ),
        steps=(
            _(
                "Look at it in Certificate Manager, region us-east-1: its status must be Issued, and "
                "its names must include the domain name."
            ),
            _("Set another certificate, or its domain name, in a change."),
        ),
        ways=(Way(Act.CHANGE, _("Change the certificate")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="domain-taken",
        group=Group.DATA,
        title=_("The domain name belongs to another distribution"),
        patterns=(
            r"CNAMEAlreadyExists",
            r"One or more of the CNAMEs you provided are already associated with a different resource",
        ),
        example=(
            "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https "
            "response error StatusCode: 409, RequestID: ab17fffa-85ac-4562-8ff5-01769b2049dc, "
            "CNAMEAlreadyExists: One or more of the CNAMEs you provided are already associated with a "
            "different resource."
        ),
        cause=(
            _(
                "In all of AWS, only one CloudFront distribution may have a domain name. Another one "
                "has it: of another environment, created by hand, or in another account."
            )
        ),
        steps=(
            _("Remove the name from the other distribution, or destroy its environment, and try again."),
            _(
                "If it is in an account that you cannot reach: aws cloudfront "
                "list-conflicting-aliases shows a part of it, and AWS Support moves the name to the "
                "owner of its DNS."
            ),
            _("Or order without the domain name, and set it later."),
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Change the domain name")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="image-not-found",
        group=Group.DATA,
        title=_("The image for the servers was not found"),
        patterns=(
            r"The image id '?\[?(?P<image>ami-[0-9a-f]{8,20})\]?'? does not exist",
            r"InvalidAMIID\.(?:NotFound|Malformed|Unavailable)",
            r"reading SSM Parameter \((?P<image>/aws/service/[A-Za-z0-9/_.-]{3,160})\)",
            r"Your query returned no results\. Please change your search criteria and try again",
        ),
        example="Your query returned no results. Please change your search criteria and try again.",
        cause=(
            _(
                "The blueprint looks up the newest image of the operating system, and {image|no such "
                "image} is not in this region: it was withdrawn, is not shared with the account, or "
                "is for other processors."
            )
        ),
        steps=(
            _("Try an instance type of the other processor kind (t4g is ARM, t3 is x86)."),
            _("If that fails, too, an operator has to check the blueprint's filter."),
        ),
        ways=(Way(Act.CHANGE, _("Choose another instance type")), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)
