# The role that the deploy workflow takes on: GitHub's token instead of a key, one repository, one environment.
# Apply it once per environment, with rights to make roles: terraform apply -var-file=shop-dev.tfvars

terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0, < 7.0"
    }
  }
}

variable "repository" {
  description = "Repository on GitHub that deploys, such as octo-org/shop."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+/[A-Za-z0-9._-]+$", var.repository))
    error_message = "repository must look like octo-org/shop."
  }
}

variable "repository_ids" {
  description = "Numbers of its owner and of itself: repositories made after 15 July 2026 name them in their tokens. Without them only the older form is believed."
  type        = object({ owner = number, repository = number })
  default     = null
}

variable "github_environment" {
  description = "GitHub environment that the workflow deploys to; it is part of what AWS checks."
  type        = string
  nullable    = false
}

variable "make_provider" {
  description = "Whether to make GitHub's identity provider, of which an account has one."
  type        = bool
  default     = false
  nullable    = false
}

variable "ecr_repository_url" {
  description = "Output ecr_repository_url of the environment."
  type        = string
  nullable    = false
}

variable "autoscaling_group_name" {
  description = "Output autoscaling_group_name of the environment."
  type        = string
  nullable    = false
}

variable "image_parameter" {
  description = "Output image_parameter of the environment."
  type        = string
  nullable    = false
}

variable "roll_out_document" {
  description = "Output roll_out_document of the environment."
  type        = string
  nullable    = false
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  host    = "token.actions.githubusercontent.com"
  account = data.aws_caller_identity.current.account_id
  arn     = "arn:${data.aws_partition.current.partition}"
  place   = "${data.aws_region.current.name}:${local.account}"

  owner    = split("/", var.repository)[0]
  name     = split("/", var.repository)[1]
  with_ids = var.repository_ids == null ? [] : ["${local.owner}@${var.repository_ids.owner}/${local.name}@${var.repository_ids.repository}"]

  # Exact, never with a wildcard: a pull request of a stranger has a token too.
  subjects = [for repository in concat([var.repository], local.with_ids) : "repo:${repository}:environment:${var.github_environment}"]
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.make_provider ? 1 : 0

  url            = "https://${local.host}"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "deploy" {
  name                 = "deploy-${var.autoscaling_group_name}"
  description          = "GitHub ${var.repository} deploys to ${var.autoscaling_group_name}"
  max_session_duration = 3600

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = "${local.arn}:iam::${local.account}:oidc-provider/${local.host}" }
      Condition = {
        StringEquals = {
          "${local.host}:aud" = "sts.amazonaws.com"
          "${local.host}:sub" = local.subjects
        }
      }
    }]
  })

  depends_on = [aws_iam_openid_connect_provider.github]
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.deploy.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect = "Allow"
        Action = [
          "autoscaling:DescribeInstanceRefreshes",
          "ecr:GetAuthorizationToken",
          "elasticloadbalancing:DescribeTargetHealth",
          "ssm:ListCommandInvocations",
          "ssm:ListCommands",
        ]
        Resource = "*" # these actions know no narrower resource
      },
      {
        Effect = "Allow"
        Action = [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:GetDownloadUrlForLayer",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ]
        Resource = "${local.arn}:ecr:${local.place}:repository/${split("/", var.ecr_repository_url)[1]}"
      },
      {
        Effect   = "Allow"
        Action   = ["ssm:GetParameter", "ssm:PutParameter"]
        Resource = "${local.arn}:ssm:${local.place}:parameter${var.image_parameter}"
      },
      {
        Effect   = "Allow"
        Action   = "ssm:SendCommand"
        Resource = "${local.arn}:ssm:${local.place}:document/${var.roll_out_document}"
      },
      {
        Effect   = "Allow"
        Action   = "ssm:SendCommand"
        Resource = "${local.arn}:ec2:${local.place}:instance/*"
        Condition = {
          StringEquals = { "ssm:resourceTag/aws:autoscaling:groupName" = var.autoscaling_group_name }
        }
      },
      {
        Effect   = "Allow"
        Action   = "autoscaling:StartInstanceRefresh"
        Resource = "${local.arn}:autoscaling:${local.place}:autoScalingGroup:*:autoScalingGroupName/${var.autoscaling_group_name}"
      },
    ]
  })
}

output "role_arn" {
  description = "Variable DEPLOY_ROLE_ARN of the workflow."
  value       = aws_iam_role.deploy.arn
}
