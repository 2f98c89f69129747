# CloudFront before a bucket that only it can read.

resource "aws_cloudfront_origin_access_control" "site" {
  count = local.cdn ? 1 : 0

  name                              = "site-${local.name}"
  description                       = "Reads the files of ${var.environment_name}"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "site" {
  count = local.cdn ? 1 : 0

  enabled             = true
  comment             = "site-${local.name}"
  default_root_object = var.index_page
  price_class         = var.price_class
  http_version        = "http2and3"
  is_ipv6_enabled     = true
  aliases             = var.domain_name == "" ? [] : [var.domain_name]

  origin {
    origin_id                = "bucket"
    domain_name              = aws_s3_bucket.site.bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.site[0].id
  }

  default_cache_behavior {
    target_origin_id           = "bucket"
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    response_headers_policy_id = local.security_headers

    min_ttl     = 0
    default_ttl = min(3600, var.cache_seconds)
    max_ttl     = var.cache_seconds

    forwarded_values {
      query_string = false

      cookies {
        forward = "none"
      }
    }
  }

  dynamic "custom_error_response" {
    for_each = var.single_page ? { 404 = 200 } : { 404 = 404 }
    content {
      error_code            = custom_error_response.key
      response_code         = custom_error_response.value
      response_page_path    = "/${var.single_page ? var.index_page : var.error_page}"
      error_caching_min_ttl = 10 # s
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.certificate_arn == ""
    acm_certificate_arn            = var.certificate_arn == "" ? null : var.certificate_arn
    ssl_support_method             = var.certificate_arn == "" ? null : "sni-only"
    # Without a certificate of its own AWS knows no other.
    minimum_protocol_version = var.certificate_arn == "" ? "TLSv1" : "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  logging_config {
    bucket          = aws_s3_bucket.logs.bucket_domain_name
    prefix          = "distribution/"
    include_cookies = false
  }

  tags = { Name = "site-${local.name}" }

  # CloudFront writes logs by way of the bucket's ACL, which must be allowed by then.
  depends_on = [aws_s3_bucket_ownership_controls.logs]
}

locals {
  # AWS's own SecurityHeadersPolicy: HSTS, no sniffing, no framing, same referrer.
  security_headers = "67f7725c-6f97-4210-82d7-5512b31e9d03"
}
