"""A workspace, or a project of it, in one file that can be opened anywhere."""
