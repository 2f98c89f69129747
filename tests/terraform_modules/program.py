"""Terraform for tests of blueprints, and their folders."""

from __future__ import annotations

from pathlib import Path

from tests.terraform_modules import user_data

BLUEPRINTS = Path(__file__).parents[2] / "terraform_modules"


Terraform = user_data.Terraform
