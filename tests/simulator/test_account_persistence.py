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
from simulator.json_types import JsonObject
from tests.simulator import certificates, server
from tests.simulator.server import REGION, Account


def build(account: Account) -> None:
    """Create resources that are hard to pickle: with references, keys, versions, locks and lambdas."""
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
    s3_of_other_account(account).create_bucket(
        Bucket="other-account", CreateBucketConfiguration={"LocationConstraint": REGION}
    )


def s3_of_other_account(account: Account) -> Any:
    """A client for S3 of another AWS account, through a role, as the engine does it."""
    keys = account.client("sts").assume_role(
        RoleArn="arn:aws:iam::222222222222:role/builder", RoleSessionName="test"
    )["Credentials"]
    return account.client(
        "s3",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )


def describe(account: Account) -> JsonObject:
    """The responses of AWS about everything that `build` creates."""
    ec2, s3, kms = account.client("ec2"), account.client("s3"), account.client("kms")
    [key] = [key["KeyId"] for key in kms.list_keys()["Keys"] if is_built(kms, key["KeyId"])]
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
        "other_account": [
            bucket["Name"] for bucket in s3_of_other_account(account).list_buckets()["Buckets"]
        ],
        "states": {
            version["VersionId"]: s3.get_object(
                Bucket="states", Key="one.tfstate", VersionId=version["VersionId"]
            )["Body"].read()
            for version in versions
        },
    }


def certificates_of(account: Account) -> list[JsonObject]:
    acm = account.client("acm")
    names = [each["CertificateArn"] for each in acm.list_certificates()["CertificateSummaryList"]]
    return [acm.describe_certificate(CertificateArn=name)["Certificate"] for name in names]


def databases(account: Account) -> list[JsonObject]:
    found: list[JsonObject] = account.client("rds").describe_db_instances()["DBInstances"]
    for database in found:
        del database["LatestRestorableTime"]  # the current time
    return found


def is_built(kms: Any, key_id: str) -> bool:
    return bool(kms.describe_key(KeyId=key_id)["KeyMetadata"]["Description"] == "signs")


def secrets(account: Account) -> dict[str, str]:
    client = account.client("secretsmanager")
    names = [secret["Name"] for secret in client.list_secrets()["SecretList"]]
    return {name: client.get_secret_value(SecretId=name)["SecretString"] for name in names}


def save_now(account: Account) -> None:
    """Write to S3: its response comes after it and all earlier changes are on disk."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="marker", CreateBucketConfiguration={"LocationConstraint": REGION})


class TestAccount:
    def test_is_complete_and_usable_after_a_crash(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        build(first)
        before, identity = describe(first), first.get_lab("account")
        # The last change before the crash is on disk, too.
        last = first.client("ec2").create_vpc(CidrBlock="10.10.0.0/16")["Vpc"]["VpcId"]
        first.kill()

        with server.running(tmp_path) as second:
            after, now = describe(second), second.get_lab("account")
            signed = sign_and_verify(second)
            second.client("rds").delete_db_instance(DBInstanceIdentifier="database", SkipFinalSnapshot=True)
            second.client("s3").put_object(Bucket="states", Key="one.tfstate", Body=b"3")
            later = second.client("s3").list_object_versions(Bucket="states")["Versions"]
            left = secrets(second)

        assert after == {**before, "vpcs": sorted([*before["vpcs"], last])}
        assert [each["DomainName"] for each in after["certificates"]] == ["app.example.com"]
        assert len(after["states"]) == 2
        assert after["other_account"] == ["other-account"]
        assert signed
        assert len(later) == 3
        assert left == {"secret": "very"}
        assert now["generation"] == identity["generation"]
        assert now["began_at"] == identity["began_at"]
        assert now["started_at"] > identity["started_at"]
        assert (identity["restored"], now["restored"]) == (False, True)
        assert identity["started_at"] < now["restored_from"] < now["started_at"]
        assert now["set_aside"] is None

    def test_is_complete_after_a_stop(self, tmp_path: Path) -> None:
        # No snapshot for an hour: only the snapshot at the end can hold the change.
        first = server.start(tmp_path, "--snapshot-seconds", "3600")
        vpc = first.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]

        code = first.stop(signal.SIGINT)

        with server.running(tmp_path) as second:
            found = second.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        assert code == 0
        assert [each["VpcId"] for each in found] == [vpc]

    def test_has_exactly_the_answered_changes_after_a_stop(self, tmp_path: Path) -> None:
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

    def test_is_not_saved_without_a_change(self, tmp_path: Path) -> None:
        with server.running(tmp_path, "--snapshot-seconds", "0.2") as account:
            account.client("ec2").describe_vpcs()
            save_now(account)
            revision = account.get_lab("account")["revision"]

            for _ in range(5):
                account.client("ec2").describe_vpcs()

        # No other snapshot was written, neither after 0.2 s nor at the end.
        header = json.loads((tmp_path / "account.snapshot").read_bytes().partition(b"\n")[0])
        assert header["revision"] == revision

    def test_a_write_to_s3_is_saved_before_its_response_even_with_snapshot_seconds(
        self, tmp_path: Path
    ) -> None:
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

        # The state and the VPC in it are both saved, although the next snapshot was an hour away.
        assert state in found
        # The change after the write is lost. So this test can detect a loss.
        assert later not in found


def sign_and_verify(account: Account) -> bool:
    kms = account.client("kms")
    [key] = [key["KeyId"] for key in kms.list_keys()["Keys"] if is_built(kms, key["KeyId"])]
    parameters = {"KeyId": key, "Message": b"hello", "SigningAlgorithm": "RSASSA_PKCS1_V1_5_SHA_256"}
    signature = kms.sign(**parameters)["Signature"]
    return bool(kms.verify(**parameters, Signature=signature)["SignatureValid"])


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def flip_a_byte(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def change_moto_version(path: Path) -> None:
    header, _, data = path.read_bytes().partition(b"\n")
    path.write_bytes(json.dumps({**json.loads(header), "moto": "4.0.0"}).encode() + b"\n" + data)


def replace_pickle(path: Path) -> None:
    snapshot_file.write(b"not a pickle", directory=path.parent, generation="g", revision=9, began_at="then")
    path.with_name("account.snapshot.previous").unlink()


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An account's folder with two snapshots. Both have bucket `older`, only the newest has `newer`."""
    folder = tmp_path_factory.mktemp("saved") / "account"
    with server.running(folder) as account:
        for name in ("older", "newer"):
            account.client("s3").create_bucket(
                Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        account.kill()
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "account"))


def generation_of(folder: Path) -> str:
    generation: str = snapshot_file.read(folder / "account.snapshot")[0].generation
    return generation


class TestUnreadableSnapshot:
    @pytest.mark.parametrize("damage", [cut_short, flip_a_byte, empty, change_moto_version])
    def test_is_detected(self, folder: Path, damage: Callable[[Path], None]) -> None:
        damage(folder / "account.snapshot")

        with pytest.raises(snapshot_file.CannotRead):
            snapshot_file.read(folder / "account.snapshot")

    @pytest.mark.parametrize("damage", [cut_short, replace_pickle])
    def test_is_renamed_and_the_account_starts_empty(
        self, folder: Path, damage: Callable[[Path], None]
    ) -> None:
        generation = generation_of(folder)
        (folder / "account.snapshot.previous").write_bytes(b"")
        damage(folder / "account.snapshot")

        with server.running(folder) as account:
            identity = account.get_lab("account")
            buckets = account.client("s3").list_buckets()["Buckets"]

        assert identity["generation"] != generation
        assert identity["restored"] is False
        assert identity["set_aside"].startswith("account.snapshot")
        assert (folder / identity["set_aside"]).exists()
        assert identity["set_aside"] in account.greeting
        assert buckets == []

    def test_the_previous_snapshot_is_restored(self, folder: Path) -> None:
        generation = generation_of(folder)
        cut_short(folder / "account.snapshot")

        with server.running(folder) as account:
            identity = account.get_lab("account")
            buckets = [bucket["Name"] for bucket in account.client("s3").list_buckets()["Buckets"]]

        assert buckets == ["older"]
        assert identity["generation"] == generation
        assert identity["restored"] is True
        assert identity["set_aside"].startswith("account.snapshot.unreadable-")


class TestEmptiedAccount:
    def test_is_a_new_generation(self, folder: Path) -> None:
        generation = generation_of(folder)
        with server.running(folder) as account:
            urlopen(Request(f"{account.url}/moto-api/reset", method="POST"), timeout=10).close()  # noqa: S310
            emptied = account.get_lab("account")

        with server.running(folder) as account:
            assert account.client("s3").list_buckets()["Buckets"] == []
            assert account.get_lab("account")["generation"] == emptied["generation"] != generation
            assert account.get_lab("account")["restored"] is True


class TestAccountFolder:
    def test_cannot_be_used_by_two_simulators(self, account: Account) -> None:
        assert account.folder is not None

        with pytest.raises(AssertionError, match="exit code 3"):
            server.start(account.folder)

    def test_is_readable_only_by_its_owner(self, saved: Path) -> None:
        assert saved.stat().st_mode & 0o077 == 0
        assert (saved / "account.snapshot").stat().st_mode & 0o077 == 0
