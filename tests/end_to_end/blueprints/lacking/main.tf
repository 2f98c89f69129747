terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "99.0.0"
    }
  }
}

resource "terraform_data" "this" {}
