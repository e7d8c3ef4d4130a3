"""Parts shared by several judges: kinds of answers, and the conditions under which they are tried."""
