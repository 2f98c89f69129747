"""Terraform, its providers, its host, and the blueprint's own rules."""

from django.utils.translation import gettext_lazy as _

from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Entry, Group, Way

_OPERATOR = _("This is a task for an operator of the portal. Show this page.")

ENTRIES = (
    Entry(
        id="disk-full",
        group=Group.TOOLS,
        title=_("The worker's disk is full"),
        patterns=(
            r"[Nn]o space left on device",
            r"[Oo]nly (?P<free>\d{1,9}) MiB are free at",
            r"disk quota exceeded",
        ),
        example=(
            "Failed to install provider Error while installing hashicorp/aws v5.100.0: write "
            ".terraform/providers/terraform-provider-aws_v5.100.0_x5: no space left on device"
        ),
        cause=_("The worker's host had {free|no} MiB of free space for runs."),
        steps=(_OPERATOR, _("Free space on the worker's host (the folder runs in VAR_DIR), then try again.")),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="provider-changed",
        group=Group.TOOLS,
        title=_("The provider differs from the lock file"),
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
            _(
                "The blueprint's lock file names the exact providers that were tested with it. The "
                "mirror has another version, or a damaged one, and Terraform refuses to run it."
            )
        ),
        steps=(
            _OPERATOR,
            _("Make the mirror and the lock file agree (terraform providers lock), then try again."),
        ),
        ways=(TRY_AGAIN,),
    ),
    Entry(
        id="provider-not-installed",
        group=Group.TOOLS,
        title=_("A provider could not be installed"),
        patterns=(
            r"Could not retrieve the list of available versions for provider "
            r"(?P<provider>[A-Za-z0-9_./-]{3,120}):",
            r"Failed to query available provider packages",
            r"Failed to install provider",
            r"could not connect to registry\.terraform\.io",
            r"The (?:mirror of providers is not usable|provider mirror cannot be used)",
        ),
        example=(
            "Failed to query available provider packages Could not retrieve the list of available versions "
            "for provider hashicorp/aws: could not connect to registry.terraform.io: failed to request "
            'discovery document: Get "https://registry.terraform.io/.well-known/terraform.json": dial tcp: '
            "lookup registry.terraform.io: no such host"
        ),
        cause=(
            _(
                "Terraform talks to AWS through a provider, a separate program. {provider|This one} "
                "was neither in the worker's mirror nor available from the registry. Nothing was "
                "changed."
            )
        ),
        steps=(
            _("Try again if the registry was unavailable for a moment."),
            _("To solve it permanently, an operator adds the provider to the workers' mirror."),
        ),
        ways=(TRY_AGAIN,),
        is_passing=True,
    ),
    Entry(
        id="provider-crashed",
        group=Group.TOOLS,
        title=_("The provider crashed"),
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
            _(
                "The program through which Terraform talks to AWS was killed or crashed, most often "
                "because the host had no free memory. Its last request may have created a resource "
                "that is not in the state."
            )
        ),
        steps=(
            _("Try again."),
            _(
                "If it happens again, an operator checks the host's memory: each run needs about 1 "
                "GiB (RUN_SLOTS). A provider that never starts may be for another kind of machine."
            ),
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="refused-by-the-blueprint",
        group=Group.TOOLS,
        title=_("The blueprint refuses this order"),
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
        cause=_("A rule of the blueprint is not met: {words|see below}"),
        steps=(_("Change the value that breaks the rule."),),
        ways=(Way(Act.CHANGE, _("Change the order")), DESTROY_WHAT_IS_LEFT),
    ),
    Entry(
        id="terraform-ended",
        group=Group.TOOLS,
        title=_("Terraform was killed"),
        patterns=(
            r"Terraform died twice while planning",
            r"The worker died before Terraform started",
            r"Two interrupts received",
        ),
        example="Terraform died twice while planning. Nothing was changed.",
        cause=(
            _(
                "Terraform or its worker was killed: the host was restarted or ran out of memory, or "
                "a person killed it."
            )
        ),
        steps=(_("Try again."), _("If it happens again, an operator checks the host's memory and log.")),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        is_passing=True,
    ),
    Entry(
        id="blueprint-gone",
        group=Group.TOOLS,
        title=_("The blueprint is no longer available"),
        patterns=(
            r"The blueprint (?P<name>[A-Za-z0-9_-]{1,64}) is (?:no longer available|not offered any more|"
            r"not available any more)",
        ),
        example="The blueprint three_tier is no longer available.",
        cause=_(
            "The folder of the blueprint {name|of this environment} is missing or broken on the "
            "worker's host."
        ),
        steps=(
            _OPERATOR,
            _("Restore the folder: without it the environment cannot be changed or destroyed."),
        ),
        ways=(TRY_AGAIN,),
    ),
)
