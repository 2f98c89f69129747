from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.simulator import server
from tests.simulator.server import REGION, Account


@pytest.fixture(autouse=True)
def no_faults_left(account: Account) -> Iterator[None]:
    yield
    account.tell("faults", method="DELETE")


def refusal_of(account: Account, service: str, action: str, **parameters: Any) -> tuple[int, str, str]:
    """Status, code and sentence, as boto3 reads them from the answer."""
    with pytest.raises(ClientError) as refusal:
        getattr(account.client(service), action)(**parameters)
    response = refusal.value.response
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    return status, response["Error"]["Code"], response["Error"]["Message"]


DATABASE = {
    "DBInstanceIdentifier": "shop",
    "DBInstanceClass": "db.t4g.micro",
    "Engine": "mysql",
    "AllocatedStorage": 20,
    "StorageType": "gp3",
}
# One of each protocol and service: fault, service, call, parameters, the answer.
ANSWERS = [
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
        id="rds, when a snapshot is kept",
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
# The same fault in the words of each service.
IN_EACH_SERVICE = [
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
    @pytest.mark.parametrize(("name", "call", "answer"), ANSWERS)
    def test_is_answered_in_the_words_of_aws(
        self,
        account: Account,
        name: str,
        call: tuple[str, str, dict[str, Any]],
        answer: tuple[int, str, str],
    ) -> None:
        service, action, parameters = call
        account.tell("faults", {"name": name})

        assert refusal_of(account, service, action, **parameters) == answer

    @pytest.mark.parametrize(("name", "service", "action", "code"), IN_EACH_SERVICE)
    def test_speaks_as_each_service_does(
        self, account: Account, name: str, service: str, action: str, code: str
    ) -> None:
        account.tell("faults", {"name": name})

        assert refusal_of(account, service, action)[1] == code

    def test_closes_the_connection_where_aws_would_not_answer(self, account: Account) -> None:
        fault = account.tell("faults", {"name": "no-answer"})
        for service, action in (("ec2", "describe_vpcs"), ("s3", "list_buckets")):
            with pytest.raises(ConnectionClosedError):
                getattr(account.client(service), action)()

        account.tell(f"faults/{fault['id']}", method="DELETE")

        assert account.client("ec2").describe_vpcs()["Vpcs"]

    def test_is_over_after_so_many_times(self, account: Account) -> None:
        account.tell("faults", {"name": "elastic-ip-limit", "times": 2})
        ec2 = account.client("ec2")
        for _ in range(2):
            refusal_of(account, "ec2", "allocate_address", Domain="vpc")

        given = ec2.allocate_address(Domain="vpc")["PublicIp"]

        [fault] = account.lab("faults")["faults"]
        assert given
        assert (fault["times"], fault["remaining"], fault["hits"]) == (2, 0, 2)

    def test_is_over_once_switched_off(self, account: Account) -> None:
        fault = account.tell("faults", {"name": "vpc-limit"})
        refusal_of(account, "ec2", "create_vpc", CidrBlock="10.3.0.0/16")

        left = account.tell(f"faults/{fault['id']}", method="DELETE")

        assert account.client("ec2").create_vpc(CidrBlock="10.3.0.0/16")["Vpc"]["VpcId"]
        assert left == {"faults": []}

    def test_begins_again_when_switched_on_twice(self, account: Account) -> None:
        account.tell("faults", {"name": "vpc-limit", "times": 1})
        refusal_of(account, "ec2", "create_vpc", CidrBlock="10.3.0.0/16")

        account.tell("faults", {"name": "vpc-limit", "times": 1})

        [fault] = account.lab("faults")["faults"]
        assert fault["remaining"] == 1

    def test_leaves_a_database_alone_that_keeps_no_snapshot(self, account: Account) -> None:
        account.tell("faults", {"name": "final-snapshot-clash"})

        code = refusal_of(
            account, "rds", "delete_db_instance", DBInstanceIdentifier="nobody", SkipFinalSnapshot=True
        )[1]

        assert code == "DBInstanceNotFound"

    def test_names_the_profile_of_the_launch_template(self, account: Account) -> None:
        profile = "arn:aws:iam::123456789012:instance-profile/shop"
        template = account.client("ec2").create_launch_template(
            LaunchTemplateName="profiled", LaunchTemplateData={"IamInstanceProfile": {"Arn": profile}}
        )["LaunchTemplate"]["LaunchTemplateId"]
        account.tell("faults", {"name": "iam-propagation"})

        said = refusal_of(
            account,
            "autoscaling",
            "create_auto_scaling_group",
            AutoScalingGroupName="profiled",
            MinSize=0,
            MaxSize=0,
            LaunchTemplate={"LaunchTemplateId": template, "Version": "1"},
        )

        assert said == (
            400,
            "ValidationError",
            "You must use a valid fully-formed launch template. "
            f"Value ({profile}) for parameter iamInstanceProfile.arn is invalid. "
            "Invalid IAM Instance Profile ARN",
        )


class TestHeldLock:
    def test_names_its_holder_until_it_is_broken(self, account: Account) -> None:
        s3 = account.client("s3")
        s3.create_bucket(Bucket="locked", CreateBucketConfiguration={"LocationConstraint": REGION})
        lock = {"Bucket": "locked", "Key": "one.tfstate.tflock"}
        account.tell("faults", {"name": "state-lock-held"})

        refused = refusal_of(account, "s3", "put_object", **lock, IfNoneMatch="*", Body=b"{}")
        holder = s3.get_object(**lock)["Body"].read().decode()
        again = s3.get_object(**lock)["Body"].read().decode()
        s3.delete_object(**lock)
        s3.put_object(**lock, IfNoneMatch="*", Body=b"{}")

        assert refused[:2] == (412, "PreconditionFailed")
        assert '"Who":"ada@laptop"' in holder
        assert '"Path":"locked/one.tfstate"' in holder
        assert again == holder
        assert account.lab("faults")["faults"] == []


class TestFaultOfOnesOwn:
    def test_answers_with_what_was_given(self, account: Account) -> None:
        account.tell(
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

        said = refusal_of(account, "ssm", "put_parameter", Name="/a", Value="b", Type="String")

        assert said == (503, "TooBusy", "Not /a now")
        assert account.client("ssm").describe_parameters()["Parameters"] == []

    @pytest.mark.parametrize(
        ("wanted", "sentence"),
        [
            ({"name": "no-such"}, "There is no known fault 'no-such'"),
            ({"name": "vpc-limit", "code": "X"}, "beside its name only times"),
            ({"name": "vpc-limit", "times": 0}, "times must be a number from 1 to 1000"),
            ({"name": "vpc-limit", "times": True}, "times must be a number"),
            ({"service": "EC2!", "action": "X", "code": "X", "message": "X"}, "service must be"),
            ({"service": "ec2", "code": "X", "message": "X"}, "action must be"),
            ({"service": "ec2", "action": "X", "code": "X"}, "message must be a text"),
            ({"service": "ec2", "action": "X", "code": "X", "message": "X", "status": 200}, "status must be"),
            ({"service": "ec2", "action": "X", "code": "X", "message": "X", "color": 1}, "has no color"),
            ([], "Send a JSON object"),
        ],
    )
    def test_is_refused_with_a_sentence_when_it_makes_no_sense(
        self, account: Account, wanted: Any, sentence: str
    ) -> None:
        status, content = account.ask("faults", wanted)

        assert status == 400
        assert sentence in content["error"]
        assert account.lab("faults")["faults"] == []


def all_that_is_set(account: Account) -> dict[str, Any]:
    return {name: account.lab(name)[name] for name in ("faults", "targets", "consoles")}


class TestFaults:
    def test_are_listed_with_those_that_could_be(self, account: Account) -> None:
        account.tell("faults", {"name": "db-quota", "times": 3})

        listed = account.lab("faults")

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

    def test_survive_a_kill_with_what_is_left_of_them(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        first.tell("faults", {"name": "elastic-ip-limit", "times": 2})
        first.tell("faults", {"service": "ec2", "action": "*Vpc", "code": "Odd", "message": "Odd"})
        first.tell("targets", {"reason": "Target.Timeout"})
        first.tell("consoles/*", {"text": "hello"}, method="PUT")
        refusal_of(first, "ec2", "allocate_address", Domain="vpc")
        before = all_that_is_set(first)
        first.kill()

        with server.running(tmp_path) as second:
            after = all_that_is_set(second)
            said = refusal_of(second, "ec2", "create_vpc", CidrBlock="10.0.0.0/16")

        assert after == before
        assert [fault["remaining"] for fault in after["faults"]] == [1, None]
        assert [finding["reason"] for finding in after["targets"]] == ["Target.Timeout"]
        assert after["consoles"] == {"*": "hello"}
        assert said == (400, "Odd", "Odd")

    def test_begin_anew_when_their_file_is_damaged(self, tmp_path: Path) -> None:
        (tmp_path / "lab.json").write_text("{")

        with server.running(tmp_path) as account:
            assert account.lab("faults")["faults"] == []

        assert len(list(tmp_path.glob("lab.json.unreadable-*"))) == 1
