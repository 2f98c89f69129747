"""Cloud accounts: credentials, Terraform's state, and resources. The same code serves AWS and the simulated
account.
"""

from provisioner.cloud.account import Account

__all__ = ["Account"]
