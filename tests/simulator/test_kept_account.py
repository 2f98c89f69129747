import contextlib
import json
import shutil
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import BotoCoreError

from simulator import snapshot_file
from tests.simulator import certificates, server
from tests.simulator.server import REGION, Account


def build(account: Account) -> None:
    """Some of all that is hard to keep: references between services, keys, versions, locks, lambdas."""
    ec2, s3 = account.client("ec2"), account.client("s3")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")
    ec2.create_key_pair(KeyName="pair")
    account.client("kms").create_key(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY", Description="signs")
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="database",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername="app",
        ManageMasterUserPassword=True,
    )
    account.client("secretsmanager").create_secret(Name="secret", SecretString="very")
    account.client("ssm").put_parameter(Name="/app/setting", Value="on", Type="String")
    account.client("ecr").create_repository(repositoryName="images")
    account.client("acm").import_certificate(**certificates.self_signed("app.example.com"))
    s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="states", VersioningConfiguration={"Status": "Enabled"})
    for serial in (b"1", b"2"):
        s3.put_object(Bucket="states", Key="one.tfstate", Body=serial)
    elsewhere(account).create_bucket(
        Bucket="elsewhere", CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def elsewhere(account: Account) -> Any:
    """S3 of another AWS account, entered as the engine enters one: by a role."""
    keys = account.client("sts").assume_role(
        RoleArn="arn:aws:iam::222222222222:role/builder", RoleSessionName="test"
    )["Credentials"]
    return account.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def look(account: Account) -> dict[str, Any]:
    """All that `build` made, as AWS shows it."""
    ec2, s3, kms = account.client("ec2"), account.client("s3"), account.client("kms")
    [key] = [key["KeyId"] for key in kms.list_keys()["Keys"] if is_ours(kms, key["KeyId"])]
    versions = s3.list_object_versions(Bucket="states")["Versions"]
    return {
        "vpcs": sorted(vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"]),
        "subnets": sorted(subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]),
        "pair": ec2.describe_key_pairs(KeyNames=["pair"])["KeyPairs"],
        "key": kms.get_public_key(KeyId=key)["PublicKey"],
        "database": databases(account),
        "secrets": secrets(account),
        "parameter": account.client("ssm").get_parameter(Name="/app/setting")["Parameter"],
        "certificates": certificates_of(account),
        "images": account.client("ecr").describe_repositories()["repositories"],
        "elsewhere": [bucket["Name"] for bucket in elsewhere(account).list_buckets()["Buckets"]],
        "states": {
            version["VersionId"]: s3.get_object(
                Bucket="states", Key="one.tfstate", VersionId=version["VersionId"]
            )["Body"].read()
            for version in versions
        },
    }


def certificates_of(account: Account) -> list[dict[str, Any]]:
    acm = account.client("acm")
    names = [each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"]]
    return [acm.describe_certificate(CertificateArn=name)["Certificate"] for name in names]


def databases(account: Account) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = account.client("rds").describe_db_instances()["DBInstances"]
    for database in found:
        del database["LatestRestorableTime"]  # always now
    return found


def is_ours(kms: Any, key_id: str) -> bool:
    return bool(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "signs")


def secrets(account: Account) -> dict[str, str]:
    client = account.client("secretsmanager")
    names = [secret["Name"] for secret in client.list_secrets()["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


def keep_now(account: Account) -> None:
    """Whatever writes to S3 is answered once it, and all before it, is on disk."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="marker", CreateBucketConfiguration={"LocationConstraint": REGION})


class TestAccount:
    def test_is_complete_after_a_kill_and_lives_on(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        build(first)
        before, identity = look(first), first.lab("account")
        # Whatever is answered is on disk, the very last change too.
        last = first.client("ec2").create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        first.kill()

        with server.running(tmp_path) as second:
            after, now = look(second), second.lab("account")
            signed = sign_and_verify(second)
            second.client("rds").delete_db_instance(DBInstanceIdentifier="database", SkipFinalSnapshot=True)
            second.client("s3").put_object(Bucket="states", Key="one.tfstate", Body=b"3")
            later = second.client("s3").list_object_versions(Bucket="states")["Versions"]
            left = secrets(second)

        assert after == {**before, "vpcs": sorted([*before["vpcs"], last])}
        assert [each["DomainName"] for each in after["certificates"]] == ["app.example.com"]
        assert len(after["states"]) == 2
        assert after["elsewhere"] == ["elsewhere"]
        assert signed
        assert len(later) == 3
        assert left == {"secret": "very"}
        assert now["generation"] == identity["generation"]
        assert now["began_at"] == identity["began_at"]
        assert now["started_at"] > identity["started_at"]
        assert (identity["restored"], now["restored"]) == (False, True)
        assert identity["started_at"] < now["restored_from"] < now["started_at"]
        assert now["set_aside"] is None

    def test_is_complete_after_being_asked_to_stop(self, tmp_path: Path) -> None:
        # The timer would not come round in an hour: what is kept was kept at the end.
        first = server.start(tmp_path, "--snapshot-seconds", "3600")
        vpc = first.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]

        code = first.stop(signal.SIGINT)

        with server.running(tmp_path) as second:
            found = second.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        assert code == 0
        assert [each["VpcId"] for each in found] == [vpc]

    def test_has_done_what_it_answered_and_nothing_else_when_asked_to_stop(self, tmp_path: Path) -> None:
        account = server.start(tmp_path)
        answered, ec2 = set[str](), account.client("ec2")
        ec2.describe_vpcs()

        def create_until_it_stops() -> None:
            with contextlib.suppress(BotoCoreError):
                while True:
                    answered.add(ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"])

        clients = [threading.Thread(target=create_until_it_stops) for _ in range(4)]
        for client in clients:
            client.start()
        server.wait_for(lambda: len(answered) > 8)
        account.stop()
        for client in clients:
            client.join(30)

        with server.running(tmp_path) as second:
            pages = (
                second.client("ec2")
                .get_paginator("describe_vpcs")
                .paginate(Filters=[{"Name": "cidr", "Values": ["10.9.0.0/16"]}])
            )
            assert {vpc["VpcId"] for page in pages for vpc in page["Vpcs"]} == answered

    def test_is_not_written_when_nothing_changed(self, tmp_path: Path) -> None:
        with server.running(tmp_path, "--snapshot-seconds", "0.2") as account:
            account.client("ec2").describe_vpcs()
            keep_now(account)
            revision = account.lab("account")["revision"]

            for _ in range(5):
                account.client("ec2").describe_vpcs()

        # Not by the timer and not at the end.
        header = json.loads((tmp_path / "account.snapshot").read_bytes().partition(b"\n")[0])
        assert header["revision"] == revision

    def test_acknowledges_an_object_only_when_it_is_on_disk_even_with_a_timer(self, tmp_path: Path) -> None:
        first = server.start(tmp_path, "--snapshot-seconds", "3600")
        s3, ec2 = first.client("s3"), first.client("ec2")
        s3.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        s3.put_object(Bucket="states", Key="one.tfstate", Body=vpc.encode())
        later = ec2.create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        first.kill()

        with server.running(tmp_path) as second:
            state = second.client("s3").get_object(Bucket="states", Key="one.tfstate")["Body"].read().decode()
            found = {vpc["VpcId"] for vpc in second.client("ec2").describe_vpcs()["Vpcs"]}

        # The state and what it speaks of, together, although the timer never rang.
        assert state in found
        # Proves that this test can see a loss.
        assert later not in found


def sign_and_verify(account: Account) -> bool:
    kms = account.client("kms")
    [key] = [key["KeyId"] for key in kms.list_keys()["Keys"] if is_ours(kms, key["KeyId"])]
    asked = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    signature = kms.sign(**asked)["Signature"]
    return bool(kms.verify(**asked, Signature=signature)["SignatureValid"])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_it_another_version(path: Path) -> None:
    header, _, data = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(header), "moto": "4.0.0"}).encode() + b"\n" + data)


def no_account_at_all(path: Path) -> None:
    snapshot_file.write(b"not a pickle", directory=path.parent, generation="g", revision=9, began_at="then")
    path.with_name("account.snapshot.previous").unlink()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an account with two snapshots: a bucket `older` in both, `newer` in the newest only."""
    folder = tmp_path_factory.mktemp("kept") / "account"
    with server.running(folder) as account:
        for name in ("older", "newer"):
            account.client("s3").create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        account.kill()
    return folder


@pytest.fixture
def folder(kept: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(kept, tmp_path / "account"))


def generation_of(folder: Path) -> str:
    generation: str = snapshot_file.read(folder / "account.snapshot")[0].generation
    return generation


class TestSnapshotThatCannotBeRead:
    @pytest.mark.parametrize("damage", [cut_short, flip_a_byte, empty, make_it_another_version])
    def test_is_noticed(self, folder: Path, damage: Callable[[Path], None]) -> None:
        damage(folder / "account.snapshot")

        with pytest.raises(snapshot_file.CannotRead):
            snapshot_file.read(folder / "account.snapshot")

    @pytest.mark.parametrize("damage", [cut_short, no_account_at_all])
    def test_is_set_aside_and_the_account_begins_anew(
        self, folder: Path, damage: Callable[[Path], None]
    ) -> None:
        generation = generation_of(folder)
        (folder / "account.snapshot.previous").write_bytes(b"")
        damage(folder / "account.snapshot")

        with server.running(folder) as account:
            identity = account.lab("account")
            buckets = account.client("s3").list_buckets()["Buckets"]

        assert identity["generation"] != generation
        assert identity["restored"] is False
        assert identity["set_aside"].startswith("account.snapshot")
        assert (folder / identity["set_aside"]).exists()
        assert identity["set_aside"] in account.greeting
        assert buckets == []

    def test_gives_way_to_the_one_before(self, folder: Path) -> None:
        generation = generation_of(folder)
        cut_short(folder / "account.snapshot")

        with server.running(folder) as account:
            identity = account.lab("account")
            buckets = [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]]

        assert buckets == ["older"]
        assert identity["generation"] == generation
        assert identity["restored"] is True
        assert identity["set_aside"].startswith("account.snapshot.unreadable-")


class TestAccountThatWasEmptied:
    def test_is_another_one(self, folder: Path) -> None:
        generation = generation_of(folder)
        with server.running(folder) as account:
            urlopen(Request(f"{account.url}/moto-api/reset", method="POST"), timeout=10).close()  # noqa: S310
            emptied = account.lab("account")

        with server.running(folder) as account:
            assert account.client("s3").list_buckets()["Buckets"] == []
            assert account.lab("account")["generation"] == emptied["generation"] != generation
            assert account.lab("account")["restored"] is True


class TestFolderOfAnAccount:
    def test_belongs_to_one_server_at_a_time(self, account: Account) -> None:
        assert account.folder is not None

        with pytest.raises(AssertionError, match="exit code 3"):
            server.start(account.folder)

    def test_and_its_snapshots_are_for_their_owner_only(self, kept: Path) -> None:
        assert kept.stat().st_mode & 0o077 == 0
        assert (kept / "account.snapshot").stat().st_mode & 0o077 == 0
