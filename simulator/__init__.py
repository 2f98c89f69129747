"""The simulated AWS account: moto with our patches, served over HTTP and saved to disk.

It is a process of its own. It imports nothing from the engine or the portal, and they do not import it:
they send it HTTP requests, as they do to AWS.
"""
