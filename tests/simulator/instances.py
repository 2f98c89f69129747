"""EC2 instances for tests."""

from tests.simulator.server import Account

IMAGE = "ami-0f1b193e4899d91a2"


def launch(account: Account, **where: object) -> str:
    [instance] = account.client("ec2").run_instances(ImageId=IMAGE, MinCount=1, MaxCount=1, **where)[
        "Instances"
    ]
    return str(instance["InstanceId"])
