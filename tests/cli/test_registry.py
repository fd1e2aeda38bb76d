"""The registry and the commands are the same thing told twice; here they are held equal."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import click
import pytest
from tests.cli.calling import Say

from persona.cli import commands as rooms
from persona.cli.command import Verb
from persona.cli.common import PLACE, TALK
from persona.cli.registry import ROOT, Branch, commands

NAMES = list(commands())


def verb_of(name: str) -> Verb:
    leaf = commands()[name]
    found = getattr(import_module(leaf.module), leaf.attribute)
    assert isinstance(found, Verb)
    return found


def test_every_command_that_is_written_is_registered_and_the_other_way_round() -> None:
    registered = {(leaf.module, leaf.attribute) for leaf in commands().values()}
    written = set()
    for info in pkgutil.iter_modules(rooms.__path__):
        module = import_module(f"{rooms.__name__}.{info.name}")
        for attribute, value in vars(module).items():
            if isinstance(value, Verb) and value.callback and value.callback.__module__ == module.__name__:
                written.add((module.__name__, attribute))
    assert written == registered


@pytest.mark.parametrize("name", NAMES)
def test_a_command_says_what_the_registry_says(name: str) -> None:
    verb = verb_of(name)
    first, _, rest = (verb.help or "").partition("\n")
    assert verb.name == name.split()[-1]
    assert first == commands()[name].help
    assert rest.strip(), "the help says no more than its first line"


@pytest.mark.parametrize("name", NAMES)
def test_a_command_has_examples_of_itself(name: str) -> None:
    assert verb_of(name).examples
    for example in verb_of(name).examples:
        assert f"persona {name}" in example


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_help_and_no_common_option_is_declared_again(name: str) -> None:
    verb = verb_of(name)
    common = {written for one in (*TALK, *PLACE) for written in one.names}
    for parameter in verb.params:
        if isinstance(parameter, click.Option) and parameter not in verb.common:
            assert parameter.help, parameter.name
            assert not common & set(parameter.opts)


@pytest.mark.parametrize("name", NAMES)
def test_the_help_of_a_command_shows_options_common_options_and_examples(name: str, say: Say) -> None:
    said = say(*name.split(), "--help")
    assert (said.status, said.err) == (0, "")
    assert said.out.startswith(f"Usage: persona {name} ")
    assert said.out.index("\nOptions:") < said.out.index("\nCommon options:") < said.out.index("\nExamples:")
    assert "--json" in said.out
    for example in verb_of(name).examples:
        assert f"  {example}\n" in said.out


@pytest.mark.parametrize("name", ["", *(name for name, item in ROOT.items() if isinstance(item, Branch))])
def test_a_group_alone_shows_what_it_holds(name: str, say: Say) -> None:
    alone, asked = say(*name.split()), say(*name.split(), "--help")
    assert (alone.status, alone.err) == (0, "")
    assert alone.out == asked.out
    item = ROOT[name] if name else None
    for verb in item.leaves if isinstance(item, Branch) else ROOT:
        assert f"\n  {verb} " in alone.out
    assert max(len(line) for line in alone.out.splitlines()) <= 80
