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

# --- Network ---------------------------------------------------------------------------------------------------

variable "vpc_cidr" {
  type        = string
  description = "Private IPv4 range of the network in CIDR form, prefix 16 to 21, for example 10.20.0.0/16."
  default     = "10.20.0.0/16"
  nullable    = false

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr))
    error_message = "vpc_cidr must be an IPv4 range in CIDR form, for example 10.20.0.0/16."
  }

  # Past 21 the public subnets would be smaller than the /27 that a load balancer demands.
  validation {
    condition     = try(tonumber(split("/", var.vpc_cidr)[1]) >= 16 && tonumber(split("/", var.vpc_cidr)[1]) <= 21, false)
    error_message = "vpc_cidr must have a prefix length from 16 to 21."
  }

  validation {
    condition     = try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false)
    error_message = "vpc_cidr must begin at its network address: 10.20.0.0/16, not 10.20.1.0/16."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.vpc_cidr))
    error_message = "vpc_cidr must lie in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "zones" {
  type        = number
  description = "Availability zones to spread over: 2 or 3."
  default     = 2
  nullable    = false

  validation {
    condition     = contains([2, 3], var.zones)
    error_message = "zones must be 2 or 3."
  }
}

variable "nat" {
  type        = string
  description = "Way from the private layer to the internet: single (one NAT gateway), per_zone (one in each zone) or none."
  default     = "single"
  nullable    = false

  validation {
    condition     = contains(["single", "per_zone", "none"], var.nat)
    error_message = "nat must be single, per_zone or none."
  }
}

variable "endpoints" {
  type        = set(string)
  description = "AWS services reached inside the network by interface endpoints: secretsmanager, ssm, ssmmessages, sts, ecr.api, ecr.dkr, logs, monitoring. S3 always has its free gateway endpoint."
  default     = ["secretsmanager", "ssm", "ssmmessages", "sts"]
  nullable    = false

  validation {
    condition = alltrue([
      for service in var.endpoints :
      contains(["secretsmanager", "ssm", "ssmmessages", "sts", "ecr.api", "ecr.dkr", "logs", "monitoring"], service)
    ])
    error_message = "endpoints may hold secretsmanager, ssm, ssmmessages, sts, ecr.api, ecr.dkr, logs and monitoring."
  }

  validation {
    condition     = var.nat != "none" || length(setintersection(var.endpoints, ["ssm", "ssmmessages"])) == 2
    error_message = "endpoints must hold ssm and ssmmessages when nat is none: without them nobody can reach an instance."
  }
}

variable "endpoints_in_every_zone" {
  type        = bool
  description = "Whether each interface endpoint is in every zone (true) or only in the first (false)."
  default     = false
  nullable    = false
}

variable "flow_logs" {
  type        = bool
  description = "Whether every connection of the network is noted in the log bucket (VPC flow logs, all traffic, each ten minutes)."
  default     = false
  nullable    = false
}

# --- Web -------------------------------------------------------------------------------------------------------

variable "certificate_arn" {
  type        = string
  description = "ARN of an ACM certificate in the same region. With it the load balancer speaks HTTPS and redirects HTTP; empty means HTTP only."
  default     = ""
  nullable    = false

  validation {
    condition     = var.certificate_arn == "" || can(regex("^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-zA-Z-]+$", var.certificate_arn))
    error_message = "certificate_arn must be empty or look like arn:aws:acm:REGION:ACCOUNT:certificate/ID."
  }
}

variable "domain_name" {
  type        = string
  description = "Domain name that the certificate is for and that points at the load balancer, for example shop.example.com; empty means that the application is reached by the load balancer's own name."
  default     = ""
  nullable    = false

  validation {
    condition     = var.domain_name == "" || can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain_name))
    error_message = "domain_name must be empty or a name such as shop.example.com, in lower case."
  }
}

variable "drain_seconds" {
  type        = number
  description = "Time an instance may finish its requests after it left the load balancer, in seconds. 0 to 300."
  default     = 10
  nullable    = false

  validation {
    condition     = try(floor(var.drain_seconds) == var.drain_seconds && var.drain_seconds >= 0 && var.drain_seconds <= 300, false)
    error_message = "drain_seconds must be a whole number from 0 to 300."
  }
}

variable "health_check_seconds" {
  type        = number
  description = "Time between two health checks of an instance, in seconds. 5 to 120."
  default     = 10
  nullable    = false

  validation {
    condition     = try(floor(var.health_check_seconds) == var.health_check_seconds && var.health_check_seconds >= 5 && var.health_check_seconds <= 120, false)
    error_message = "health_check_seconds must be a whole number from 5 to 120."
  }
}

variable "unhealthy_checks" {
  type        = number
  description = "Failed health checks in a row after which an instance gets no more requests. 2 to 10."
  default     = 3
  nullable    = false

  validation {
    condition     = try(floor(var.unhealthy_checks) == var.unhealthy_checks && var.unhealthy_checks >= 2 && var.unhealthy_checks <= 10, false)
    error_message = "unhealthy_checks must be a whole number from 2 to 10."
  }
}

variable "access_logs" {
  type        = bool
  description = "Whether every request that the load balancer answers is noted in the log bucket."
  default     = false
  nullable    = false
}

# --- Application -----------------------------------------------------------------------------------------------

variable "instance_type" {
  type        = string
  description = "EC2 instance type of the application servers, for example t3.micro; Graviton types such as t4g.micro get an arm64 image."
  default     = "t3.micro"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\\.[a-z0-9-]+$", var.instance_type))
    error_message = "instance_type must look like t3.micro."
  }
}

variable "instance_count" {
  type        = number
  description = "Application servers wanted. 0 to 12, between instance_min and instance_max."
  default     = 1
  nullable    = false

  validation {
    condition     = try(floor(var.instance_count) == var.instance_count && var.instance_count >= 0 && var.instance_count <= 12, false)
    error_message = "instance_count must be a whole number from 0 to 12."
  }

  validation {
    condition     = var.instance_count >= var.instance_min && var.instance_count <= var.instance_max
    error_message = "instance_count must lie between instance_min and instance_max."
  }
}

variable "instance_min" {
  type        = number
  description = "Fewest application servers that the group may keep. 0 to 12."
  default     = 1
  nullable    = false

  validation {
    condition     = try(floor(var.instance_min) == var.instance_min && var.instance_min >= 0 && var.instance_min <= 12, false)
    error_message = "instance_min must be a whole number from 0 to 12."
  }
}

variable "instance_max" {
  type        = number
  description = "Most application servers that the group may have. 1 to 12, at least instance_min."
  default     = 2
  nullable    = false

  validation {
    condition     = try(floor(var.instance_max) == var.instance_max && var.instance_max >= 1 && var.instance_max <= 12, false)
    error_message = "instance_max must be a whole number from 1 to 12."
  }

  validation {
    condition     = var.instance_max >= var.instance_min
    error_message = "instance_max must be at least instance_min."
  }
}

variable "disk_gib" {
  type        = number
  description = "Disk of each application server, in GiB: gp3, encrypted. 8 to 200."
  default     = 10
  nullable    = false

  validation {
    condition     = try(floor(var.disk_gib) == var.disk_gib && var.disk_gib >= 8 && var.disk_gib <= 200, false)
    error_message = "disk_gib must be a whole number from 8 to 200."
  }
}

variable "boot_seconds" {
  type        = number
  description = "Time that a new instance may take to boot before a failed health check replaces it, in seconds. If it is too short, servers are replaced again and again. 30 to 1800."
  default     = 180
  nullable    = false

  validation {
    condition     = try(floor(var.boot_seconds) == var.boot_seconds && var.boot_seconds >= 30 && var.boot_seconds <= 1800, false)
    error_message = "boot_seconds must be a whole number from 30 to 1800."
  }
}

variable "warmup_seconds" {
  type        = number
  description = "Time after which a healthy new instance counts, in seconds; an instance refresh waits so long after each. 0 to 600."
  default     = 45
  nullable    = false

  validation {
    condition     = try(floor(var.warmup_seconds) == var.warmup_seconds && var.warmup_seconds >= 0 && var.warmup_seconds <= 600, false)
    error_message = "warmup_seconds must be a whole number from 0 to 600."
  }
}

# --- Database --------------------------------------------------------------------------------------------------

variable "db_instance_class" {
  type        = string
  description = "RDS instance class of the MySQL server, for example db.t4g.micro."
  default     = "db.t4g.micro"
  nullable    = false

  validation {
    condition     = can(regex("^db\\.[a-z0-9]+\\.[a-z0-9]+$", var.db_instance_class))
    error_message = "db_instance_class must look like db.t4g.micro."
  }
}

variable "db_storage_gib" {
  type        = number
  description = "Disk for the database, in GiB. 20 to 399; it grows by itself to at most twice as much, and never becomes smaller."
  default     = 20
  nullable    = false

  # From 400 on RDS demands other figures than the provider sends when a smaller disk grows to there (its issue 28382):
  # the form accepts at most 399. An environment with more must still be planned, and destroyed.
  validation {
    condition     = try(floor(var.db_storage_gib) == var.db_storage_gib && var.db_storage_gib >= 20 && var.db_storage_gib <= 1000, false)
    error_message = "db_storage_gib must be a whole number from 20 to 1000."
  }
}

variable "db_multi_az" {
  type        = bool
  description = "Whether the database keeps a standby in a second zone; about doubles its price."
  default     = false
  nullable    = false
}

variable "backup_retention_days" {
  type        = number
  description = "How long automatic backups of the database are kept, in days. 0 (none) to 35."
  default     = 1
  nullable    = false

  validation {
    condition     = try(floor(var.backup_retention_days) == var.backup_retention_days && var.backup_retention_days >= 0 && var.backup_retention_days <= 35, false)
    error_message = "backup_retention_days must be a whole number from 0 to 35."
  }
}

variable "db_monitoring" {
  type        = bool
  description = "Whether the database reports to CloudWatch: operating system every 60 s, Performance Insights for 7 days, error log and slow queries."
  default     = false
  nullable    = false

  validation {
    condition     = !var.db_monitoring || !can(regex("\\.(micro|small)$", var.db_instance_class))
    error_message = "db_monitoring needs a db_instance_class of medium or larger: Performance Insights knows no smaller one."
  }
}

# --- Safety ----------------------------------------------------------------------------------------------------

variable "purpose" {
  type        = string
  description = "What depends on the environment: development (nothing) or production, which is refused whatever would let it stop with one zone or be lost."
  default     = "development"
  nullable    = false

  validation {
    condition     = contains(["development", "production"], var.purpose)
    error_message = "purpose must be development or production."
  }
}

variable "deletion_protection" {
  type        = bool
  description = "Whether database and load balancer refuse to be deleted. Turn it off by a change before you destroy."
  default     = false
  nullable    = false

  validation {
    condition     = !var.deletion_protection || var.backup_retention_days >= 1
    error_message = "backup_retention_days must be at least 1 when deletion_protection is on."
  }
}

variable "final_snapshot" {
  type        = bool
  description = "Whether the database leaves a last snapshot when it is destroyed; it stays, and is paid for, until somebody deletes it."
  default     = false
  nullable    = false
}

variable "log_retention_days" {
  type        = number
  description = "How long logs are kept, in days: those in the log bucket, and the database's in CloudWatch. One of 7, 14, 30, 60, 90, 180, 365."
  default     = 30
  nullable    = false

  validation {
    condition     = contains([7, 14, 30, 60, 90, 180, 365], var.log_retention_days)
    error_message = "log_retention_days must be 7, 14, 30, 60, 90, 180 or 365."
  }
}

variable "expires_on" {
  type        = string
  description = "Day on which nobody needs the environment any more, for the tag ExpiresOn, for example 2027-01-31; empty means never. Nothing is destroyed by itself."
  default     = ""
  nullable    = false

  validation {
    condition     = var.expires_on == "" || can(regex("^2[0-9]{3}-[0-9]{2}-[0-9]{2}$", var.expires_on))
    error_message = "expires_on must be empty or a day such as 2027-01-31."
  }

  # Not "in the future": that would lock an expired environment, even against being destroyed.
  validation {
    condition     = var.expires_on == "" || can(timeadd("${var.expires_on}T00:00:00Z", "0s")) || !can(regex("^2[0-9]{3}-[0-9]{2}-[0-9]{2}$", var.expires_on))
    error_message = "expires_on must be a day of the calendar."
  }
}
