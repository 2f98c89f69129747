terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Region, credentials and endpoint come from the environment (AWS_REGION, AWS_ENDPOINT_URL, ...), so the same
# module builds in a real account and in a simulated one.
provider "aws" {
  default_tags {
    tags = local.tags
  }
}
