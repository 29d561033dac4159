# A FIFO queue: the emails of a group are sent in their order.

provider "aws" {
  region = "eu-west-1"
}

module "emails" {
  source = "../.."

  name          = "emails"
  fifo          = true
  alarm_actions = ["arn:aws:sns:eu-west-1:123456789012:on-call"]
}
