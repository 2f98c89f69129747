"""What AWS does not have at the moment, or does not offer in this place."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

ENTRIES = (
    Entry(
        id="no-instance-capacity",
        group=Group.CAPACITY,
        title=_("AWS has no server of this type free in the zone"),
        patterns=(
            r"We currently do not have sufficient (?P<type>[a-z0-9.-]{2,30}) capacity in the Availability "
            r"Zone you requested \((?P<zone>[a-z0-9-]{5,30})\)",
            r"We currently do not have sufficient (?P<type>[a-z0-9.-]{2,30}) capacity",
            r"InsufficientInstanceCapacity",
        ),
        example=(
            "waiting for Auto Scaling Group (app-shop-7c41a2) capacity satisfied: scaling activity "
            "(d5a62772-25a3-3218-2623-e9ec177e0692): Failed: We currently do not have sufficient t4g.micro "
            "capacity in the Availability Zone you requested (ap-northeast-2a). Our system will be working "
            "on provisioning additional capacity. Launching EC2 instance failed."
        ),
        cause=(
            _(
                "AWS cannot start another {type|server of this type} in {zone|the zone} at the "
                "moment. This is not a limit of the account, and the order is correct: AWS has no "
                "free capacity."
            )
        ),
        steps=(
            _("Try again in a few minutes: capacity changes all the time."),
            _("Choose another instance type; one size up or another family is often free."),
        ),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Choose another instance type")), DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="type-not-in-zone",
        group=Group.CAPACITY,
        title=_("This server type is not sold in the zone"),
        patterns=(
            r"Your requested instance type \((?P<type>[a-z0-9.-]{2,30})\) is not supported in your requested "
            r"Availability Zone \((?P<zone>[a-z0-9-]{5,30})\)",
            r"Your requested instance type \((?P<type>[a-z0-9.-]{2,30})\) is not supported",
        ),
        example=(
            "creating EC2 Instance: operation error EC2: RunInstances, https response error StatusCode: 400, "
            "RequestID: 9d1f6f4e-8b77-4f3f-a8a2-0f8f6f0f7a11, api error Unsupported: Your requested instance "
            "type (t4g.micro) is not supported in your requested Availability Zone (ap-northeast-2b). Please "
            "retry your request by not specifying an Availability Zone or choosing ap-northeast-2a, "
            "ap-northeast-2c."
        ),
        cause=_("AWS does not offer {type|this type} in {zone|that zone}. Trying again does not help."),
        steps=(_("Choose another instance type, or fewer zones."),),
        ways=(Way(Act.CHANGE, _("Choose another instance type")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="architecture-mismatch",
        group=Group.CAPACITY,
        title=_("The image does not fit the server type"),
        patterns=(
            r"The architecture '(?P<type>[a-z0-9_,]{3,30})' of the specified instance type does not match "
            r"the architecture '(?P<image>[a-z0-9_]{3,20})' of the specified AMI",
        ),
        example=(
            "creating EC2 Instance: operation error EC2: RunInstances, https response error StatusCode: 400, "
            "RequestID: 51d0c3a8-2c07-4a1b-8ed5-7a6c1f6b9d02, api error InvalidParameterValue: The "
            "architecture 'arm64' of the specified instance type does not match the architecture 'x86_64' of "
            "the specified AMI."
        ),
        cause=(
            _(
                "The server type has {type|one kind of} processors, the image is made for "
                "{image|another kind}."
            )
        ),
        steps=(
            _("Choose an instance type of the other kind: names like t4g are ARM, names like t3 are x86."),
        ),
        ways=(Way(Act.CHANGE, _("Choose another instance type")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="no-database-capacity",
        group=Group.CAPACITY,
        title=_("AWS has no database of this class free in the zone"),
        patterns=(r"InsufficientDBInstanceCapacity", r"InsufficientDBClusterCapacity"),
        example=(
            "creating RDS DB Instance (db-shop-7c41a2): operation error RDS: CreateDBInstance, https "
            "response error StatusCode: 400, RequestID: 84a0b406-973e-49d5-9da0-44eb133e131b, "
            "InsufficientDBInstanceCapacity: The requested DB instance class db.t4g.micro is not available "
            "in the Availability Zone ap-northeast-2a."
        ),
        cause=(
            _(
                "AWS cannot start another database of this class in the zones of the environment at "
                "the moment. The order is correct."
            )
        ),
        steps=(_("Try again in a few minutes."), _("Or choose another database class.")),
        ways=(TRY_AGAIN, Way(Act.CHANGE, _("Choose another database class")), DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="database-class-not-offered",
        group=Group.CAPACITY,
        title=_("This database class does not exist for this version"),
        patterns=(
            r"RDS does not support creating a DB instance with the following combination: "
            r"DBInstanceClass=(?P<class>[a-z0-9.]{3,30}), Engine=(?P<engine>[a-z0-9-]{3,30}), "
            r"EngineVersion=(?P<version>[A-Za-z0-9._]{1,40})",
            r"RDS does not support creating a DB instance with the following combination",
        ),
        example=(
            "creating RDS DB Instance (db-shop-7c41a2): operation error RDS: CreateDBInstance, https "
            "response error StatusCode: 400, RequestID: fa1a8c8d-749d-42de-af17-d99f9ddd938f, api error "
            "InvalidParameterCombination: RDS does not support creating a DB instance with the following "
            "combination: DBInstanceClass=db.t3.micro, Engine=mysql, EngineVersion=8.4.3, "
            "LicenseModel=general-public-license. For supported combinations of instance class and database "
            "engine version, see the documentation."
        ),
        cause=(
            _(
                "AWS does not offer {class|this class} with {engine|this engine} {version|in this "
                "version} in the region. Trying again does not help."
            )
        ),
        steps=(_("Choose another database class: current ones such as db.t4g support current versions."),),
        ways=(Way(Act.CHANGE, _("Choose another database class")), DESTROY_WHAT_IS_LEFT),
    ),
)
