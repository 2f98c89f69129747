from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import Account

MANAGED = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def attach_managed_policy(account: Account) -> list[str]:
    iam = account.client("iam")
    role = f"role-{uuid4().hex}"
    iam.create_role(RoleName=role, AssumeRolePolicyDocument="{}")
    iam.attach_role_policy(RoleName=role, PolicyArn=MANAGED)
    return [
        policy["PolicyArn"] for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    ]


class TestAwsManagedPolicy:
    def test_does_not_exist_in_plain_moto(self, plain_moto: Account) -> None:
        with pytest.raises(ClientError, match="NoSuchEntity"):
            attach_managed_policy(plain_moto)

    def test_can_be_attached_to_a_role(self, account: Account) -> None:
        assert attach_managed_policy(account) == [MANAGED]
