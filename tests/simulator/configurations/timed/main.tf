# A NAT gateway: it takes time in AWS, and the provider polls its status often. With `-var=database=true` a
# database instead, which takes longest.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "database" {
  type        = bool
  description = "Whether to build the database, and nothing else."
  default     = false
}

provider "aws" {
  max_retries = 2
}

resource "aws_vpc" "this" {
  count      = var.database ? 0 : 1
  cidr_block = "10.40.0.0/16"
}

resource "aws_subnet" "public" {
  count      = var.database ? 0 : 1
  vpc_id     = aws_vpc.this[0].id
  cidr_block = "10.40.1.0/24"
}

resource "aws_eip" "nat" {
  count  = var.database ? 0 : 1
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  count         = var.database ? 0 : 1
  allocation_id = aws_eip.nat[0].id
  subnet_id     = aws_subnet.public[0].id
}

resource "aws_db_instance" "this" {
  count                       = var.database ? 1 : 0
  identifier                  = "timed"
  engine                      = "mysql"
  engine_version              = "8.4"
  instance_class              = "db.t4g.micro"
  allocated_storage           = 20
  username                    = "app"
  manage_master_user_password = true
  skip_final_snapshot         = true
}
