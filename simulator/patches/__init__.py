"""Patches where moto 5.2.5 differs from AWS in a way that Terraform notices. One module per topic.

Each patch has a test that also runs against moto without patches. That part of the test fails when moto
closes the gap; then remove the patch.
"""
