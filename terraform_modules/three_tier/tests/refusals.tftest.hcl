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
    vpc_cidr           = "10.20.0.0"
    zones              = 4
    endpoints          = ["telepathy"]
    certificate_arn    = "my certificate"
    instance_type      = "t3.micro\n"
    db_instance_class  = "t4g.micro"
    environment_name   = "$${path.root}"
    environment_id     = "17"
    team               = "shop\n"
    owner              = ""
    created_by_run     = "../7"
    purpose            = "fun"
    log_retention_days = 8
    expires_on         = "tomorrow"
    domain_name        = "https://shop.example.com"
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
    var.purpose,
    var.log_retention_days,
    var.expires_on,
    var.domain_name,
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
    health_check_seconds  = 7.5
    unhealthy_checks      = 2.5
    disk_gib              = 10.5
    boot_seconds          = 60.5
    warmup_seconds        = 0.5
    expires_on            = "2027-02-31"
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
    var.health_check_seconds,
    var.unhealthy_checks,
    var.disk_gib,
    var.boot_seconds,
    var.warmup_seconds,
    var.expires_on,
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
    health_check_seconds  = 4
    unhealthy_checks      = 1
    disk_gib              = 7
    boot_seconds          = 29
    warmup_seconds        = -1
  }

  expect_failures = [
    var.vpc_cidr,
    var.zones,
    var.drain_seconds,
    var.instance_max,
    var.db_storage_gib,
    var.backup_retention_days,
    var.environment_name,
    var.health_check_seconds,
    var.unhealthy_checks,
    var.disk_gib,
    var.boot_seconds,
    var.warmup_seconds,
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
    health_check_seconds  = 121
    unhealthy_checks      = 11
    disk_gib              = 201
    boot_seconds          = 1801
    warmup_seconds        = 601
  }

  expect_failures = [
    var.vpc_cidr,
    var.drain_seconds,
    var.instance_count,
    var.db_storage_gib,
    var.backup_retention_days,
    var.environment_name,
    var.health_check_seconds,
    var.unhealthy_checks,
    var.disk_gib,
    var.boot_seconds,
    var.warmup_seconds,
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
    db_monitoring         = true
  }

  expect_failures = [
    var.vpc_cidr,
    var.endpoints,
    var.instance_max,
    var.deletion_protection,
    var.db_monitoring,
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
