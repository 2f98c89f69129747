# Who this site is: names, tags and the facts about the account that everything else shares.

data "aws_region" "current" {}

data "aws_caller_identity" "current" {}

locals {
  # At most 27 characters, of the 37 that S3 takes as a prefix: bucket names are unique in the whole world.
  name = "${trim(substr(replace(var.environment_name, "/-+/", "-"), 0, 20), "-")}-${substr(md5(var.environment_id), 0, 6)}"
  cdn  = var.delivery == "cdn"

  # The run is the one that created the site, not the latest one: else every plan would change everything.
  tags = {
    Environment   = var.environment_name
    EnvironmentId = var.environment_id
    Team          = var.team
    Owner         = var.owner
    CreatedByRun  = var.created_by_run
    Blueprint     = "static_site"
    ManagedBy     = "provisioning-portal"
  }
}
