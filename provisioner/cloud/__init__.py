"""Cloud accounts: Terraform's credentials there, and where its state is. The simulated account uses the same
code.
"""

from provisioner.cloud.account import Account

__all__ = ["Account"]
