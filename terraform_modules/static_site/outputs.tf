output "url" {
  description = "Address of the site. A domain name must point at the distribution's."
  value = local.cdn ? "https://${coalesce(var.domain_name, one(aws_cloudfront_distribution.site[*].domain_name))}" : (
    "http://${one(aws_s3_bucket_website_configuration.site[*].website_endpoint)}"
  )
}

output "encryption" {
  description = "How the way from a browser to the site is protected."
  value       = local.cdn ? "TLS; plain HTTP is redirected" : "No TLS: everybody on the way can read and change what is sent."
}

output "distribution_domain_name" {
  description = "DNS name of the distribution, the target of a CNAME or alias record; none without one."
  value       = one(aws_cloudfront_distribution.site[*].domain_name)
}

output "distribution_id" {
  description = "ID of the distribution; none without one."
  value       = one(aws_cloudfront_distribution.site[*].id)
}

output "bucket" {
  description = "Name of the bucket with the site's files."
  value       = aws_s3_bucket.site.id
}

output "log_bucket" {
  description = "Name of the bucket with the access logs."
  value       = aws_s3_bucket.logs.id
}

output "publish_command" {
  description = "Puts the files of the folder you are in onto the site, and takes away what is no longer there."
  value       = "aws s3 sync . s3://${aws_s3_bucket.site.id} --delete --region ${data.aws_region.current.name}"
}

output "invalidate_command" {
  description = "Makes CloudFront forget what it holds; none without a distribution."
  value       = local.cdn ? "aws cloudfront create-invalidation --distribution-id ${one(aws_cloudfront_distribution.site[*].id)} --paths '/*'" : null
}
