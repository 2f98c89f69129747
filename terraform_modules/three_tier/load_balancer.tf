locals {
  secure = var.certificate_arn != ""
}

resource "aws_lb" "this" {
  name               = "lb-${local.name}"
  load_balancer_type = "application"
  internal           = false
  security_groups    = [aws_security_group.lb.id]
  subnets            = [for subnet in aws_subnet.public : subnet.id]

  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection

  # Shorter than the 75 s for which nginx keeps a connection: the one that may close first must be the load
  # balancer, or it sends into a closed connection and answers 502.
  idle_timeout = 60

  # Always there: a block that is left out does not turn the logs off.
  access_logs {
    enabled = var.access_logs
    bucket  = var.access_logs ? aws_s3_bucket.logs[0].id : ""
  }

  tags = { Name = "lb-${local.name}" }

  # A public load balancer without this route is refused while it is being made; so is one that may not write its log.
  depends_on = [aws_route.public_out, aws_s3_bucket_policy.logs]

  lifecycle {
    precondition {
      condition     = var.purpose != "production" || var.access_logs
      error_message = "production needs access_logs: without them nobody can tell which requests failed."
    }
  }
}

resource "aws_lb_target_group" "app" {
  name                 = "app-${local.name}"
  vpc_id               = aws_vpc.this.id
  protocol             = "HTTP"
  port                 = 80
  target_type          = "instance"
  deregistration_delay = var.drain_seconds

  # The process only: were it the database as well, a short failure there would replace every instance.
  health_check {
    path                = "/healthz"
    matcher             = "200"
    interval            = var.health_check_seconds
    timeout             = min(5, var.health_check_seconds - 1)
    healthy_threshold   = 2
    unhealthy_threshold = var.unhealthy_checks
  }

  tags = { Name = "app-${local.name}" }
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTP"
  port              = 80

  dynamic "default_action" {
    for_each = local.secure ? [] : [1]
    content {
      type             = "forward"
      target_group_arn = aws_lb_target_group.app.arn
    }
  }

  dynamic "default_action" {
    for_each = local.secure ? [1] : []
    content {
      type = "redirect"
      redirect {
        protocol    = "HTTPS"
        port        = "443"
        status_code = "HTTP_301"
      }
    }
  }
}

resource "aws_lb_listener" "https" {
  count = local.secure ? 1 : 0

  load_balancer_arn = aws_lb.this.arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.app.arn
  }
}
