# What production is refused, each in a sentence of its own, and what is only remarked on.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_name      = "shop-live"
  environment_id        = "0b0c7a3e-4b5d-4a5c-9a50-2f0c2a6b7c11"
  team                  = "shop"
  owner                 = "alice"
  created_by_run        = "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01"
  certificate_arn       = "arn:aws:acm:eu-west-1:123456789012:certificate/0b0c7a3e"
  domain_name           = "shop.example.com"
  purpose               = "production"
  nat                   = "per_zone"
  flow_logs             = true
  access_logs           = true
  instance_min          = 2
  instance_count        = 2
  db_multi_az           = true
  backup_retention_days = 7
  deletion_protection   = true
  final_snapshot        = true
}

run "production_with_all_that_it_needs_is_protected_and_leaves_a_snapshot" {
  command = plan

  assert {
    condition     = aws_db_instance.this.deletion_protection && aws_db_instance.this.multi_az && !aws_db_instance.this.skip_final_snapshot
    error_message = "The database must refuse to go, have a standby, and leave a last snapshot."
  }

  assert {
    condition     = aws_lb.this.enable_deletion_protection && !aws_autoscaling_group.app.force_delete && !aws_ecr_repository.app.force_delete && !aws_s3_bucket.logs[0].force_destroy
    error_message = "Nothing of it may be thrown away with what is in it."
  }
}

run "production_needs_a_way_out_that_no_zone_decides" {
  command = plan

  variables {
    nat = "single"
  }

  expect_failures = [aws_vpc.this]
}

run "production_needs_flow_logs" {
  command = plan

  variables {
    flow_logs = false
  }

  expect_failures = [aws_vpc.this]
}

run "production_needs_access_logs_two_servers_and_a_standby" {
  command = plan

  variables {
    access_logs  = false
    instance_min = 1
    db_multi_az  = false
  }

  expect_failures = [aws_lb.this, aws_autoscaling_group.app, aws_db_instance.this]
}

run "production_needs_a_week_of_backups" {
  command = plan

  variables {
    backup_retention_days = 6
  }

  expect_failures = [aws_db_instance.this]
}

run "production_needs_a_final_snapshot" {
  command = plan

  variables {
    final_snapshot = false
  }

  expect_failures = [aws_db_instance.this]
}

run "production_is_warned_of_unwise_settings" {
  command = plan

  variables {
    certificate_arn     = ""
    deletion_protection = false
    nat                 = "none"
    endpoints           = ["ssm", "ssmmessages"]
    expires_on          = "2020-02-29"
  }

  expect_failures = [
    check.encrypted_on_the_way,
    check.protected,
    check.can_fetch_packages,
    check.images_can_be_pulled,
    check.password_can_be_read,
    check.not_expired,
  ]
}
