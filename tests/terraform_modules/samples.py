"""Values that several tests of blueprints use."""

from __future__ import annotations

SUPPLIED = {
    "environment_name": "shop-dev",
    "environment_id": "0b0c7a3e-4b5d-4a5c-9a50-2f0c2a6b7c11",
    "team": "shop",
    "owner": "alice",
    "created_by_run": "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01",
}


# What the blueprint says by itself about a size, without refusing it.
# The region is in the user data: a name of 17,000 characters fills it up.
TOO_LARGE = {
    "command": "plan",
    "variables": SUPPLIED,
    "override_data": [{"target": "data.aws_region.current", "values": {"name": "eu-west-1-" * 1700}}],
    "expect_failures": ["aws_launch_template.app"],
}
