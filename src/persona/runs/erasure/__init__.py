"""Erasing a person's words: what holds them, what is left without them, and the record of both.

Values in, values out, but for ``planning``, which reads records and blobs. ``workspace.withdrawing`` does what a plan
says.
"""
