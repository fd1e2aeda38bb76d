"""persona: from interviews to personas whose every sentence can be traced.

``from persona import Workspace`` is the Python API; it is loaded when it is first asked for, so that the
command line can say its version without reading the whole house.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from persona.workspace import Workspace

__version__ = "0.1.0"
__all__ = ["Workspace", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Workspace":
        from persona.workspace import Workspace

        return Workspace
    raise AttributeError(f"module `persona` has no attribute `{name}`")
