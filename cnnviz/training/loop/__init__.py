"""The training thread: scheduler, session, command queue, mailbox, frames."""
