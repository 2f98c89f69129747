terraform {
  required_version = ">= 1.10"
}

variable "words" {
  type        = string
  description = "What it says before it fails; nothing: it does not fail."
  default     = ""
  nullable    = false
}

variable "rule" {
  type        = string
  description = "What its rule says before it is broken; nothing: it is kept."
  default     = ""
  nullable    = false
}

resource "terraform_data" "this" {
  input = var.words

  lifecycle {
    precondition {
      condition     = var.rule == ""
      error_message = var.rule == "" ? "It is kept." : var.rule
    }
  }

  provisioner "local-exec" {
    command     = "test -z \"$WORDS\" || { printf '%s\\n' \"$WORDS\" >&2; exit 1; }"
    environment = { WORDS = var.words }
  }
}
