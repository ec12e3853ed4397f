"""The subcommands of the engine. Each module has `register(app)`."""
