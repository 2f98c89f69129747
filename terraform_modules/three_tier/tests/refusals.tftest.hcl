# Wrong answers are refused, each by the variable that it was given to, in a sentence, before anything is built.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_name = "shop-dev"
  environment_id   = "0b0c7a3e-4b5d-4a5c-9a50-2f0c2a6b7c11"
  team             = "shop"
  owner            = "alice"
  created_by_run   = "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01"
}

run "what_is_no_answer_at_all" {
  command = plan

  variables {
    vpc_cidr          = "10.20.0.0"
    zones             = 4
    endpoints         = ["telepathy"]
    certificate_arn   = "my certificate"
    instance_type     = "t3.micro\n"
    db_instance_class = "t4g.micro"
    environment_name  = "$${path.root}"
    environment_id    = "17"
    team              = "shop\n"
    owner             = ""
    created_by_run    = "../7"
  }

  expect_failures = [
    var.vpc_cidr,
    var.zones,
    var.endpoints,
    var.certificate_arn,
    var.instance_type,
    var.db_instance_class,
    var.environment_name,
    var.environment_id,
    var.team,
    var.owner,
    var.created_by_run,
  ]
}

run "numbers_with_a_fraction" {
  command = plan

  variables {
    nat                   = "double"
    vpc_cidr              = "fd00::/16"
    zones                 = 2.5
    drain_seconds         = 0.5
    instance_min          = 0.5
    db_storage_gib        = 20.5
    backup_retention_days = 1.5
    environment_name      = "a"
  }

  expect_failures = [
    var.nat,
    var.vpc_cidr,
    var.zones,
    var.drain_seconds,
    var.instance_min,
    var.db_storage_gib,
    var.backup_retention_days,
    var.environment_name,
  ]
}

run "numbers_below_the_range" {
  command = plan

  variables {
    vpc_cidr              = "10.0.0.0/8"
    zones                 = 1
    drain_seconds         = -1
    instance_max          = 0
    db_storage_gib        = 19
    backup_retention_days = -1
    environment_name      = "-shop"
  }

  expect_failures = [
    var.vpc_cidr,
    var.zones,
    var.drain_seconds,
    var.instance_max,
    var.db_storage_gib,
    var.backup_retention_days,
    var.environment_name,
  ]
}

run "numbers_above_the_range" {
  command = plan

  variables {
    vpc_cidr              = "10.20.0.0/22"
    drain_seconds         = 301
    instance_count        = 13
    db_storage_gib        = 1001
    backup_retention_days = 36
    environment_name      = "a-name-of-thirty-three-characters"
  }

  expect_failures = [
    var.vpc_cidr,
    var.drain_seconds,
    var.instance_count,
    var.db_storage_gib,
    var.backup_retention_days,
    var.environment_name,
  ]
}

run "answers_that_contradict_each_other" {
  command = plan

  variables {
    vpc_cidr              = "10.20.1.0/16"
    nat                   = "none"
    endpoints             = ["secretsmanager"]
    instance_min          = 3
    instance_max          = 2
    deletion_protection   = true
    backup_retention_days = 0
  }

  expect_failures = [
    var.vpc_cidr,
    var.endpoints,
    var.instance_max,
    var.deletion_protection,
    check.can_fetch_packages,
  ]
}

run "a_range_of_the_internet_and_more_servers_than_the_most" {
  command = plan

  variables {
    instance_count = 3
    vpc_cidr       = "8.8.0.0/16"
  }

  expect_failures = [
    var.instance_count,
    var.vpc_cidr,
  ]
}
