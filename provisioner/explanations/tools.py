"""Terraform itself, its providers, the host it runs on, and the blueprint's own rules."""

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_OPERATOR = "This is for an operator of the portal; show this page."

ENTRIES = (
    Entry(
        id="disk-full",
        group=Group.TOOLS,
        title="The worker's disk is full",
        patterns=(
            r"[Nn]o space left on device",
            r"only (?P<free>\d{1,9}) MiB are free at",
            r"disk quota exceeded",
        ),
        example=(
            "Failed to install provider Error while installing hashicorp/aws v5.100.0: write "
            ".terraform/providers/terraform-provider-aws_v5.100.0_x5: no space left on device"
        ),
        cause="The worker's host had {free|no} MiB of space left where runs do their work.",
        steps=(_OPERATOR, "Free space on the worker's host (the folder runs in VAR_DIR), then try again."),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="provider-changed",
        group=Group.TOOLS,
        title="The provider is not the one that was locked",
        patterns=(
            r"match any of the checksums",
            r"Inconsistent dependency lock file",
            r"Provider dependency changes detected",
        ),
        example=(
            "Failed to install provider Error while installing hashicorp/aws v5.100.0: the local package for "
            "registry.terraform.io/hashicorp/aws 5.100.0 doesn't match any of the checksums previously "
            "recorded in the dependency lock file"
        ),
        cause=(
            "The blueprint's lock file names the exact providers that were tried with it, and what the "
            "mirror offers is another version, or is damaged. Terraform refuses to run it."
        ),
        steps=(_OPERATOR, "Bring mirror and lock file together (terraform providers lock), then try again."),
        ways=(TRY_AGAIN,),
    ),
    Entry(
        id="provider-not-installed",
        group=Group.TOOLS,
        title="A provider could not be installed",
        patterns=(
            r"Could not retrieve the list of available versions for provider "
            r"(?P<provider>[A-Za-z0-9_./-]{3,120}):",
            r"Failed to query available provider packages",
            r"Failed to install provider",
            r"could not connect to registry\.terraform\.io",
            r"The mirror of providers is not usable",
        ),
        example=(
            "Failed to query available provider packages Could not retrieve the list of available versions "
            "for provider hashicorp/aws: could not connect to registry.terraform.io: failed to request "
            'discovery document: Get "https://registry.terraform.io/.well-known/terraform.json": dial tcp: '
            "lookup registry.terraform.io: no such host"
        ),
        cause=(
            "Terraform talks to AWS through a provider, a program of its own, and {provider|this one} was "
            "neither in the worker's mirror nor to be had from the registry. Nothing was changed."
        ),
        steps=(
            "Try again if the registry was away for a moment.",
            "For good: an operator puts the provider into the workers' mirror.",
        ),
        ways=(TRY_AGAIN,),
        is_passing=True,
    ),
    Entry(
        id="provider-crashed",
        group=Group.TOOLS,
        title="The provider ended in the middle of its work",
        patterns=(
            r"Plugin did not respond",
            r"Failed to read any lines from plugin's stdout",
            r"The plugin encountered an error, and failed to respond",
            r"The terraform-provider-[a-z0-9_.-]{1,60} plugin crashed",
            r"rpc error: code = Unavailable",
            r"cannot allocate memory",
            r"plugin process exited[^│]{0,300}signal: killed",
        ),
        example=(
            "Plugin did not respond The plugin encountered an error, and failed to respond to the plugin6."
            "(*GRPCProvider).ApplyResourceChange call. The plugin logs may contain more details."
        ),
        cause=(
            "The program through which Terraform talks to AWS was ended or crashed, most often because the "
            "host had no memory left. What it had asked for last may exist without being in the state."
        ),
        steps=(
            "Try again.",
            "If it happens again, an operator looks at the host's memory: each run takes about 1 GiB "
            "(RUN_SLOTS). One that never even starts may be made for another kind of machine.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="refused-by-the-blueprint",
        group=Group.TOOLS,
        title="The blueprint refuses this order",
        patterns=(
            r"Resource precondition failed (?P<words>[^│]{10,300})",
            r"Module output value precondition failed (?P<words>[^│]{10,300})",
            r"Invalid value for variable (?P<words>[^│]{10,300})",
            r"Resource postcondition failed (?P<words>[^│]{10,300})",
        ),
        example=(
            "Resource precondition failed t4g.micro is not sold in each of ap-northeast-2a, ap-northeast-2b. "
            "Choose another instance type."
        ),
        cause="A rule of the blueprint is not met. In its own words: {words|see below}",
        steps=("Change the answer that the rule is about.",),
        ways=(Way(Act.CHANGE, "Change the order"), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="terraform-ended",
        group=Group.TOOLS,
        title="Terraform was ended from outside",
        patterns=(
            r"Terraform died twice while planning",
            r"The worker died before Terraform started",
            r"Two interrupts received",
        ),
        example="Terraform died twice while planning. Nothing was changed.",
        cause=(
            "Terraform, or the worker that looks after it, was killed: the host was restarted, ran out of "
            "memory, or somebody ended it."
        ),
        steps=("Try again.", "If it happens again, an operator looks at the host's memory and log."),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="blueprint-gone",
        group=Group.TOOLS,
        title="The blueprint is not offered any more",
        patterns=(r"The blueprint (?P<name>[A-Za-z0-9_-]{1,64}) is not offered any more",),
        example="The blueprint three_tier is not offered any more.",
        cause="The folder of the blueprint {name|of this environment} is gone or broken on the worker's "
        "host.",
        steps=(_OPERATOR, "Bring the folder back: without it nothing of it can be changed or destroyed."),
        ways=(TRY_AGAIN,),
    ),
)
