"""Databases, secrets, certificates, images: what holds data, or is asked for by name."""

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

ENTRIES = (
    Entry(
        id="final-snapshot-exists",
        group=Group.DATA,
        title="The final snapshot's name is taken",
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
            "Before a database is deleted its data is kept in a final snapshot, and there is one called "
            "{name|so} already: from an earlier attempt, or an earlier environment of this name. AWS "
            "overwrites no snapshot."
        ),
        steps=(
            "Look at the snapshot that is there (RDS console, Snapshots): is its data still needed?",
            "Needed: copy it under another name. Then delete the one that is in the way.",
            "Destroy again. Or, where the data may go, change the environment to keep no final snapshot "
            "first.",
        ),
        ways=(Way(Act.CHANGE, "Keep no final snapshot"), Way(Act.DESTROY, "Destroy again")),
    ),
    Entry(
        id="final-snapshot-unnamed",
        group=Group.DATA,
        title="The database wants a final snapshot and has no name for it",
        patterns=(r"final_snapshot_identifier is required when skip_final_snapshot is false",),
        example=(
            "deleting RDS DB Instance (db-shop-7c41a2): final_snapshot_identifier is required when "
            "skip_final_snapshot is false"
        ),
        cause=(
            "The state says that the database keeps a final snapshot, and does not say under which name. "
            "That is so when the answer was changed, but not applied before the environment was destroyed."
        ),
        steps=("Apply a change that says what is wanted about the final snapshot, then destroy again.",),
        ways=(Way(Act.CHANGE, "Say it in a change"), Way(Act.DESTROY, "Destroy again")),
    ),
    Entry(
        id="deletion-protected",
        group=Group.DATA,
        title="Deletion protection is on",
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
            "Somebody wanted to be sure that {what|this} is not deleted by mistake, and AWS keeps to it. "
            "What does not depend on it may be gone already."
        ),
        steps=(
            "Change the environment: switch deletion protection off, and apply that.",
            "Then destroy it. Two steps, on purpose.",
        ),
        ways=(Way(Act.CHANGE, "Switch deletion protection off"), Way(Act.DESTROY, "Destroy again")),
    ),
    Entry(
        id="database-in-the-zone",
        group=Group.DATA,
        title="The database stands in the zone that is given up",
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
            "With fewer zones the database's subnet group loses {subnet|a subnet}, and the database, or its "
            "standby, is in it. AWS moves no database by itself; the data is untouched."
        ),
        steps=(
            "Go back to the zones that it had, by a change: that puts everything in order.",
            "To give the zone up all the same, the database needs a standby in a zone that stays, and goes "
            "there by a reboot with failover (RDS console). Then turn the standby off, give the zone up, and "
            "turn it on again, a change each.",
            "What is in production may not be without a standby: there the zone can only be given up by an "
            "operator, in the RDS console first.",
        ),
        ways=(Way(Act.CHANGE, "Keep the zone"), TRY_AGAIN),
    ),
    Entry(
        id="database-disk-busy",
        group=Group.DATA,
        title="The database's disk is still at work on its last change",
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
            "After a change of its size AWS rearranges a disk for hours, and takes no other change of it for "
            "at least six. The disk may also have grown by itself just now. The database works meanwhile."
        ),
        steps=(
            "Try again when the RDS console no longer says storage-optimization, and six hours have passed.",
            "What else was asked for can be done now: change it without the disk.",
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, "Leave the disk as it is")),
        is_passing=True,
    ),
    Entry(
        id="database-disk-figures",
        group=Group.DATA,
        title="The disk's size and its speed do not fit together",
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
            "From 400 GiB on AWS gives a disk of this kind more operations a second, and Terraform's "
            "provider sent the figure of the smaller one, {iops|3000}, along with the new size. The disk is "
            "as it was."
        ),
        steps=(
            "Ask for less than 400 GiB; by itself the disk may still grow beyond.",
            "Where that is too little, an operator enlarges it once in the RDS console.",
        ),
        ways=(Way(Act.CHANGE, "Choose a smaller disk"), TRY_AGAIN),
    ),
    Entry(
        id="database-busy",
        group=Group.DATA,
        title="The database is busy with something else",
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
            "AWS changes a database one thing at a time, and {name|this one} is at something: a backup, a "
            "change of before, maintenance, or it was stopped by hand."
        ),
        steps=(
            "Wait until the RDS console says available, then try again. A stopped one has to be started "
            "first.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="secret-in-recovery",
        group=Group.DATA,
        title="A secret of this name waits for its deletion",
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
            "Secrets Manager keeps a deleted secret for 7 to 30 days, in case it was a mistake, and its name "
            "with it. An earlier environment of this name left one."
        ),
        steps=(
            "Delete it for good: aws secretsmanager delete-secret --secret-id NAME "
            "--force-delete-without-recovery",
            "Or restore it where its value is still needed, or order under another name.",
            "Then try again.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-elsewhere",
        group=Group.DATA,
        title="The certificate is not in this region or account",
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
            "A load balancer takes certificates of its own region and account only, and {arn|this one} is "
            "not there. Certificates in us-east-1 are for CloudFront."
        ),
        steps=(
            "Request or import the certificate in the region of the environment (Certificate Manager).",
            "Give the new ARN in a change, or leave the field empty for plain HTTP.",
        ),
        ways=(Way(Act.CHANGE, "Change the certificate"), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-not-issued",
        group=Group.DATA,
        title="The certificate is not issued yet",
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
            "The certificate exists and cannot be used: mostly its domain is not validated yet, sometimes "
            "its key is of a kind that load balancers do not take."
        ),
        steps=(
            "Look at it in Certificate Manager: it has to say Issued. If it waits, set the DNS record it "
            "names.",
            "Then try again.",
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, "Change the certificate"), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="certificate-for-another-name",
        group=Group.DATA,
        title="CloudFront does not take the certificate",
        patterns=(r"InvalidViewerCertificate",),
        example=(
            "creating CloudFront Distribution: operation error CloudFront: CreateDistributionWithTags, https "
            "response error StatusCode: 400, RequestID: 1c2d3e4f-5061-4728-9394-a5b6c7d8e9f0, "
            "InvalidViewerCertificate: The certificate that is attached to your distribution doesn't cover "
            "the alternate domain name (CNAME) that you're trying to add."
        ),
        cause=(
            "CloudFront takes a certificate only that is issued, lies in us-east-1 whatever the region of "
            "the environment, and names the very domain name, or its parent with a star."
        ),
        steps=(
            "Look at it in Certificate Manager, region us-east-1: Issued, and the domain name among its "
            "names.",
            "Give another certificate, or the domain name that it is for, in a change.",
        ),
        ways=(Way(Act.CHANGE, "Change the certificate"), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="domain-taken",
        group=Group.DATA,
        title="The domain name belongs to another distribution",
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
            "In all of AWS one CloudFront distribution may have a domain name, and one has it: of another "
            "environment, made by hand, or in another account."
        ),
        steps=(
            "Take the name off the other distribution, or destroy its environment, and try again.",
            "Where it is in an account that nobody reaches: aws cloudfront list-conflicting-aliases names a "
            "part of it, and AWS Support moves the name to whoever owns its DNS.",
            "Or order it without the domain name, and give that later.",
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, "Change the domain name"), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="image-not-found",
        group=Group.DATA,
        title="The image for the servers was not found",
        patterns=(
            r"The image id '?\[?(?P<image>ami-[0-9a-f]{8,20})\]?'? does not exist",
            r"InvalidAMIID\.(?:NotFound|Malformed|Unavailable)",
            r"reading SSM Parameter \((?P<image>/aws/service/[A-Za-z0-9/_.-]{3,160})\)",
            r"Your query returned no results\. Please change your search criteria and try again",
        ),
        example="Your query returned no results. Please change your search criteria and try again.",
        cause=(
            "The blueprint looks up the newest image of the operating system, and {image|none that fits} is "
            "in this "
            "region: it was withdrawn, is not shared with the account, or is made for other processors."
        ),
        steps=(
            "Try an instance type of the other processor kind (t4g is ARM, t3 is x86).",
            "If that fails too, an operator has to look at the blueprint's filter.",
        ),
        ways=(Way(Act.CHANGE, "Choose another instance type"), TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
)
