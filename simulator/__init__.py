"""The simulated AWS account: moto with our corrections, served over HTTP, kept on disk.

Stands alone: the standard library, moto and dill. Nothing of the engine or the portal is imported here,
and neither imports this package: they talk to it over HTTP, as they talk to AWS.
"""
