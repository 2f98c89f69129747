"""Cloud accounts: who Terraform is there, and where its state lies. The simulated one takes the same way."""

from provisioner.cloud.account import Account

__all__ = ["Account"]
