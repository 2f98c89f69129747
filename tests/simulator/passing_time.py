"""Time in an account passes when a test says so: nothing depends on how fast the machine is."""

from tests.simulator.server import Account


def let_time_pass(account: Account) -> None:
    """Whatever is under way is due. What follows from it takes its own time again."""
    account.tell("latency", {"scale": 0}, method="PUT")
    account.tell("latency", {"scale": 1}, method="PUT")


def under_way(account: Account) -> dict[str, float]:
    """What is to come, and in how many seconds from its beginning."""
    return {each["kind"]: each["seconds"] for each in account.lab("latency")["pending"]}
