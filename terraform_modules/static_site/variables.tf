# --- Who it belongs to: the portal fills these in, the form never asks for them -------------------------------

variable "environment_name" {
  type        = string
  description = "Name of the environment: 2 to 32 lower-case letters, digits and hyphens, for example shop-dev."
  nullable    = false

  validation {
    condition     = length(var.environment_name) >= 2 && length(var.environment_name) <= 32
    error_message = "environment_name must have 2 to 32 characters."
  }

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", var.environment_name))
    error_message = "environment_name must begin with a letter, end with a letter or digit, and hold only lower-case letters, digits and hyphens."
  }
}

variable "environment_id" {
  type        = string
  description = "Identity of the environment as a UUID; it never changes, and names are derived from it."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.environment_id))
    error_message = "environment_id must be a UUID in lower case."
  }
}

variable "team" {
  type        = string
  description = "Team that owns the environment, for the tag Team."
  nullable    = false

  validation {
    condition     = can(regex("^[\\p{L}\\p{N} _.:/=+@-]{1,128}$", var.team))
    error_message = "team must have 1 to 128 letters, digits, spaces or any of _ . : / = + - @, as AWS demands of a tag."
  }
}

variable "owner" {
  type        = string
  description = "Person who ordered the environment, for the tag Owner."
  nullable    = false

  validation {
    condition     = can(regex("^[\\p{L}\\p{N} _.:/=+@-]{1,128}$", var.owner))
    error_message = "owner must have 1 to 128 letters, digits, spaces or any of _ . : / = + - @, as AWS demands of a tag."
  }
}

variable "created_by_run" {
  type        = string
  description = "UUID of the run that created the environment; stays the same for its whole life."
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.created_by_run))
    error_message = "created_by_run must be a UUID in lower case."
  }
}

# --- Address ---------------------------------------------------------------------------------------------------

variable "delivery" {
  type        = string
  description = "How files reach browsers: cdn (CloudFront before a closed bucket, HTTPS) or website (the bucket itself, open to all, plain HTTP)."
  default     = "cdn"
  nullable    = false

  validation {
    condition     = contains(["cdn", "website"], var.delivery)
    error_message = "delivery must be cdn or website."
  }
}

variable "domain_name" {
  type        = string
  description = "Domain name of the site, for example www.example.com; empty means the one that CloudFront gives."
  default     = ""
  nullable    = false

  validation {
    condition     = var.domain_name == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain_name))
    error_message = "domain_name must be empty or a name such as www.example.com, in lower case."
  }

  validation {
    condition     = var.domain_name == "" || var.delivery == "cdn"
    error_message = "domain_name needs delivery cdn: a bucket answers by its own name only, and without TLS."
  }
}

variable "certificate_arn" {
  type        = string
  description = "ARN of the domain name's ACM certificate in us-east-1, where CloudFront looks for it; empty without a domain name."
  default     = ""
  nullable    = false

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:us-east-1:[0-9]{12}:certificate/[0-9a-zA-Z-]+$", var.certificate_arn))
    error_message = "certificate_arn must be empty or look like arn:aws:acm:us-east-1:ACCOUNT:certificate/ID: CloudFront takes certificates of us-east-1 only."
  }

  validation {
    condition     = (var.certificate_arn == "") == (var.domain_name == "")
    error_message = "certificate_arn and domain_name need each other."
  }
}

# --- Pages -----------------------------------------------------------------------------------------------------

variable "index_page" {
  type        = string
  description = "File that answers for a folder, for example index.html."
  default     = "index.html"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$", var.index_page))
    error_message = "index_page must be the name of a file without a folder, such as index.html."
  }
}

variable "error_page" {
  type        = string
  description = "File that answers where there is none, for example 404.html."
  default     = "404.html"
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$", var.error_page))
    error_message = "error_page must be the name of a file without a folder, such as 404.html."
  }

  validation {
    condition     = var.error_page != var.index_page
    error_message = "error_page must be another file than index_page; single_page answers everything with the index page."
  }
}

variable "single_page" {
  type        = bool
  description = "Whether the index page answers every address that is no file, as applications with a router of their own need it."
  default     = false
  nullable    = false
}

# --- Distribution ----------------------------------------------------------------------------------------------

variable "price_class" {
  type        = string
  description = "Where CloudFront serves from: PriceClass_100 (North America, Europe), PriceClass_200 (also most of Asia) or PriceClass_All."
  default     = "PriceClass_200"
  nullable    = false

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class must be PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "cache_seconds" {
  type        = number
  description = "Longest time that CloudFront serves a file without asking the bucket again, in seconds. 0 to 31536000."
  default     = 3600
  nullable    = false

  validation {
    condition     = try(floor(var.cache_seconds) == var.cache_seconds && var.cache_seconds >= 0 && var.cache_seconds <= 31536000, false)
    error_message = "cache_seconds must be a whole number from 0 to 31536000."
  }
}

# --- Safety ----------------------------------------------------------------------------------------------------

variable "keep_versions_days" {
  type        = number
  description = "How long an overwritten or deleted file can be brought back, in days. 1 to 365."
  default     = 30
  nullable    = false

  validation {
    condition     = try(floor(var.keep_versions_days) == var.keep_versions_days && var.keep_versions_days >= 1 && var.keep_versions_days <= 365, false)
    error_message = "keep_versions_days must be a whole number from 1 to 365."
  }
}

variable "log_retention_days" {
  type        = number
  description = "How long access logs are kept, in days. 1 to 3650."
  default     = 30
  nullable    = false

  validation {
    condition     = try(floor(var.log_retention_days) == var.log_retention_days && var.log_retention_days >= 1 && var.log_retention_days <= 3650, false)
    error_message = "log_retention_days must be a whole number from 1 to 3650."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether a destroy is refused: by the portal at once, by AWS where files or logs are in the buckets."
  default     = false
  nullable    = false
}
