"""The subcommands of `rhannu`, one module each, so that a process loads what its own command needs and no more."""
