from collections.abc import Iterator
from pathlib import Path

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from simulator.json_types import JsonObject
from tests.simulator import server
from tests.simulator.server import REGION, Account


@pytest.fixture(autouse=True)
def remove_faults(account: Account) -> Iterator[None]:
    yield
    account.change_lab("faults", method="DELETE")


def error_of(account: Account, service: str, action: str, **parameters: object) -> tuple[int, str, str]:
    """Status, code and message of the error, as boto3 reads them."""
    with pytest.raises(ClientError) as caught:
        getattr(account.client(service), action)(**parameters)
    response = caught.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


DATABASE = {
    "DBInstanceIdentifier": "shop",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "mysql",
    "AllocatedStorage": 20,
    "StorageType": "gp3",
}
# For each protocol and service: the fault, the call and the expected error.
ERRORS = [
    pytest.param(
        "elastic-ip-limit",
        ("ec2", "allocate_address", {"Domain": "vpc"}),
        (400, "AddressLimitExceeded", "The maximum number of addresses has been reached."),
        id="ec2",
    ),
    pytest.param(
        "subnet-conflict",
        ("ec2", "create_subnet", {"VpcId": "vpc-1", "CidrBlock": "10.0.1.0/24"}),
        (400, "InvalidSubnet.Conflict", "The CIDR '10.0.1.0/24' conflicts with another subnet"),
        id="ec2, with a parameter",
    ),
    pytest.param(
        "no-db-capacity",
        ("rds", "create_db_instance", DATABASE),
        (
            400,
            "InsufficientDBInstanceCapacity",
            "You can't create a db.t4g.micro database instance because there are no Availability Zones with "
            "sufficient capacity for VPC and storage type : gp3 for db.t4g.micro. Please try the request "
            "again at a later time.",
        ),
        id="rds",
    ),
    pytest.param(
        "final-snapshot-clash",
        (
            "rds",
            "delete_db_instance",
            {"DBInstanceIdentifier": "shop", "FinalDBSnapshotIdentifier": "shop-final"},
        ),
        (
            400,
            "DBSnapshotAlreadyExists",
            "Cannot create the snapshot because a snapshot with the identifier shop-final already exists.",
        ),
        id="rds, with a final snapshot",
    ),
    pytest.param(
        "lb-limit",
        ("elbv2", "create_load_balancer", {"Name": "shop", "Subnets": ["subnet-1"]}),
        (400, "TooManyLoadBalancers", "The maximum number of load balancers has been reached"),
        id="elbv2",
    ),
    pytest.param(
        "access-denied",
        ("iam", "create_role", {"RoleName": "app", "AssumeRolePolicyDocument": "{}"}),
        (
            403,
            "AccessDenied",
            "User: arn:aws:sts::123456789012:assumed-role/portal/terraform is not authorized to perform: "
            "iam:CreateRole on resource: arn:aws:iam::123456789012:role/app because no identity-based policy "
            "allows the iam:CreateRole action",
        ),
        id="iam",
    ),
    pytest.param(
        "secret-scheduled-for-deletion",
        ("secretsmanager", "create_secret", {"Name": "app", "SecretString": "very"}),
        (
            400,
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion.",
        ),
        id="json",
    ),
    pytest.param(
        "repository-not-empty",
        ("ecr", "delete_repository", {"repositoryName": "shop"}),
        (
            400,
            "RepositoryNotEmptyException",
            "The repository with name 'shop' in registry with id '123456789012' cannot be deleted because it "
            "still contains images",
        ),
        id="json, with a parameter",
    ),
    pytest.param(
        "state-bucket-gone",
        ("s3", "get_object", {"Bucket": "states", "Key": "one.tfstate"}),
        (404, "NoSuchBucket", "The specified bucket does not exist"),
        id="s3",
    ),
    pytest.param(
        "internal-error",
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
        (500, "InternalError", "An internal error has occurred"),
        id="500",
    ),
]
# One fault has another error code in each service.
CODES_BY_SERVICE = [
    ("credentials-expired", "ec2", "describe_vpcs", "RequestExpired"),
    ("credentials-expired", "rds", "describe_db_instances", "ExpiredToken"),
    ("credentials-expired", "s3", "list_buckets", "ExpiredToken"),
    ("credentials-expired", "secretsmanager", "list_secrets", "ExpiredTokenException"),
    ("credentials-expired", "sts", "get_caller_identity", "ExpiredToken"),
    ("credentials-unknown", "ec2", "describe_vpcs", "AuthFailure"),
    ("credentials-unknown", "rds", "describe_db_instances", "InvalidClientTokenId"),
    ("credentials-unknown", "s3", "list_buckets", "InvalidAccessKeyId"),
    ("credentials-unknown", "secretsmanager", "list_secrets", "UnrecognizedClientException"),
    ("credentials-unknown", "sts", "get_caller_identity", "InvalidClientTokenId"),
]


class TestKnownFault:
    @pytest.mark.parametrize(("name", "call", "error"), ERRORS)
    def test_returns_the_error_of_aws(
        self,
        account: Account,
        name: str,
        call: tuple[str, str, JsonObject],
        error: tuple[int, str, str],
    ) -> None:
        service, action, parameters = call
        account.change_lab("faults", {"name": name})

        assert error_of(account, service, action, **parameters) == error

    @pytest.mark.parametrize(("name", "service", "action", "code"), CODES_BY_SERVICE)
    def test_has_the_error_code_of_each_service(
        self, account: Account, name: str, service: str, action: str, code: str
    ) -> None:
        account.change_lab("faults", {"name": name})

        assert error_of(account, service, action)[1] == code

    def test_can_close_the_connection_without_a_response(self, account: Account) -> None:
        fault = account.change_lab("faults", {"name": "no-answer"})
        for service, action in (("ec2", "describe_vpcs"), ("s3", "list_buckets")):
            with pytest.raises(ConnectionClosedError):
                getattr(account.client(service), action)()

        account.change_lab(f"faults/{fault['id']}", method="DELETE")

        assert account.client("ec2").describe_vpcs()["Vpcs"]

    def test_is_used_up_after_its_times(self, account: Account) -> None:
        account.change_lab("faults", {"name": "elastic-ip-limit", "times": 2})
        ec2 = account.client("ec2")
        for _ in range(2):
            error_of(account, "ec2", "allocate_address", Domain="vpc")

        address = ec2.allocate_address(Domain="vpc")["PublicIp"]

        [fault] = account.get_lab("faults")["faults"]
        assert address
        assert (fault["times"], fault["remaining"], fault["hits"]) == (2, 0, 2)

    def test_has_no_effect_after_it_is_switched_off(self, account: Account) -> None:
        fault = account.change_lab("faults", {"name": "vpc-limit"})
        error_of(account, "ec2", "create_vpc", CidrBlock="10.3.0.0/16")

        left = account.change_lab(f"faults/{fault['id']}", method="DELETE")

        assert account.client("ec2").create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
        assert left == {"faults": []}

    def test_starts_again_when_switched_on_twice(self, account: Account) -> None:
        account.change_lab("faults", {"name": "vpc-limit", "times": 1})
        error_of(account, "ec2", "create_vpc", CidrBlock="10.3.0.0/16")

        account.change_lab("faults", {"name": "vpc-limit", "times": 1})

        [fault] = account.get_lab("faults")["faults"]
        assert fault["remaining"] == 1

    def test_does_not_apply_without_a_required_parameter(self, account: Account) -> None:
        account.change_lab("faults", {"name": "final-snapshot-clash"})

        code = error_of(
            account, "rds", "delete_db_instance", DBInstanceIdentifier="unknown", SkipFinalSnapshot=True
        )[1]

        assert code == "DBInstanceNotFound"

    def test_names_the_instance_profile_of_the_launch_template(self, account: Account) -> None:
        profile = "arn:aws:iam::123456789012:instance-profile/shop"
        template = account.client("ec2").create_launch_template(
            LaunchTemplateName="profiled", LaunchTemplateData={"IamInstanceProfile": {"Arn": profile}}
        )["LaunchTemplate"]["LaunchTemplateId"]
        account.change_lab("faults", {"name": "iam-propagation"})

        error = error_of(
            account,
            "autoscaling",
            "create_auto_scaling_group",
            AutoScalingGroupName="profiled",
            MinSize=0,
            MaxSize=0,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        )

        assert error == (
            400,
            "ValidationError",
            "You must use a valid fully-formed launch template. "
            f"Value ({profile}) for parameter iamInstanceProfile.arn is invalid. "
            "Invalid IAM Instance Profile ARN",
        )


class TestHeldStateLock:
    def test_names_its_holder_until_it_is_released(self, account: Account) -> None:
        s3 = account.client("s3")
        s3.create_bucket(Bucket="locked", CreateBucketConfiguration={"LocationConstraint": REGION})
        lock = {"Bucket": "locked", "Key": "one.tfstate.tflock"}
        account.change_lab("faults", {"name": "state-lock-held"})

        error = error_of(account, "s3", "put_object", **lock, IfNoneMatch="*", Body=b"{}")
        holder = s3.get_object(**lock)["Body"].read().decode()
        again = s3.get_object(**lock)["Body"].read().decode()
        s3.delete_object(**lock)
        s3.put_object(**lock, IfNoneMatch="*", Body=b"{}")

        assert error[:2] == (412, "PreconditionFailed")
        assert '"Who":"ada@laptop"' in holder
        assert '"Path":"locked/one.tfstate"' in holder
        assert again == holder
        assert account.get_lab("faults")["faults"] == []


class TestCustomFault:
    def test_returns_its_own_error(self, account: Account) -> None:
        account.change_lab(
            "faults",
            {
                "service": "ssm",
                "action": "Put*",
                "code": "TooBusy",
                "message": "Not {Name} now",
                "status": 503,
                "times": None,
            },
        )

        error = error_of(account, "ssm", "put_parameter", Name="/a", Value="b", Type="String")

        assert error == (503, "TooBusy", "Not /a now")
        assert account.client("ssm").describe_parameters()["Parameters"] == []

    @pytest.mark.parametrize(
        ("wanted", "message"),
        [
            ({"name": "no-such"}, "There is no known fault 'no-such'"),
            ({"name": "vpc-limit", "code": "X"}, "accepts only name and times"),
            ({"name": "vpc-limit", "times": 0}, "times must be a number from 1 to 1000"),
            ({"name": "vpc-limit", "times": True}, "times must be a number"),
            ({"service": "EC2!", "action": "X", "code": "X", "message": "X"}, "service must be"),
            ({"service": "ec2", "code": "X", "message": "X"}, "action must be"),
            ({"service": "ec2", "action": "X", "code": "X"}, "message must be a text"),
            ({"service": "ec2", "action": "X", "code": "X", "message": "X", "status": 200}, "status must be"),
            (
                {"service": "ec2", "action": "X", "code": "X", "message": "X", "color": 1},
                "has no field color",
            ),
            ([], "Send a JSON object"),
        ],
    )
    def test_invalid_input_is_rejected_with_a_message(
        self, account: Account, wanted: object, message: str
    ) -> None:
        status, content = account.request_lab("faults", wanted)

        assert status == 400
        assert message in content["error"]
        assert account.get_lab("faults")["faults"] == []


def lab_settings(account: Account) -> JsonObject:
    return {name: account.get_lab(name)[name] for name in ("faults", "targets", "consoles")}


class TestFaults:
    def test_are_listed_with_the_known_faults(self, account: Account) -> None:
        account.change_lab("faults", {"name": "db-quota", "times": 3})

        listed = account.get_lab("faults")

        [fault] = listed["faults"]
        assert {name: fault[name] for name in ("name", "service", "action", "code", "remaining")} == {
            "name": "db-quota",
            "service": "rds",
            "action": "CreateDBInstance",
            "code": "InstanceQuotaExceeded",
            "remaining": 3,
        }
        assert len({each["name"] for each in listed["known"]}) == len(listed["known"]) >= 30
        assert all(each["title"] and each["effect"] and each["group"] for each in listed["known"])

    def test_survive_a_crash_with_their_remaining_count(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        first.change_lab("faults", {"name": "elastic-ip-limit", "times": 2})
        first.change_lab("faults", {"service": "ec2", "action": "*Vpc", "code": "Odd", "message": "Odd"})
        first.change_lab("targets", {"reason": "Target.Timeout"})
        first.change_lab("consoles/*", {"text": "hello"}, method="PUT")
        error_of(first, "ec2", "allocate_address", Domain="vpc")
        before = lab_settings(first)
        first.kill()

        with server.running(tmp_path) as second:
            after = lab_settings(second)
            error = error_of(second, "ec2", "create_vpc", CidrBlock="10.0.0.0/16")

        assert after == before
        assert [fault["remaining"] for fault in after["faults"]] == [1, None]
        assert [finding["reason"] for finding in after["targets"]] == ["Target.Timeout"]
        assert after["consoles"] == {"*": "hello"}
        assert error == (400, "Odd", "Odd")

    def test_are_empty_if_their_file_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "lab.json").write_text("{")

        with server.running(tmp_path) as account:
            assert account.get_lab("faults")["faults"] == []

        assert len(list(tmp_path.glob("lab.json.unreadable-*"))) == 1
