mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { name = "ap-northeast-2" }
  }
}

variables {
  repository             = "octo-org/shop"
  github_environment     = "shop-dev"
  ecr_repository_url     = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/app-shop-dev-4ed6c4"
  autoscaling_group_name = "app-shop-dev-4ed6c4"
  image_parameter        = "/environments/shop-dev-4ed6c4/image"
  roll_out_document      = "roll-out-shop-dev-4ed6c4"
}

run "only_this_repository_and_environment_is_believed" {
  command = plan

  assert {
    condition = jsondecode(aws_iam_role.deploy.assume_role_policy).Statement[0].Condition.StringEquals == {
      "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
      "token.actions.githubusercontent.com:sub" = ["repo:octo-org/shop:environment:shop-dev"]
    }
    error_message = "Audience and subject must be exact."
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0
    error_message = "An account has one provider; it is not made unasked."
  }
}

run "both_forms_of_the_subject_are_believed_where_the_numbers_are_known" {
  command = plan

  variables {
    repository_ids = { owner = 12, repository = 345 }
  }

  assert {
    condition     = local.subjects == ["repo:octo-org/shop:environment:shop-dev", "repo:octo-org@12/shop@345:environment:shop-dev"]
    error_message = "The form with numbers must be there too."
  }
}

run "it_may_change_one_image_one_parameter_and_send_one_command" {
  command = plan

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement :
      statement.Resource != "*" || alltrue([for action in flatten([statement.Action]) : can(regex(":(Get|List|Describe)", action))])
    ])
    error_message = "Only reading may reach everything."
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.deploy.policy, "repository/app-shop-dev-4ed6c4\"")
    error_message = "It must push to one repository."
  }
}

run "something_else_than_a_repository_is_refused" {
  command = plan

  variables {
    repository = "octo-org/*"
  }

  expect_failures = [var.repository]
}
