"""What several judges share: kinds of answers, and what answers are tried under."""
