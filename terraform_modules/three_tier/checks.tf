# Not mistakes, but worth a word on every plan.

check "encrypted_on_the_way" {
  assert {
    condition     = var.purpose != "production" || local.secure
    error_message = "Production answers over plain HTTP. Give it a certificate_arn."
  }
}

check "certificate_fits" {
  assert {
    condition     = !local.secure || var.domain_name != ""
    error_message = "No certificate is for the load balancer's own name, so browsers warn of it and a deployment cannot be verified. Give the environment the certificate's domain_name."
  }
}

check "protected" {
  assert {
    condition     = var.purpose != "production" || var.deletion_protection
    error_message = "Production is not protected against deletion. That is right just before a destroy, and at no other time."
  }
}

check "images_can_be_pulled" {
  assert {
    condition     = var.nat != "none" || length(setintersection(var.endpoints, ["ecr.api", "ecr.dkr"])) == 2
    error_message = "Without a NAT gateway images are pulled through the endpoints ecr.api and ecr.dkr, and one of them is missing."
  }
}

check "password_can_be_read" {
  assert {
    condition     = var.nat != "none" || contains(var.endpoints, "secretsmanager")
    error_message = "Without a NAT gateway the database's password is read through the endpoint secretsmanager, and it is missing."
  }
}

check "not_expired" {
  assert {
    condition     = var.expires_on == "" || try(timecmp("${var.expires_on}T23:59:59Z", plantimestamp()) >= 0, true)
    error_message = "The environment was wanted until ${var.expires_on} only. Destroy it, or move expires_on."
  }
}

check "can_fetch_packages" {
  assert {
    condition     = !local.offline
    error_message = "Without a NAT gateway no Python package can be fetched: the instances run the standard-library twin of the application."
  }
}
