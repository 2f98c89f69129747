mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment_name = "shop-docs"
  environment_id   = "0b0c7a3e-4b5d-4a5c-9a50-2f0c2a6b7c11"
  team             = "shop"
  owner            = "alice"
  created_by_run   = "7f6c1e1e-9d0f-4f43-8f0e-6d3d1b1f6a01"
}

run "a_distribution_reads_a_closed_bucket" {
  command = apply

  variables {
    log_retention_days = 90
    keep_versions_days = 14
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.site.block_public_policy && aws_s3_bucket_public_access_block.site.restrict_public_buckets
    error_message = "Behind a distribution the bucket must be closed."
  }

  assert {
    condition     = [for statement in jsondecode(aws_s3_bucket_policy.site.policy).Statement : statement.Principal if statement.Effect == "Allow"] == [{ Service = "cloudfront.amazonaws.com" }]
    error_message = "Nobody but CloudFront may read the bucket."
  }

  assert {
    condition     = aws_cloudfront_distribution.site[0].default_cache_behavior[0].viewer_protocol_policy == "redirect-to-https" && output.url == "https://d1.cloudfront.net"
    error_message = "Plain HTTP must be redirected."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.site[0].custom_error_response).response_code == 404
    error_message = "A missing file is answered as missing."
  }

  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.logs.rule[0].expiration[0].days == 90 && aws_s3_bucket_lifecycle_configuration.site.rule[0].noncurrent_version_expiration[0].noncurrent_days == 14
    error_message = "Logs and old versions must end after their time."
  }

  assert {
    condition     = aws_s3_bucket_public_access_block.logs.restrict_public_buckets && aws_s3_bucket_versioning.site.versioning_configuration[0].status == "Enabled"
    error_message = "Logs are closed, and files have versions."
  }
}

run "a_domain_name_brings_its_certificate_and_single_pages_answer_everything" {
  command = plan

  variables {
    environment_name    = "internal--name-of-32-characters1"
    domain_name         = "www.example.com"
    certificate_arn     = "arn:aws:acm:us-east-1:123456789012:certificate/0b0c7a3e"
    single_page         = true
    cache_seconds       = 60
    deletion_protection = true
  }

  assert {
    condition     = aws_cloudfront_distribution.site[0].viewer_certificate[0].minimum_protocol_version == "TLSv1.2_2021" && output.url == "https://www.example.com"
    error_message = "With a certificate of its own nothing older than TLS 1.2 is spoken."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.site[0].custom_error_response).response_code == 200 && one(aws_cloudfront_distribution.site[0].custom_error_response).response_page_path == "/index.html"
    error_message = "The index page must answer for every address."
  }

  assert {
    condition     = aws_cloudfront_distribution.site[0].default_cache_behavior[0].max_ttl == 60 && aws_cloudfront_distribution.site[0].default_cache_behavior[0].default_ttl == 60
    error_message = "Nothing may be cached for longer than asked."
  }

  assert {
    condition     = length(aws_s3_bucket.site.bucket_prefix) <= 37 && !aws_s3_bucket.site.force_destroy && !aws_s3_bucket.logs.force_destroy
    error_message = "Names fit, and what is protected is not thrown away."
  }
}

run "a_plain_website_is_open_and_says_so" {
  command = plan

  variables {
    delivery = "website"
  }

  assert {
    condition     = length(aws_cloudfront_distribution.site) == 0 && !aws_s3_bucket_public_access_block.site.block_public_policy
    error_message = "Without a distribution the bucket must be open."
  }

  assert {
    condition     = aws_s3_bucket_website_configuration.site[0].error_document[0].key == "404.html"
    error_message = "The error page must answer for what is missing."
  }

  expect_failures = [check.encrypted_on_the_way]
}

# A rule that reads another answer is evaluated only if that answer is valid, so there are five runs.

run "what_is_no_answer_at_all" {
  command = plan

  variables {
    environment_name   = "$${path.root}"
    environment_id     = "17"
    team               = "shop\n"
    owner              = ""
    created_by_run     = "../7"
    delivery           = "pigeon"
    index_page         = "../secret"
    price_class        = "PriceClass_0"
    cache_seconds      = -1
    keep_versions_days = 0
    log_retention_days = 0.5
  }

  expect_failures = [
    var.environment_name,
    var.environment_id,
    var.team,
    var.owner,
    var.created_by_run,
    var.delivery,
    var.index_page,
    var.price_class,
    var.cache_seconds,
    var.keep_versions_days,
    var.log_retention_days,
  ]
}

run "names_that_are_none" {
  command = plan

  variables {
    environment_name = "a"
    domain_name      = "Not A Name"
    error_page       = "a/b"
  }

  expect_failures = [var.environment_name, var.domain_name, var.error_page]
}

run "a_domain_name_without_a_certificate_and_one_page_for_both" {
  command = plan

  variables {
    domain_name = "www.example.com"
    error_page  = "index.html"
  }

  expect_failures = [var.certificate_arn, var.error_page]
}

run "a_domain_name_for_a_bucket" {
  command = plan

  variables {
    delivery        = "website"
    domain_name     = "www.example.com"
    certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0b0c7a3e"
  }

  expect_failures = [var.domain_name, check.encrypted_on_the_way]
}

run "a_certificate_of_another_region" {
  command = plan

  variables {
    domain_name     = "www.example.com"
    certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0b0c7a3e"
  }

  expect_failures = [var.certificate_arn]
}
