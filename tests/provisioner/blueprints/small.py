"""A small blueprint with every kind of input."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

Write = Callable[..., Path]


VARIABLES = """
variable "environment_name" {
  type = string
}

variable "vpc_cidr" {
  type        = string
  description = "Range of the network."
  default     = "10.20.0.0/16"
}

variable "zones" {
  type        = number
  description = "How many zones."
  default     = 2

  validation {
    condition     = var.zones >= 2 && var.zones <= 3
    error_message = "zones must be 2 or 3."
  }
}

variable "nat" {
  type    = string
  default = "single"
}

variable "note" {
  type    = string
  default = ""
}

variable "contact" {
  type = string
}

variable "deletion_protection" {
  type    = bool
  default = false
}

variable "ports" {
  type    = list(string)
  default = ["80"]
}

variable "features" {
  type    = set(string)
  default = []
}

variable "tags" {
  type    = map(string)
  default = { a = "b" }
}

variable "ratio" {
  type     = number
  default  = null
}

variable "word" {
  type      = string
  default   = "x"
  sensitive = true
}
"""


MAIN = """
resource "terraform_data" "one" {
  input = var.note
}

output "url" {
  description = "Where it answers."
  value       = "http://localhost"
}

output "secret" {
  value     = var.word
  sensitive = true
}
"""


BLUEPRINT = """
title = "A small environment"
summary = "One sentence."
icon = "layers"
target_seconds = 80
regions = ["ap-northeast-2"]

[[sections]]
title = "Network"
inputs = [
  "vpc_cidr",
  "zones",
]

[inputs.vpc_cidr]
label = "Address range"
kind = "cidr"
minimum = 16
maximum = 22
exclusive = true

[inputs.zones]
kind = "integer"
unit = "zones"

[[inputs.nat.choices]]
value = "single"
label = "One NAT gateway"

[[inputs.nat.choices]]
value = "none"

[inputs.contact]
pattern = "^[a-z]+@[a-z.]+$"
pattern_help = "Write an e-mail address."

[[inputs.features.choices]]
value = "waf"

[[inputs.features.choices]]
value = "logs"

[[sizes]]
slug = "dev"
title = "Development"
inputs = { nat = "none", zones = 2 }

[[sizes]]
slug = "production"
title = "Production"
approval = "person"
inputs = { zones = 3 }

[[outputs]]
name = "url"
kind = "url"
primary = true
"""
