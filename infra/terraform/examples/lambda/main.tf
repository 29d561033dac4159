# A queue for a function that has a time-out of 60 s; its role needs the policy.

provider "aws" {
  region = "eu-west-1"
}

module "emails" {
  source = "../.."

  name                       = "emails"
  lambda_timeout_seconds     = 60
  visibility_timeout_seconds = 360
}

output "policy" {
  description = "For the function's role."
  value       = module.emails.policy_arns["lambda"]
}
