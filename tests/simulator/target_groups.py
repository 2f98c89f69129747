"""Target groups of a load balancer for tests."""

from uuid import uuid4

from tests.simulator.server import Account


def create_target_group(account: Account) -> str:
    vpc = account.client("ec2").create_vpc(CidrBlock="10.50.0.0/16")["Vpc"]["VpcId"]
    [group] = account.client("elbv2").create_target_group(
        Name=f"t-{uuid4().hex[:20]}", Protocol="HTTP", Port=80, VpcId=vpc, HealthCheckPath="/healthz"
    )["TargetGroups"]
    return str(group["TargetGroupArn"])


def health(account: Account, target_group: str) -> dict[str, str]:
    """State of each target, by instance id."""
    response = account.client("elbv2").describe_target_health(TargetGroupArn=target_group)
    return {
        each["Target"]["Id"]: each["TargetHealth"]["State"] for each in response["TargetHealthDescriptions"]
    }
