# The attributes that the provider checks before it believes them.

mock_data "aws_region" {
  defaults = { name = "eu-west-1" }
}

mock_data "aws_caller_identity" {
  defaults = { account_id = "123456789012" }
}

mock_resource "aws_s3_bucket" {
  defaults = {
    arn                         = "arn:aws:s3:::site"
    bucket_domain_name          = "site.s3.amazonaws.com"
    bucket_regional_domain_name = "site.s3.eu-west-1.amazonaws.com"
  }
}

mock_resource "aws_s3_bucket_website_configuration" {
  defaults = { website_endpoint = "site.s3-website-eu-west-1.amazonaws.com" }
}

mock_resource "aws_cloudfront_distribution" {
  defaults = {
    arn         = "arn:aws:cloudfront::123456789012:distribution/E1"
    domain_name = "d1.cloudfront.net"
  }
}
