resource "aws_s3_bucket" "site" {
  bucket_prefix = "site-${local.name}-"
  force_destroy = !var.deletion_protection

  tags = { Name = "site-${local.name}" }
}

# Closed to the public, unless the bucket itself is the website.
resource "aws_s3_bucket_public_access_block" "site" {
  bucket                  = aws_s3_bucket.site.id
  block_public_acls       = true
  ignore_public_acls      = true
  block_public_policy     = local.cdn
  restrict_public_buckets = local.cdn
}

# With a key of KMS each request would cost, and everybody who reads the site would need it.
resource "aws_s3_bucket_server_side_encryption_configuration" "site" {
  bucket = aws_s3_bucket.site.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "site" {
  bucket = aws_s3_bucket.site.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "site" {
  bucket = aws_s3_bucket.site.id

  rule {
    id     = "old-versions"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.keep_versions_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }

  depends_on = [aws_s3_bucket_versioning.site]
}

resource "aws_s3_bucket_logging" "site" {
  bucket        = aws_s3_bucket.site.id
  target_bucket = aws_s3_bucket.logs.id
  target_prefix = "bucket/"

  depends_on = [aws_s3_bucket_policy.logs]
}

resource "aws_s3_bucket_website_configuration" "site" {
  count = local.cdn ? 0 : 1

  bucket = aws_s3_bucket.site.id

  index_document {
    suffix = var.index_page
  }

  error_document {
    key = var.single_page ? var.index_page : var.error_page
  }
}

resource "aws_s3_bucket_policy" "site" {
  bucket = aws_s3_bucket.site.id

  policy = local.cdn ? local.readable_by_cdn : local.readable_by_all

  # Both write the bucket's access, and a public policy is refused while the block is still closed.
  depends_on = [aws_s3_bucket_public_access_block.site]
}

locals {
  readable_by_all = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Website"
      Effect    = "Allow"
      Principal = "*"
      Action    = "s3:GetObject"
      Resource  = "${aws_s3_bucket.site.arn}/*"
    }]
  })

  readable_by_cdn = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.site.arn, "${aws_s3_bucket.site.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      # To list as well: otherwise a missing file is "forbidden", not "not found".
      {
        Sid       = "DistributionReads"
        Effect    = "Allow"
        Principal = { Service = "cloudfront.amazonaws.com" }
        Action    = ["s3:GetObject", "s3:ListBucket"]
        Resource  = [aws_s3_bucket.site.arn, "${aws_s3_bucket.site.arn}/*"]
        Condition = { StringEquals = { "AWS:SourceArn" = one(aws_cloudfront_distribution.site[*].arn) } }
      },
    ]
  })

  pages = {
    (var.index_page) = "${path.module}/pages/index.html"
    (var.error_page) = "${path.module}/pages/error.html"
  }
}

# So that the address answers from the first minute. Publishing the site overwrites them, and Terraform then ignores
# them.
resource "aws_s3_object" "page" {
  for_each = local.pages

  bucket       = aws_s3_bucket.site.id
  key          = each.key
  source       = each.value
  content_type = "text/html; charset=utf-8"

  lifecycle {
    ignore_changes = [source, etag, content_type, metadata]
  }

  depends_on = [aws_s3_bucket_versioning.site]
}
