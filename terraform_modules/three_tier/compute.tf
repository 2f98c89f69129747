locals {
  # Graviton families have a g after their generation: t4g, m7gd, c7gn.
  architecture = can(regex("^[a-z]+[0-9]+g", var.instance_type)) ? "arm64" : "x86_64"
}

# An id, never an alias: automatic rollback of an instance refresh is refused for images named by a parameter.
data "aws_ami" "linux" {
  most_recent = true
  owners      = ["amazon"]

  filter {
    name   = "name"
    values = ["al2023-ami-2023.*-kernel-6.1-${local.architecture}"]
  }

  filter {
    name   = "architecture"
    values = [local.architecture]
  }
}

resource "aws_launch_template" "app" {
  name                   = "app-${local.name}"
  description            = "Application instances of ${var.environment_name}"
  update_default_version = true
  image_id               = data.aws_ami.linux.id
  instance_type          = var.instance_type
  vpc_security_group_ids = [aws_security_group.app.id]
  user_data              = base64encode(local.user_data)

  iam_instance_profile {
    arn = aws_iam_instance_profile.app.arn
  }

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      volume_type           = "gp3"
      volume_size           = var.disk_gib
      encrypted             = true
      delete_on_termination = true
    }
  }

  # default_tags end at the template: what it launches gets them here.
  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume", "network-interface"])
    content {
      resource_type = tag_specifications.key
      tags          = merge(local.lasting_tags, { Name = "app-${local.name}" })
    }
  }

  lifecycle {
    precondition {
      condition     = length(local.user_data) < 16384
      error_message = "User data has ${length(local.user_data)} bytes, EC2 takes fewer than 16384."
    }
  }
}

resource "aws_autoscaling_group" "app" {
  name                      = "app-${local.name}"
  min_size                  = var.instance_min
  max_size                  = var.instance_max
  desired_capacity          = var.instance_count
  vpc_zone_identifier       = [for subnet in aws_subnet.app : subnet.id]
  target_group_arns         = [aws_lb_target_group.app.arn]
  health_check_type         = "ELB"
  health_check_grace_period = var.boot_seconds
  default_instance_warmup   = var.warmup_seconds
  force_delete              = !var.deletion_protection

  # The portal watches readiness itself and shows it; the apply need not hold its breath.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.app.id
    version = aws_launch_template.app.latest_version # a number: automatic rollback refuses $Latest
  }

  instance_refresh {
    strategy = "Rolling"
    preferences {
      # With one instance any surge below 100 % of it rounds down to none.
      min_healthy_percentage = 100
      max_healthy_percentage = 200
      instance_warmup        = var.warmup_seconds
      auto_rollback          = true

      # A third of the servers goes first and is watched for a minute; fewer than three have no third.
      checkpoint_percentages = var.instance_count >= 3 ? [34, 100] : null
      checkpoint_delay       = var.instance_count >= 3 ? "60" : null
    }
  }

  dynamic "tag" {
    for_each = merge(local.tags, { Name = "app-${local.name}" })
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = contains(concat(keys(local.lasting_tags), ["Name"]), tag.key)
    }
  }

  lifecycle {
    precondition {
      condition     = var.purpose != "production" || var.instance_min >= 2
      error_message = "production needs an instance_min of 2 or more: with one server it stops with that server's zone."
    }
  }

  # An instance that boots before its way out exists fails to install anything, and the load balancer answers 502.
  depends_on = [
    aws_iam_role_policy_attachment.session_manager,
    aws_iam_role_policy.image,
    aws_iam_role_policy.images,
    aws_route.app_out,
    aws_route_table_association.app,
    aws_vpc_endpoint.interface,
    aws_vpc_endpoint.s3,
    aws_vpc_security_group_egress_rule.app_to_endpoints,
    aws_vpc_security_group_egress_rule.app_to_internet,
    aws_vpc_security_group_egress_rule.app_to_s3,
    aws_vpc_security_group_ingress_rule.endpoints_from_app,
  ]
}
