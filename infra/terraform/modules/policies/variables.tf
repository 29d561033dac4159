variable "queue_arn" {
  description = "The queue of emails."
  type        = string
}

variable "dead_letter_queue_arn" {
  description = "Its dead-letter queue."
  type        = string
}

variable "identity_arn" {
  description = "The SES identity that emails are sent from; may end in a *."
  type        = string
}

variable "configuration_set_arn" {
  description = "The SES configuration set that emails are sent with."
  type        = string
}

variable "log_group_arn" {
  description = "The log group of the Lambda worker."
  type        = string
}

variable "topic_arn" {
  description = "The topic that SES publishes events to."
  type        = string
}

variable "events_queue_arn" {
  description = "The queue that collects the events."
  type        = string
}

variable "account_id" {
  description = "The account that owns all of them."
  type        = string
}
