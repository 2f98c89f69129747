"""Tagged resources of an account: everything that costs money is found, and nothing that is deleted."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError

from provisioner.cloud import Account, tagged_resources
from provisioner.cloud.tagged_resources import Resource, Tag, by_arn
from provisioner.cloud.tagged_resources.resource import Client
from tests.provisioner.cloud import answering

Aws = Callable[[str], Client]

REGION = "ap-northeast-2"
DOCUMENT = '{"schemaVersion": "2.2", "description": "x", "mainSteps": []}'


@pytest.fixture
def account(aws_endpoint: str) -> Account:
    return Account(slug="simulated", kind="simulated", region=REGION, endpoint_url=aws_endpoint)


@pytest.fixture(scope="module", autouse=True)
def _warm(aws_endpoint: str) -> None:
    answering.warm(aws_endpoint, region=REGION)


@pytest.fixture
def tag() -> Tag:
    """A new tag for each test, because all tests share the account."""
    return Tag("EnvironmentId", str(uuid.uuid4()))


@pytest.fixture
def aws(aws_endpoint: str) -> Aws:
    """`aws("ec2")`: a client in the account."""
    create: Callable[..., Client] = boto3.Session("test", "test", region_name=REGION).client
    return lambda service: create(service, endpoint_url=aws_endpoint)


def marked(tag: Tag, kind: str) -> list[dict[str, object]]:
    return [{"ResourceType": kind, "Tags": [{"Key": tag.key, "Value": tag.value}]}]


def pair(tag: Tag) -> list[dict[str, str]]:
    return [{"Key": tag.key, "Value": tag.value}]


def found(account: Account, tag: Tag) -> dict[str, Resource]:
    """The resources by kind. Fails if a call was not answered."""
    findings = tagged_resources.find_resources(account, tag, limit_seconds=60)
    assert findings.unanswered == ()
    return {each.kind: each for each in findings.resources}


@pytest.fixture
def network(aws: Aws, tag: Tag) -> dict[str, str]:
    """A tagged network with a subnet."""
    ec2 = aws("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16", TagSpecifications=marked(tag, "vpc"))["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(
        VpcId=vpc,
        CidrBlock="10.9.0.0/24",
        AvailabilityZone=f"{REGION}a",
        TagSpecifications=marked(tag, "subnet"),
    )
    return {"vpc": vpc, "subnet": subnet["Subnet"]["SubnetId"]}


class TestFindResources:
    def test_finds_nothing_without_the_tag(self, account: Account, tag: Tag) -> None:
        assert found(account, tag) == {}

    def test_lists_resources_with_prices_the_most_expensive_first(
        self, account: Account, tag: Tag, aws: Aws, network: dict[str, str]
    ) -> None:
        ec2 = aws("ec2")
        address = ec2.allocate_address(Domain="vpc", TagSpecifications=marked(tag, "elastic-ip"))
        ec2.create_nat_gateway(
            SubnetId=network["subnet"],
            AllocationId=address["AllocationId"],
            TagSpecifications=marked(tag, "natgateway"),
        )
        ec2.create_volume(
            AvailabilityZone=f"{REGION}a", Size=8, VolumeType="gp3", TagSpecifications=marked(tag, "volume")
        )

        left = found(account, tag)

        assert list(left)[:3] == ["NAT gateway", "public address", "disk of 8 GiB"]
        assert left["NAT gateway"].usd_a_day == pytest.approx(1.416)
        assert left["public address"].usd_a_day == pytest.approx(0.12)
        assert left["vpc"].usd_a_day == 0

    def test_leaves_out_deleted_resources_that_aws_still_lists(
        self, account: Account, tag: Tag, aws: Aws, network: dict[str, str]
    ) -> None:
        ec2 = aws("ec2")
        gateway = ec2.create_nat_gateway(
            SubnetId=network["subnet"],
            ConnectivityType="private",
            TagSpecifications=marked(tag, "natgateway"),
        )
        ec2.delete_nat_gateway(NatGatewayId=gateway["NatGateway"]["NatGatewayId"])
        image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        server = ec2.run_instances(
            ImageId=image,
            MinCount=1,
            MaxCount=1,
            InstanceType="t3.micro",
            TagSpecifications=marked(tag, "instance"),
        )
        ec2.terminate_instances(InstanceIds=[server["Instances"][0]["InstanceId"]])

        assert set(found(account, tag)) == {"vpc", "subnet"}

    def test_leaves_out_resources_of_which_only_the_tags_are_left(
        self, account: Account, tag: Tag, aws: Aws, network: dict[str, str]
    ) -> None:
        ec2 = aws("ec2")
        table = ec2.create_route_table(VpcId=network["vpc"], TagSpecifications=marked(tag, "route-table"))
        gateway = ec2.create_internet_gateway(TagSpecifications=marked(tag, "internet-gateway"))
        ec2.delete_route_table(RouteTableId=table["RouteTable"]["RouteTableId"])
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGateway"]["InternetGatewayId"])
        ec2.delete_subnet(SubnetId=network["subnet"])

        assert set(found(account, tag)) == {"vpc"}

    def test_finds_resources_that_the_tagging_api_does_not_list(
        self, account: Account, tag: Tag, aws: Aws, network: dict[str, str]
    ) -> None:
        aws("ec2").allocate_address(Domain="vpc", TagSpecifications=marked(tag, "elastic-ip"))
        aws("ecr").create_repository(repositoryName=f"app-{tag.value}", tags=pair(tag))
        aws("ec2").create_vpc_endpoint(
            VpcId=network["vpc"],
            ServiceName=f"com.amazonaws.{REGION}.ssm",
            VpcEndpointType="Interface",
            SubnetIds=[network["subnet"]],
            TagSpecifications=marked(tag, "vpc-endpoint"),
        )

        left = found(account, tag)

        assert {"public address", "image repository", "endpoint"} <= set(left)
        assert left["endpoint"].usd_a_day == pytest.approx(0.312)
        assert left["image repository"].usd_a_day is None

    def test_leaves_out_resources_of_other_environments(
        self, account: Account, tag: Tag, aws: Aws, network: dict[str, str]
    ) -> None:
        other = Tag(tag.key, str(uuid.uuid4()))
        aws("ec2").create_nat_gateway(
            SubnetId=network["subnet"],
            ConnectivityType="private",
            TagSpecifications=marked(other, "natgateway"),
        )

        assert set(found(account, tag)) == {"vpc", "subnet"}

    def test_marks_resources_that_are_kept_on_purpose(self, account: Account, tag: Tag, aws: Aws) -> None:
        secrets, rds, name = aws("secretsmanager"), aws("rds"), f"db-{tag.value[:8]}"
        secrets.create_secret(Name=f"s-{tag.value}", SecretString="x", Tags=pair(tag))
        secrets.delete_secret(SecretId=f"s-{tag.value}", RecoveryWindowInDays=7)
        rds.create_db_instance(
            DBInstanceIdentifier=name,
            Engine="mysql",
            DBInstanceClass="db.t4g.micro",
            AllocatedStorage=20,
            MasterUsername="dbadmin",
            MasterUserPassword="correct-horse",
        )
        rds.create_db_snapshot(
            DBSnapshotIdentifier=f"{name}-final", DBInstanceIdentifier=name, Tags=pair(tag)
        )

        left = found(account, tag)

        assert left["secret"].is_kept
        assert left["secret"].usd_a_day == 0
        assert "recovery window" in str(left["secret"].note)
        assert left["final snapshot"].is_kept
        assert left["final snapshot"].usd_a_day == pytest.approx(0.0625, abs=0.001)
        assert set(left) == {"secret", "final snapshot"}

    def test_finds_backups_of_deleted_databases(self, account: Account, tag: Tag, aws: Aws) -> None:
        rds, name = aws("rds"), f"db-{tag.value[:8]}"
        for each in (name, f"{name}-other"):
            rds.create_db_instance(
                DBInstanceIdentifier=each,
                Engine="mysql",
                DBInstanceClass="db.t4g.micro",
                AllocatedStorage=20,
                BackupRetentionPeriod=7,
                MasterUsername="dbadmin",
                MasterUserPassword="correct-horse",
            )
        rds.create_db_snapshot(
            DBSnapshotIdentifier=f"{name}-final", DBInstanceIdentifier=name, Tags=pair(tag)
        )

        standing = found(account, tag)
        for each in (name, f"{name}-other"):
            rds.delete_db_instance(
                DBInstanceIdentifier=each, SkipFinalSnapshot=True, DeleteAutomatedBackups=False
            )
        gone = found(account, tag)

        assert set(standing) == {"final snapshot"}
        assert set(gone) == {"final snapshot", "automated backups"}
        assert gone["automated backups"].is_kept
        assert name in gone["automated backups"].id
        assert "other" not in gone["automated backups"].id

    def test_finds_resources_without_a_region_on_request(
        self, account: Account, tag: Tag, aws_endpoint: str
    ) -> None:
        everywhere = boto3.Session("test", "test", region_name="us-east-1")
        everywhere.client("kms", endpoint_url=aws_endpoint).create_key(
            Tags=[{"TagKey": tag.key, "TagValue": tag.value}]
        )

        within = tagged_resources.find_resources(account, tag, limit_seconds=60)
        beyond = tagged_resources.find_resources(account, tag, limit_seconds=60, include_global=True)

        assert within.resources == ()
        assert [each.kind for each in beyond.resources] == ["key"]

    def test_finds_resources_that_only_the_tagging_api_lists(
        self, account: Account, tag: Tag, aws: Aws
    ) -> None:
        aws("logs").create_log_group(logGroupName=f"/app/{tag.value}", tags={tag.key: tag.value})
        aws("kms").create_key(Tags=[{"TagKey": tag.key, "TagValue": tag.value}])

        left = found(account, tag)

        assert set(left) == {"log group", "key"}
        assert left["key"].usd_a_day == pytest.approx(0.0329, abs=0.001)


class TestAccountThatDoesNotAnswer:
    def test_is_reported_and_nothing_is_raised(self, tag: Tag) -> None:
        away = Account(slug="away", kind="simulated", region=REGION, endpoint_url="http://127.0.0.1:9")

        findings = tagged_resources.find_resources(away, tag, limit_seconds=60)

        assert findings.resources == ()
        assert [str(*each) for each in findings.unanswered] == [
            "The account away does not answer at http://127.0.0.1:9 (EndpointConnectionError)."
        ]

    def test_takes_no_longer_than_the_limit(self, account: Account, tag: Tag) -> None:
        findings = tagged_resources.find_resources(account, tag, limit_seconds=0)

        assert "EC2 did not answer in time." in [str(*each) for each in findings.unanswered]


class TestExistenceCheck:
    ARNS = tuple(f"arn:aws:s3:::of-this-test-{number}" for number in range(3))

    @pytest.fixture
    def listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No service is asked, and the tagging API lists three buckets."""
        monkeypatch.setattr(tagged_resources, "SERVICES", ())
        buckets = [by_arn.resource_from_arn(arn) for arn in self.ARNS]
        monkeypatch.setattr(tagged_resources, "_listed", lambda account, tag: buckets)

    @pytest.mark.usefixtures("listed")
    def test_that_fails_does_not_hide_other_resources(
        self, account: Account, tag: Tag, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def look(account: Account, arn: str) -> bool:
            if arn.endswith("1"):
                raise EndpointConnectionError(endpoint_url="https://s3.example")
            return arn.endswith("2")

        monkeypatch.setattr(by_arn, "_CHECKS", {":s3:::": look})

        findings = tagged_resources.find_resources(account, tag, limit_seconds=60)

        assert [each.id for each in findings.resources] == [self.ARNS[2]]
        assert len(findings.unanswered) == 1

    @pytest.mark.usefixtures("listed")
    def test_has_a_time_limit(self, account: Account, tag: Tag, monkeypatch: pytest.MonkeyPatch) -> None:
        over = threading.Event()
        monkeypatch.setattr(by_arn, "_CHECKS", {":s3:::": lambda account, arn: over.wait(60)})
        monkeypatch.setattr(tagged_resources, "_CHECK_SECONDS", 0.1)

        findings = tagged_resources.find_resources(account, tag, limit_seconds=60)
        over.set()

        assert findings.resources == ()
        assert [each for each in findings.unanswered if "in time" in str(*each)]


class TestListedByTheTaggingApiOnly:
    @pytest.mark.parametrize(
        "arn",
        [
            "arn:aws:logs:ap-northeast-2:123456789012:log-group:/never/made",
            "arn:aws:s3:::never-made-by-anybody-1",
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:loadbalancer/app/never/1",
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:targetgroup/never/1",
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:listener/app/never/1/2",
            "arn:aws:elasticloadbalancing:ap-northeast-2:123456789012:listener-rule/app/never/1/2/3",
            "arn:aws:ssm:ap-northeast-2:123456789012:parameter/environments/never/image",
            "arn:aws:ssm:ap-northeast-2:123456789012:document/never",
            "arn:aws:rds:ap-northeast-2:123456789012:subgrp:never",
            "arn:aws:rds:ap-northeast-2:123456789012:pg:never",
            "arn:aws:ecr:ap-northeast-2:123456789012:repository/never/made",
            "arn:aws:cloudfront::123456789012:distribution/ENEVER",
        ],
    )
    def test_is_left_out_if_it_no_longer_exists(self, account: Account, arn: str) -> None:
        listed = by_arn.resource_from_arn(arn)

        assert not by_arn.exists(account, listed)
        # The kind is reported anyway.
        assert listed.kind not in arn.split(":")

    def test_is_reported_if_it_exists(self, account: Account, tag: Tag, aws: Aws) -> None:
        name = f"n-{tag.value[:8]}"
        region, owner = "ap-northeast-2", "123456789012"
        aws("ssm").put_parameter(Name=f"/environments/{name}/image", Value="none", Type="String")
        aws("ssm").put_parameter(Name=name, Value="none", Type="String")
        aws("ssm").create_document(Name=name, DocumentType="Command", Content=DOCUMENT)
        aws("ecr").create_repository(repositoryName=f"team/{name}")
        aws("rds").create_db_parameter_group(
            DBParameterGroupName=name, DBParameterGroupFamily="mysql8.4", Description="x"
        )
        arns = [
            f"arn:aws:ssm:{region}:{owner}:parameter/environments/{name}/image",
            f"arn:aws:ssm:{region}:{owner}:parameter/{name}",
            f"arn:aws:ssm:{region}:{owner}:document/{name}",
            f"arn:aws:ecr:{region}:{owner}:repository/team/{name}",
            f"arn:aws:rds:{region}:{owner}:pg:{name}",
        ]

        assert [arn for arn in arns if not by_arn.exists(account, by_arn.resource_from_arn(arn))] == []

    def test_is_reported_if_it_cannot_be_checked(self, account: Account) -> None:
        topic = by_arn.resource_from_arn("arn:aws:sns:ap-northeast-2:123456789012:news")

        assert by_arn.exists(account, topic)
        assert (topic.kind, topic.usd_a_day) == ("sns", None)
