"""Controls the time of scheduled changes, so that no test depends on the speed of the machine."""

from tests.simulator.server import Account


def pass_time(account: Account) -> None:
    """Make all scheduled changes due. Changes that they schedule take their full time again."""
    account.change_lab("latency", {"scale": 0}, method="PUT")
    account.change_lab("latency", {"scale": 1}, method="PUT")


def scheduled_seconds(account: Account) -> dict[str, float]:
    """How long each scheduled change takes from its start, by kind."""
    return {each["kind"]: each["seconds"] for each in account.get_lab("latency")["pending"]}
