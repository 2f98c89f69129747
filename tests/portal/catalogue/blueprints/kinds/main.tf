variable "words" {
  type        = list(string)
  description = "Some words."
  default     = ["one", "two"]
}

variable "labels" {
  type        = map(string)
  description = "Labels by name."
  default     = { tier = "web" }
}

variable "ratio" {
  type        = number
  description = "A ratio."
  default     = 0.5
}

variable "secret" {
  type        = string
  description = "A secret word."
  sensitive   = true
  default     = "not-to-be-shown"
}

variable "name" {
  type        = string
  description = "A name of its own, beside the environment's."
}

variable "until" {
  type        = string
  description = "A day."
  default     = null
}

resource "terraform_data" "all" {
  input = [var.words, var.labels, var.ratio, nonsensitive(var.secret), var.name, var.until]
}
