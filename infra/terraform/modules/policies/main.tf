# Who may do what, as text: no provider is needed, so that it can be tested anywhere.

locals {
  arns = {
    queue_arn             = var.queue_arn
    dead_letter_queue_arn = var.dead_letter_queue_arn
    identity_arn          = var.identity_arn
    configuration_set_arn = var.configuration_set_arn
    log_group_arn         = var.log_group_arn
    topic_arn             = var.topic_arn
    events_queue_arn      = var.events_queue_arn
    account_id            = var.account_id
  }
}
