resource "aws_db_subnet_group" "this" {
  name        = "db-${local.name}"
  description = "Data layer of ${var.environment_name}"
  subnet_ids  = [for subnet in aws_subnet.data : subnet.id]
}

resource "aws_db_parameter_group" "this" {
  name        = "db-${local.name}"
  description = "MySQL 8.4 of ${var.environment_name}: TLS only"
  family      = "mysql8.4"

  parameter {
    name  = "require_secure_transport"
    value = "1"
  }

  # Into tables, as RDS has it, nothing of them reaches CloudWatch.
  parameter {
    name  = "log_output"
    value = "FILE"
  }

  # A client that disconnects after the greeting, as the application without a driver does, counts as an error, and its
  # host is blocked after 100 of them.
  parameter {
    name  = "max_connect_errors"
    value = "1000000"
  }

  parameter {
    name  = "slow_query_log"
    value = "1"
  }

  parameter {
    name  = "long_query_time"
    value = "2" # s
  }
}

resource "aws_db_instance" "this" {
  identifier     = "db-${local.name}"
  engine         = "mysql"
  engine_version = "8.4" # 8.0 left standard support in 2026 and then costs more than the instance
  instance_class = var.db_instance_class
  db_name        = "app"
  port           = 3306

  storage_type          = "gp3"
  allocated_storage     = var.db_storage_gib
  max_allocated_storage = var.db_storage_gib * 2
  storage_encrypted     = true

  # RDS makes the password, keeps it in Secrets Manager and rotates it: it is never in the state.
  username                    = "dbadmin"
  manage_master_user_password = true

  db_subnet_group_name   = aws_db_subnet_group.this.name
  parameter_group_name   = aws_db_parameter_group.this.name
  vpc_security_group_ids = [aws_security_group.db.id]
  publicly_accessible    = false
  multi_az               = var.db_multi_az

  # A run ends when the change has happened, not in the next maintenance window.
  apply_immediately          = true
  auto_minor_version_upgrade = true
  engine_lifecycle_support   = "open-source-rds-extended-support-disabled"

  # Free, and lets people sign in without the password.
  iam_database_authentication_enabled = true

  monitoring_interval                   = var.db_monitoring ? 60 : 0
  monitoring_role_arn                   = var.db_monitoring ? aws_iam_role.monitoring[0].arn : null
  performance_insights_enabled          = var.db_monitoring
  performance_insights_retention_period = var.db_monitoring ? 7 : null # longer costs
  enabled_cloudwatch_logs_exports       = var.db_monitoring ? keys(aws_cloudwatch_log_group.database) : []

  backup_retention_period   = var.backup_retention_days
  copy_tags_to_snapshot     = true
  deletion_protection       = var.deletion_protection
  delete_automated_backups  = !var.final_snapshot
  skip_final_snapshot       = !var.final_snapshot
  final_snapshot_identifier = "db-${local.name}-final"

  tags = { Name = "db-${local.name}" }

  # A role that may not report yet is refused.
  depends_on = [aws_iam_role_policy_attachment.monitoring]

  lifecycle {
    # RDS takes it at birth only; a later answer of the API, or none, must not become a change.
    ignore_changes = [engine_lifecycle_support]

    precondition {
      condition     = var.purpose != "production" || var.db_multi_az
      error_message = "production needs db_multi_az: without a standby the data is away with its zone."
    }

    precondition {
      condition     = var.purpose != "production" || var.backup_retention_days >= 7
      error_message = "production needs backup_retention_days of 7 or more: a mistake of Friday is noticed on Monday."
    }

    precondition {
      condition     = var.purpose != "production" || var.final_snapshot
      error_message = "production needs final_snapshot: a destroy would leave nothing of the data."
    }
  }
}

locals {
  # Below a word of our own: the names of parameters may not begin with "aws" or "ssm".
  database_parameter  = "/environments/${local.name}/database"
  database_secret_arn = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}

# Instances learn here where the database is. They boot while it is still being built (the slowest part by far):
# if its address stood in the user data, everything else would have to wait for it.
resource "aws_ssm_parameter" "database" {
  name        = local.database_parameter
  description = "Where the database of ${var.environment_name} is, and where its secret lies"
  type        = "String"
  value = join("\n", [
    "DB_HOST=${aws_db_instance.this.address}",
    "DB_PORT=${aws_db_instance.this.port}",
    "DB_NAME=${aws_db_instance.this.db_name}",
    "DB_SECRET_ARN=${local.database_secret_arn}",
  ])
}
