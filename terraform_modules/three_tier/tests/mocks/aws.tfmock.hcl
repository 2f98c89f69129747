# What a region answers, and the attributes that the provider checks before it believes them.

mock_data "aws_region" {
  defaults = { name = "eu-west-1" }
}

mock_data "aws_partition" {
  defaults = { partition = "aws" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_data "aws_availability_zones" {
  defaults = { names = ["eu-west-1a", "eu-west-1b", "eu-west-1c"] }
}

mock_data "aws_ec2_instance_type_offerings" {
  defaults = {
    instance_types = [
      "t3.micro", "t3.micro", "t3.micro",
      "t4g.micro", "t4g.micro", "t4g.micro",
      "t3.small", "t3.small", "t3.small",
      "t3.medium", "t3.medium", "t3.medium",
    ]
    locations = [
      "eu-west-1a", "eu-west-1b", "eu-west-1c",
      "eu-west-1a", "eu-west-1b", "eu-west-1c",
      "eu-west-1a", "eu-west-1b", "eu-west-1c",
      "eu-west-1a", "eu-west-1b", "eu-west-1c",
    ]
  }
}

mock_data "aws_ami" {
  defaults = { id = "ami-0123456789abcdef0" }
}

mock_resource "aws_lb" {
  defaults = {
    arn      = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/lb/0123456789abcdef"
    dns_name = "lb.eu-west-1.elb.amazonaws.com"
  }
}

mock_resource "aws_lb_target_group" {
  defaults = { arn = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/app/0123456789abcdef" }
}

mock_resource "aws_iam_instance_profile" {
  defaults = { arn = "arn:aws:iam::123456789012:instance-profile/app" }
}

mock_resource "aws_ecr_repository" {
  defaults = { arn = "arn:aws:ecr:eu-west-1:123456789012:repository/app" }
}

mock_resource "aws_ssm_parameter" {
  defaults = { arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/database" }
}

mock_resource "aws_launch_template" {
  defaults = {
    id             = "lt-0123456789abcdef0"
    latest_version = 7
  }
}

mock_resource "aws_db_instance" {
  defaults = {
    address            = "db.eu-west-1.rds.amazonaws.com"
    endpoint           = "db.eu-west-1.rds.amazonaws.com:3306"
    master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-0" }]
  }
}

mock_resource "aws_s3_bucket" {
  defaults = { arn = "arn:aws:s3:::logs" }
}

mock_resource "aws_iam_role" {
  defaults = { arn = "arn:aws:iam::123456789012:role/app" }
}

mock_resource "aws_cloudwatch_log_group" {
  defaults = { arn = "arn:aws:logs:eu-west-1:123456789012:log-group:database" }
}
