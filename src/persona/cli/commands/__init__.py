"""One module a noun; ``cli.registry`` says where each command stands. Nothing is imported here."""
