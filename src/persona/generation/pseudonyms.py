"""Names for personas: short, from many places, not bound to a gender, and always marked as invented."""

from __future__ import annotations

from collections.abc import Collection

from persona.generation.chance import child_seed

NAMES = (
    "Robin", "Sasha", "Noor", "Kim", "Ariel", "Jules", "Devi", "Mika", "Sam", "Yuki", "Andrea", "Tal", "Remi", "Nima", "Alex",
    "Kiran", "Lou", "Amal", "Jo", "Sol", "Taylor", "Ren", "Charlie", "Sana", "Dominique", "Ira", "Morgan", "Niko", "Jaya", "Toni",
    "Wren", "Adi", "Max", "Lior", "Casey", "Imani", "Pat", "Shea", "Ola", "Eli", "Quinn", "Sidney", "Teo", "Umi", "Vanja", "Zuri",
)  # fmt: skip


def pseudonyms(count: int, taken: Collection[str], seed: int | None) -> list[str]:
    """``count`` different names, none of them a participant's label; in list order, or shuffled by a seed."""
    low = {label.casefold() for label in taken}
    free = [name for name in NAMES if name.casefold() not in low]
    if seed is not None:
        free.sort(key=lambda name: child_seed(seed, f"pseudonym {name}"))
    rounds = 1
    names: list[str] = []
    while len(names) < count:
        names += free if rounds == 1 else [f"{name} {rounds}" for name in free]
        rounds += 1
    return names[:count]
