"""What the training thread runs: scheduler, session, command queue, mailbox, frames."""
