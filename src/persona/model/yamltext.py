"""YAML in and out: the one home of PyYAML.

Files are written by people, so reading is strict and says line and column: no aliases (a few
lines of them can expand without bound), no tags, no duplicate keys, limits on size and depth. Dates stay text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from persona.errors import InvalidInput

if TYPE_CHECKING:
    from yaml.nodes import Node

MAX_CHARACTERS = 1_000_000
MAX_DEPTH = 40


def load_yaml(text: str, place: str) -> Any:
    """The plain value of a YAML text. Raises ``InvalidInput`` with ``place:line:column``."""
    import yaml

    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"the file is longer than {MAX_CHARACTERS:,} characters", code="yaml-too-large", place=place)
    loader = yaml.CSafeLoader(text) if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        return _plain(loader, node, place, 0, set())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"{place}:{mark.line + 1}:{mark.column + 1}" if mark else place
        raise InvalidInput(f"not valid YAML: {error.problem or error}", code="yaml-syntax", place=where) from None
    except yaml.YAMLError as error:
        raise InvalidInput(f"not valid YAML: {error}", code="yaml-syntax", place=place) from None
    except RecursionError:
        raise InvalidInput("the file is nested too deep", code="yaml-too-deep", place=place) from None
    finally:
        loader.dispose()


def _plain(loader: Any, node: Node, place: str, depth: int, seen: set[int]) -> Any:
    import yaml

    where = f"{place}:{node.start_mark.line + 1}:{node.start_mark.column + 1}"
    if depth > MAX_DEPTH:
        raise InvalidInput(f"nested more than {MAX_DEPTH} deep", code="yaml-too-deep", place=where)
    if id(node) in seen:
        raise InvalidInput("aliases (`*name`) are not accepted", code="yaml-alias", place=where)
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        if node.tag == "tag:yaml.org,2002:timestamp":
            return node.value
        if not node.tag.startswith("tag:yaml.org,2002:"):
            raise InvalidInput(f"the tag `{node.tag}` is not accepted", code="yaml-tag", place=where)
        try:
            return loader.construct_object(node)
        except (ValueError, OverflowError) as error:
            raise InvalidInput(f"not a valid value: {error}", code="yaml-syntax", place=where) from None
    if isinstance(node, yaml.SequenceNode):
        return [_plain(loader, item, place, depth + 1, seen) for item in node.value]
    assert isinstance(node, yaml.MappingNode)
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = str(_plain(loader, key_node, place, depth + 1, seen))
        if key in found:
            at = f"{place}:{key_node.start_mark.line + 1}:{key_node.start_mark.column + 1}"
            raise InvalidInput(f"the key `{key}` stands twice", code="yaml-duplicate-key", place=at)
        found[key] = _plain(loader, value_node, place, depth + 1, seen)
    return found


def dump_yaml(value: Any) -> str:
    """A plain value as YAML with keys in the order given."""
    import yaml

    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    text: str = yaml.dump(value, Dumper=dumper, sort_keys=False, allow_unicode=True, width=110)
    return text
