# A queue for the standalone runner or for an application of your own.

provider "aws" {
  region = "eu-west-1"
}

module "emails" {
  source = "../.."

  name            = "emails"
  sender_identity = "example.com"
}

output "environment" {
  description = "For the runner."
  value = {
    MAILROUTER_QUEUE_URL             = module.emails.queue_url
    MAILROUTER_SES_CONFIGURATION_SET = module.emails.configuration_set
  }
}
