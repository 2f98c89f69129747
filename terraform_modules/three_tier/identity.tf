# Who this environment is: names, tags and the facts about the account that everything else shares.

data "aws_region" "current" {}

data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

locals {
  short = substr(md5(var.environment_id), 0, 6)

  # At most 27 characters: a load balancer's name ends at 32, and RDS refuses two hyphens in a row.
  # Each name puts the role first, because AWS reserves names that begin with "sg-" and "internal-".
  name = "${trim(substr(replace(var.environment_name, "/-+/", "-"), 0, 20), "-")}-${local.short}"

  # None of them ever changes by itself: the run is the one that created the environment, not the latest one, which
  # would make every plan a change of everything.
  lasting_tags = {
    Environment   = var.environment_name
    EnvironmentId = var.environment_id
    Team          = var.team
    Owner         = var.owner
    CreatedByRun  = var.created_by_run
    Blueprint     = "three_tier"
    ManagedBy     = "provisioning-portal"
  }

  # The day may be moved. That rewrites a tag of each resource and nothing else: servers and their disks do not carry
  # it, because another tag in the launch template would replace them.
  tags = merge(local.lasting_tags, var.expires_on == "" ? {} : { ExpiresOn = var.expires_on })
}

# What the environment was born with. Another address range would be another network, with nothing of what is in this
# one: it is refused (network.tf).
resource "terraform_data" "born" {
  input = {
    vpc_cidr = var.vpc_cidr
  }

  lifecycle {
    ignore_changes = [input]
  }
}

# The order of the zones numbers the subnets, whatever AWS offers later. A resource of its own: an environment that was
# born before this was remembered takes note of its zones at its next apply.
resource "terraform_data" "zones" {
  input = local.usable_zones

  lifecycle {
    ignore_changes = [input]
  }
}
