terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Region, credentials and endpoint come from the environment, as in every blueprint.
provider "aws" {
  default_tags {
    tags = local.tags
  }
}
