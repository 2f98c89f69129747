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

run "the_longest_name_fits_and_a_certificate_turns_http_into_a_redirect" {
  command = plan

  variables {
    environment_name = "internal--name-of-32-characters1"
    certificate_arn  = "arn:aws:acm:eu-west-1:123456789012:certificate/0b0c7a3e"
  }

  # No certificate is for the load balancer's own name.
  expect_failures = [check.certificate_fits]

  assert {
    condition     = length(aws_lb.this.name) <= 32 && length(aws_lb_target_group.app.name) <= 32
    error_message = "Load balancer and target group take at most 32 characters."
  }

  assert {
    condition     = can(regex("^db(-[a-z0-9]+)+$", aws_db_instance.this.identifier))
    error_message = "RDS refuses two hyphens in a row and one at the end."
  }

  assert {
    condition     = !startswith(aws_lb.this.name, "internal-")
    error_message = "AWS reserves names of load balancers that begin with internal-."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].redirect[0].status_code == "HTTP_301"
    error_message = "HTTP must redirect."
  }

  assert {
    condition     = startswith(aws_lb_listener.https[0].ssl_policy, "ELBSecurityPolicy-TLS13")
    error_message = "HTTPS must use a TLS 1.3 policy."
  }

  assert {
    condition     = keys(aws_vpc_security_group_ingress_rule.lb_from_anywhere) == ["http", "https"]
    error_message = "Both ports must be open."
  }
}

run "servers_boot_hardened_and_tagged_behind_plain_http" {
  command = apply

  assert {
    condition     = aws_launch_template.app.metadata_options[0].http_tokens == "required"
    error_message = "The metadata service must demand a token."
  }

  assert {
    condition     = tobool(aws_launch_template.app.block_device_mappings[0].ebs[0].encrypted)
    error_message = "The disk must be encrypted."
  }

  assert {
    condition = alltrue([
      for specification in aws_launch_template.app.tag_specifications :
      specification.tags["EnvironmentId"] == var.environment_id && specification.tags["CreatedByRun"] == var.created_by_run
    ])
    error_message = "What the template launches must carry the environment's tags."
  }

  assert {
    condition     = aws_autoscaling_group.app.launch_template[0].version == "7"
    error_message = "The group must name a version by number."
  }

  assert {
    condition     = strcontains(base64decode(aws_launch_template.app.user_data), "install nginx python3.11 python3.11-pip")
    error_message = "With a NAT gateway the servers run the FastAPI application."
  }

  assert {
    condition     = output.session_manager_command == "aws ssm start-session --region eu-west-1 --target INSTANCE_ID"
    error_message = "The command must name the region."
  }

  assert {
    condition     = aws_lb_listener.http.default_action[0].type == "forward" && length(aws_lb_listener.https) == 0
    error_message = "Without a certificate the one listener forwards."
  }

  assert {
    condition     = output.app_url == "http://lb.eu-west-1.elb.amazonaws.com"
    error_message = "The address must say http."
  }

  assert {
    condition     = startswith(output.encryption, "No TLS")
    error_message = "It must be reported that nothing is encrypted."
  }

  assert {
    condition     = length(aws_s3_bucket.logs) + length(aws_flow_log.this) == 0 && !aws_lb.this.access_logs[0].enabled
    error_message = "Nothing of logs may exist."
  }
}

run "what_is_behind_advanced_arrives_where_it_belongs" {
  command = apply

  variables {
    access_logs          = true
    flow_logs            = true
    log_retention_days   = 90
    db_instance_class    = "db.t4g.medium"
    db_monitoring        = true
    instance_count       = 3
    instance_max         = 6
    warmup_seconds       = 60
    boot_seconds         = 300
    disk_gib             = 20
    drain_seconds        = 30
    unhealthy_checks     = 5
    health_check_seconds = 5
    expires_on           = "2199-12-31"
    certificate_arn      = "arn:aws:acm:eu-west-1:123456789012:certificate/0b0c7a3e"
    domain_name          = "shop.example.com"
  }

  assert {
    condition     = output.app_url == "https://shop.example.com"
    error_message = "The address must be the one that the certificate is for."
  }

  assert {
    condition     = aws_lb.this.access_logs[0].enabled && aws_lb.this.access_logs[0].bucket == aws_s3_bucket.logs[0].id
    error_message = "The load balancer must write to the environment's bucket."
  }

  assert {
    condition     = aws_flow_log.this[0].traffic_type == "ALL" && aws_flow_log.this[0].log_destination == aws_s3_bucket.logs[0].arn
    error_message = "Flow logs must hold all traffic and lie in the environment's bucket."
  }

  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.logs[0].policy).Statement : try(statement.Condition.ArnLike["aws:SourceArn"], "")
      if startswith(statement.Sid, "AWSLogDelivery")
    ] == ["arn:aws:logs:eu-west-1:123456789012:*", "arn:aws:logs:eu-west-1:123456789012:*"]
    error_message = "The delivery service must find its own statements, or it overwrites the policy."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.logs[0].block_public_policy && aws_s3_bucket_public_access_block.logs[0].restrict_public_buckets
    error_message = "Nobody outside may read logs."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.logs[0].rule[0].expiration[0].days == 90
    error_message = "Logs must end after log_retention_days."
  }

  assert {
    condition     = length(aws_s3_bucket.logs[0].bucket_prefix) <= 37
    error_message = "S3 takes prefixes of 37 characters."
  }

  assert {
    condition     = aws_db_instance.this.monitoring_interval == 60 && aws_db_instance.this.performance_insights_enabled
    error_message = "The database must report its operating system and its queries."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.database : group.retention_in_days == var.log_retention_days])
    error_message = "Its logs must end after log_retention_days."
  }

  assert {
    condition     = length(setsubtract(["require_secure_transport=1", "max_connect_errors=1000000"], [for parameter in aws_db_parameter_group.this.parameter : "${parameter.name}=${parameter.value}"])) == 0
    error_message = "The database must demand TLS, and never shut out a server whose application only reads its greeting."
  }

  assert {
    condition     = aws_autoscaling_group.app.instance_refresh[0].preferences[0].auto_rollback && aws_autoscaling_group.app.instance_refresh[0].preferences[0].checkpoint_percentages == tolist([34, 100])
    error_message = "A refresh must roll back by itself and look at the first third."
  }

  assert {
    condition     = aws_autoscaling_group.app.default_instance_warmup == 60 && aws_autoscaling_group.app.health_check_grace_period == 300
    error_message = "Warm-up and time to boot are as asked."
  }

  assert {
    condition     = aws_lb_target_group.app.health_check[0].timeout == 4 && aws_lb_target_group.app.health_check[0].unhealthy_threshold == 5 && aws_lb_target_group.app.deregistration_delay == "30"
    error_message = "Health checks and drain are as asked, and a check ends before the next one begins."
  }

  assert {
    condition     = aws_launch_template.app.block_device_mappings[0].ebs[0].volume_size == 20 && aws_launch_template.app.block_device_mappings[0].ebs[0].volume_type == "gp3"
    error_message = "The disk is gp3 and as large as asked."
  }

  assert {
    condition     = local.tags["ExpiresOn"] == "2199-12-31" && local.tags["CreatedByRun"] == var.created_by_run && local.tags["Environment"] == var.environment_name && local.tags["Owner"] == var.owner && local.tags["Team"] == var.team
    error_message = "Every resource must say whose it is, which run made it, and until when."
  }

  assert {
    condition     = alltrue([for specification in aws_launch_template.app.tag_specifications : !contains(keys(specification.tags), "ExpiresOn")])
    error_message = "In the launch template the day would replace the servers whenever it is moved."
  }

  assert {
    condition     = alltrue([for tag in aws_autoscaling_group.app.tag : !tag.propagate_at_launch if tag.key == "ExpiresOn"])
    error_message = "The group has the tag, its servers do not."
  }
}
