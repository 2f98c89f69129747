terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}

provider "aws" {
  default_tags {
    tags = { EnvironmentId = var.environment_id }
  }
}

variable "environment_id" {
  type        = string
  description = "Supplied by the portal."
}

variable "make" {
  type        = string
  description = "Which part to make."
  default     = "vpc"
  nullable    = false
}

locals {
  # Ids that exist nowhere: these parts are refused before anybody looks for them.
  nowhere = { vpc = "vpc-0a1b2c3d4e5f60718", subnets = ["subnet-0a1b2c3d4e5f60718", "subnet-0a1b2c3d4e5f60719"] }
  short   = substr(var.environment_id, 0, 8)
  made    = toset([var.make])
}

resource "aws_eip" "this" {
  count  = contains(local.made, "eip") ? 1 : 0
  domain = "vpc"
}

resource "aws_vpc" "this" {
  count      = contains(local.made, "vpc") ? 1 : 0
  cidr_block = "10.99.0.0/16"
}

resource "aws_internet_gateway" "this" {
  count = contains(local.made, "internet_gateway") ? 1 : 0
}

resource "aws_subnet" "this" {
  count      = contains(local.made, "subnet") ? 1 : 0
  vpc_id     = local.nowhere.vpc
  cidr_block = "10.99.1.0/24"
}

resource "aws_nat_gateway" "this" {
  count             = contains(local.made, "nat_gateway") ? 1 : 0
  connectivity_type = "private"
  subnet_id         = local.nowhere.subnets[0]
}

resource "aws_vpc_endpoint" "this" {
  count               = contains(local.made, "endpoint") ? 1 : 0
  vpc_id              = local.nowhere.vpc
  service_name        = "com.amazonaws.ap-northeast-2.ssm"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
}

resource "aws_lb" "this" {
  count    = contains(local.made, "load_balancer") ? 1 : 0
  name     = "lb-${local.short}"
  internal = true
  subnets  = local.nowhere.subnets
}

resource "aws_instance" "this" {
  count         = contains(local.made, "server") ? 1 : 0
  ami           = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.micro"
}

# The provider looks for the first time after 60 s, and three times in all.
resource "aws_db_instance" "this" {
  count               = contains(local.made, "database") || contains(local.made, "database_with_snapshot") ? 1 : 0
  identifier          = "db-${local.short}"
  engine              = "mysql"
  instance_class      = "db.t4g.micro"
  allocated_storage   = 20
  username            = "dbadmin"
  password            = "not-a-secret-of-anybody"
  skip_final_snapshot = contains(local.made, "database")

  timeouts {
    create = contains(local.made, "database") ? "70s" : "5m"
  }
}

resource "aws_secretsmanager_secret" "this" {
  count = contains(local.made, "secret") ? 1 : 0
  name  = "secret-${local.short}"
}

resource "aws_iam_role" "this" {
  count              = contains(local.made, "role") ? 1 : 0
  name               = "role-${local.short}"
  assume_role_policy = jsonencode({ Version = "2012-10-17", Statement = [] })
}

resource "aws_ecr_repository" "this" {
  count = contains(local.made, "repository") ? 1 : 0
  name  = "repository-${local.short}"
}

# What starts later must be in a network.
locals {
  late_parts = ["group", "served_group", "gateway_with_network", "balancer_with_network", "peering"]
  late       = length(setintersection(local.made, local.late_parts)) > 0
  groups     = length(setintersection(local.made, ["group", "served_group"])) > 0
}

resource "aws_vpc" "late" {
  count      = local.late ? 1 : 0
  cidr_block = "10.98.0.0/16"
}

resource "aws_subnet" "late" {
  count             = local.late ? 2 : 0
  vpc_id            = aws_vpc.late[0].id
  cidr_block        = "10.98.${count.index}.0/24"
  availability_zone = ["ap-northeast-2a", "ap-northeast-2c"][count.index]
}

resource "aws_vpc" "like_the_late_one" {
  count      = contains(local.made, "peering") ? 1 : 0
  cidr_block = "10.98.0.0/20"
}

resource "aws_vpc_peering_connection" "late" {
  count       = contains(local.made, "peering") ? 1 : 0
  vpc_id      = aws_vpc.late[0].id
  peer_vpc_id = aws_vpc.like_the_late_one[0].id
}

resource "aws_lb" "late" {
  count    = contains(local.made, "balancer_with_network") ? 1 : 0
  name     = "lb-${local.short}"
  internal = true
  subnets  = aws_subnet.late[*].id

  timeouts {
    create = "20s"
  }
}

resource "aws_lb_target_group" "late" {
  count    = contains(local.made, "served_group") ? 1 : 0
  name     = "tg-${local.short}"
  port     = 80
  protocol = "HTTP"
  vpc_id   = aws_vpc.late[0].id
}

resource "aws_nat_gateway" "late" {
  count             = contains(local.made, "gateway_with_network") ? 1 : 0
  connectivity_type = "private"
  subnet_id         = aws_subnet.late[0].id

  timeouts {
    create = "20s"
  }
}

resource "aws_launch_template" "late" {
  count         = local.groups ? 1 : 0
  name          = "template-${local.short}"
  image_id      = "ami-0a1b2c3d4e5f60718"
  instance_type = "t3.micro"
}

resource "aws_autoscaling_group" "late" {
  count                     = local.groups ? 1 : 0
  name                      = "app-${local.short}"
  min_size                  = 1
  max_size                  = 1
  vpc_zone_identifier       = [aws_subnet.late[0].id]
  target_group_arns         = aws_lb_target_group.late[*].arn
  wait_for_elb_capacity     = length(aws_lb_target_group.late)
  wait_for_capacity_timeout = "20s"

  launch_template {
    id      = aws_launch_template.late[0].id
    version = "$Latest"
  }
}

data "aws_ami" "none" {
  count       = contains(local.made, "image_lookup") ? 1 : 0
  owners      = ["self"]
  most_recent = true

  filter {
    name   = "name"
    values = ["none-of-this-name-*"]
  }
}
