terraform {
  required_version = ">= 1.10"
}

variable "gate" {
  type        = string
  description = "Path of the file that ends it."
  nullable    = false
}

resource "terraform_data" "speaker" {
  input = var.gate

  provisioner "local-exec" {
    command = "i=0; while [ ! -e ${var.gate} ]; do i=$((i+1)); echo \"line $i ☃\"; sleep 0.02; done"
  }
}

output "gate" {
  description = "What it waited for."
  value       = terraform_data.speaker.output
}
