# Which image the instances run, and how a new one gets onto them.

locals {
  image_parameter = "/environments/${local.name}/image"
}

# Instances read it at first boot and at each roll-out. Deployments set its value, never Terraform: a later
# apply must not bring an old image back.
resource "aws_ssm_parameter" "image" {
  name        = local.image_parameter
  description = "Image of ${var.environment_name} by digest; none means the application that comes with the environment"
  type        = "String"
  value       = "none"

  lifecycle {
    ignore_changes = [value]
  }
}

# A deployment may run exactly this, and no other command.
resource "aws_ssm_document" "roll_out" {
  name            = "roll-out-${local.name}"
  document_type   = "Command"
  document_format = "JSON"

  content = jsonencode({
    schemaVersion = "2.2"
    description   = "Runs the image that ${local.image_parameter} names"
    mainSteps = [{
      name   = "rollOut"
      action = "aws:runShellScript"
      inputs = {
        timeoutSeconds = "180"
        # The agent of a server in its first boot answers before there is anything to call. That boot reads the image by
        # itself: it must not undo everybody's deployment.
        runCommand = [
          "[ -x /opt/app/roll-out ] || { echo 'In its first boot, which reads the image by itself.'; exit 0; }",
          "/opt/app/roll-out",
        ]
      }
    }]
  })
}

resource "aws_iam_role_policy" "image" {
  name = "read-image-parameter"
  role = aws_iam_role.app.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "ssm:GetParameter"
      Resource = aws_ssm_parameter.image.arn
    }]
  })
}

output "image_parameter" {
  description = "Name of the parameter that says which image runs; a deployment writes it."
  value       = aws_ssm_parameter.image.name
}

output "roll_out_document" {
  description = "Name of the command document that makes the instances run it."
  value       = aws_ssm_document.roll_out.name
}
