# Who this environment is: names, tags and the facts about the account that everything else shares.

data "aws_region" "current" {}

data "aws_partition" "current" {}

locals {
  short = substr(md5(var.environment_id), 0, 6)

  # At most 27 characters: a load balancer's name ends at 32, and RDS refuses two hyphens in a row.
  # Each name puts the role first, because AWS reserves names that begin with "sg-" and "internal-".
  name = "${trim(substr(replace(var.environment_name, "/-+/", "-"), 0, 20), "-")}-${local.short}"

  tags = {
    Environment   = var.environment_name
    EnvironmentId = var.environment_id
    Team          = var.team
    Owner         = var.owner
    CreatedByRun  = var.created_by_run
    Blueprint     = "three_tier"
    ManagedBy     = "provisioning-portal"
  }
}
