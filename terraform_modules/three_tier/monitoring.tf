# What the database reports when db_monitoring is on. The groups are made here and not by RDS, which would keep what
# is in them for ever, and leave them behind.
#
# When monitoring ends, the database must stop first: while it writes, RDS creates a deleted group again, and then
# Terraform could not create it later. This is why there is a create_before_destroy here.

resource "aws_cloudwatch_log_group" "database" {
  for_each = toset(var.db_monitoring ? ["error", "slowquery"] : [])

  name              = "/aws/rds/instance/db-${local.name}/${each.key}"
  retention_in_days = var.log_retention_days

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role" "monitoring" {
  count = var.db_monitoring ? 1 : 0

  name        = "monitoring-${local.name}"
  description = "Lets RDS report the operating system of ${var.environment_name}'s database"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
    }]
  })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  count = var.db_monitoring ? 1 : 0

  role       = aws_iam_role.monitoring[0].name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"

  lifecycle {
    create_before_destroy = true
  }
}
