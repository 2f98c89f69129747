terraform {
  required_version = ">= 1.10"
}

variable "rule" {
  type        = string
  description = "What its rule says before it is broken; nothing: it is kept."
  default     = ""
  nullable    = false
}

variable "seconds" {
  type        = number
  description = "How long it takes, in seconds."
  default     = 0
  nullable    = false
}

resource "terraform_data" "this" {
  input            = var.seconds
  triggers_replace = var.seconds

  lifecycle {
    precondition {
      condition     = var.rule == ""
      error_message = var.rule == "" ? "It is kept." : var.rule
    }
  }

  provisioner "local-exec" {
    command = "sleep ${var.seconds}"
  }
}
