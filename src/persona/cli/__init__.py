"""The command line: thin commands over the façade.

``registry`` names every command, ``app`` finds and runs them, ``command`` gives each the common options,
``session`` holds what those options say, ``answer`` is what a command gives back. Commands compute nothing:
they call one verb of the façade and say how its answer reads.
"""
