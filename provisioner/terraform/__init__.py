"""Runs Terraform: processes and files. Standard library and python-terraform; no Django, no database."""
