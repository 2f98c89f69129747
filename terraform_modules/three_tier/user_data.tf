# User data of a new instance: the script of its first boot, and the files that it installs.

locals {
  # Without a NAT gateway Python packages cannot be fetched. The twin needs the standard library only.
  offline = var.nat == "none"

  # The application is the same as in examples/fastapi_app; a test compares them.
  application = local.offline ? {
    "/opt/app/main.py"                               = file("${path.module}/offline/main.py")
    "/etc/systemd/system/app.service.d/offline.conf" = file("${path.module}/offline/app.conf")
    } : {
    "/opt/app/main.py"          = file("${path.module}/app/main.py")
    "/opt/app/access_log.py"    = file("${path.module}/app/access_log.py")
    "/opt/app/database.py"      = file("${path.module}/app/database.py")
    "/opt/app/page.py"          = file("${path.module}/app/page.py")
    "/opt/app/settings.py"      = file("${path.module}/app/settings.py")
    "/opt/app/requirements.txt" = file("${path.module}/app/requirements.txt")
  }

  instance_files = merge(local.application, {
    "/opt/app/alive"                                = file("${path.module}/instance/alive")
    "/opt/app/database-settings"                    = file("${path.module}/instance/database-settings")
    "/opt/app/docker/config.json"                   = file("${path.module}/instance/docker.json")
    "/opt/app/roll-out"                             = file("${path.module}/instance/roll-out")
    "/etc/nginx/conf.d/app.conf"                    = file("${path.module}/instance/nginx.conf")
    "/etc/systemd/system/app.service"               = file("${path.module}/instance/app.service")
    "/etc/systemd/system/app-image.service"         = file("${path.module}/instance/app-image.service")
    "/etc/systemd/system/database-settings.service" = file("${path.module}/instance/database-settings.service")
    "/etc/systemd/system/database-settings.timer"   = file("${path.module}/instance/database-settings.timer")
  })

  user_data = templatefile("${path.module}/templates/user_data.sh.tftpl", {
    offline            = local.offline
    region             = data.aws_region.current.name
    environment        = var.environment_name
    database_parameter = local.database_parameter
    image_parameter    = aws_ssm_parameter.image.name
    repository         = aws_ecr_repository.app.name
    # Packed, because EC2 takes less than 16 KiB; the script itself stays readable.
    files = base64gzip(jsonencode(local.instance_files))
  })
}
