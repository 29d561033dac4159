variable "name" {
  description = "What the queue is called, and what the names of everything else begin with. FIFO queues get their suffix."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,60}$", var.name))
    error_message = "name must be 1 to 60 letters, digits, hyphens or underscores, without .fifo, e.g. emails."
  }
}

variable "fifo" {
  description = "Whether messages of a group keep their order. Its dead-letter queue is FIFO then, too."
  type        = bool
  default     = false
}

variable "visibility_timeout_seconds" {
  description = "How long a message is hidden from others. The consumer says so itself in every receive; Lambda does not, and needs six times the function's time-out."
  type        = number
  default     = 60

  validation {
    condition     = var.visibility_timeout_seconds >= 1 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be 1 to 43200, e.g. 60."
  }

  validation {
    condition     = var.lambda_timeout_seconds == null || var.visibility_timeout_seconds >= 6 * coalesce(var.lambda_timeout_seconds, 0)
    error_message = "visibility_timeout_seconds must be at least six times lambda_timeout_seconds, e.g. 360 for 60."
  }
}

variable "lambda_timeout_seconds" {
  description = "The time-out of the Lambda worker that drains the queue; null where no function does."
  type        = number
  default     = null

  validation {
    condition     = var.lambda_timeout_seconds == null || (coalesce(var.lambda_timeout_seconds, 0) > 32 && coalesce(var.lambda_timeout_seconds, 0) <= 900)
    error_message = "lambda_timeout_seconds must be 33 to 900: a message begins only while 2 s and the deadline of a send, 30 s, are left, e.g. 60."
  }
}

variable "max_receive_count" {
  description = "After how many receives SQS moves a message by itself, without a reason: at least twice the consumer's maxAttempts, so that the consumer does so first, with the reason."
  type        = number
  default     = 16

  validation {
    condition     = var.max_receive_count >= 2 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 2 to 1000: twice the consumer's maxAttempts, e.g. 16."
  }
}

variable "message_retention_seconds" {
  description = "How long the queue keeps a message. Not longer than sent keys are remembered, 14 days."
  type        = number
  default     = 604800

  validation {
    condition     = var.message_retention_seconds >= 60 && var.message_retention_seconds <= var.dead_letter_retention_seconds
    error_message = "message_retention_seconds must be 60 to dead_letter_retention_seconds, for a message that SQS moves keeps its age, e.g. 604800."
  }
}

variable "dead_letter_retention_seconds" {
  description = "How long the dead-letter queue keeps a message."
  type        = number
  default     = 1209600

  validation {
    condition     = var.dead_letter_retention_seconds >= 60 && var.dead_letter_retention_seconds <= 1209600
    error_message = "dead_letter_retention_seconds must be 60 to 1209600, e.g. 1209600."
  }
}

variable "receive_wait_time_seconds" {
  description = "How long a poll waits that does not say so itself. The consumer does."
  type        = number
  default     = 10

  validation {
    condition     = var.receive_wait_time_seconds >= 0 && var.receive_wait_time_seconds <= 20
    error_message = "receive_wait_time_seconds must be 0 to 20, e.g. 10."
  }
}

variable "max_message_bytes" {
  description = "The longest message that the queue takes."
  type        = number
  default     = 1048576

  validation {
    condition     = var.max_message_bytes >= 1024 && var.max_message_bytes <= 1048576
    error_message = "max_message_bytes must be 1024 to 1048576, e.g. 1048576."
  }
}

variable "sender_identity" {
  description = "The SES identity that emails may be sent from, such as example.com; * for any of the account."
  type        = string
  default     = "*"

  validation {
    condition     = length(var.sender_identity) > 0
    error_message = "sender_identity must be a domain, an address or *, e.g. example.com."
  }
}

variable "event_types" {
  description = "What SES tells about emails that were sent with the configuration set."
  type        = set(string)
  default     = ["BOUNCE", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "REJECT", "RENDERING_FAILURE"]

  validation {
    condition     = length(var.event_types) > 0 && alltrue([for type in var.event_types : contains(["BOUNCE", "CLICK", "COMPLAINT", "DELIVERY", "DELIVERY_DELAY", "OPEN", "REJECT", "RENDERING_FAILURE", "SEND", "SUBSCRIPTION"], type)])
    error_message = "event_types must be event types of SES, at least one, e.g. [\"BOUNCE\", \"COMPLAINT\"]."
  }
}

variable "alarm_actions" {
  description = "ARNs of what is told about alarms, such as a topic."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.alarm_actions : startswith(arn, "arn:")])
    error_message = "alarm_actions must be ARNs, e.g. [\"arn:aws:sns:eu-west-1:123456789012:on-call\"]."
  }
}

variable "alarm_message_age_seconds" {
  description = "An alarm when the oldest message is older than this. More than the consumer's longest backoff, 15 min, or messages that only wait for their next attempt would raise it."
  type        = number
  default     = 1800

  validation {
    condition     = var.alarm_message_age_seconds >= 60
    error_message = "alarm_message_age_seconds must be at least 60, e.g. 1800."
  }
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
}
