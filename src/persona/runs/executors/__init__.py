"""Executors: who does planned runs. One contract suite (``tests/runs/test_executors.py``) runs against each.

``base`` says what an executor is, ``bench`` is the place of work that all of them use, ``alone`` does one run after the
other in this process, ``local`` many at once in processes of this machine.
"""
