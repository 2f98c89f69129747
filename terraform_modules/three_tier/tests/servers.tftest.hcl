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

run "the_longest_name_fits" {
  command = plan

  variables {
    environment_name = "internal--name-of-32-characters1"
  }

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
    condition     = strcontains(base64decode(aws_launch_template.app.user_data), "python3.11 -m venv")
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
}

run "without_a_nat_gateway_graviton_servers_need_no_packages" {
  command = plan

  variables {
    nat           = "none"
    instance_type = "t4g.micro"
  }

  assert {
    condition     = !strcontains(base64decode(aws_launch_template.app.user_data), "/bin/pip")
    error_message = "pip cannot reach its packages without a way out."
  }

  assert {
    condition     = local.architecture == "arm64"
    error_message = "t4g is a Graviton family."
  }

  expect_failures = [check.can_fetch_packages]
}

run "a_certificate_turns_http_into_a_redirect" {
  command = plan

  variables {
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0b0c7a3e"
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

run "a_protected_environment_leaves_a_snapshot" {
  command = plan

  variables {
    deletion_protection = true
    final_snapshot      = true
  }

  assert {
    condition     = aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && aws_lb.this.enable_deletion_protection
    error_message = "Protection covers database and load balancer, and the last snapshot is kept."
  }

  # One server, one zone, no certificate: allowed, but said.
  expect_failures = [check.encrypted_on_the_way, check.survives_a_zone]
}
