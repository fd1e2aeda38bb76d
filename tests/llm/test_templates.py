"""Templates: the same text as Jinja's own, and nothing that a template can do to time, memory or the record."""

from __future__ import annotations

import ast
import contextlib
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from persona.errors import InvalidInput, PersonaError
from persona.generation.llm import prompts
from persona.generation.llm.prompts import TRIALS, built_in, check_template, render
from persona.workspace import Workspace

DEFAULT = built_in()[2].decode()
VALUES = {
    "lines": [
        {"number": 1, "text": "One  two, three. ünd <b>", "question": "", "speaker": "speaker 1", "n": 3},
        {"number": 2, "text": "it's a LONG-ish {line}", "question": "Why?", "speaker": "speaker 2", "n": 1},
        {"number": 3, "text": "", "question": "How?", "speaker": "speaker 1", "n": 2},
    ],
    "most": 30,
    "part": 0,
    "share": 0.25,
    "nothing": None,
    "word": "zebra",
}


def block(body: str) -> str:
    """The built-in template with other words in `observe`."""
    return f"{{# version: 1.0.0 #}}\n{{% block observe %}}{body}{{% endblock %}}"


def whole(body: str) -> str:
    """The built-in template with something more in `observe`."""
    return DEFAULT.replace("{% block observe %}\n", "{% block observe %}\n" + body + "\n")


GOOD = [
    "{{ most }} {{ share }} {{ nothing }} {{ word }}",
    "{% for line in lines %}\n{{ loop.index }}/{{ loop.length }} {{ line.text }}\n{% else %}\nnone\n{% endfor %}\nend",
    "{% for line in lines if line.question %}{{ loop.index0 }}{{ line['number'] }}{{ ', ' if not loop.last }}{% endfor %}"
    .replace("not loop.last }}", "not loop.last else '.' }}"),
    "{% for line in [] %}x{% else %}empty{% endfor %}",
    "{% if part %}a{% elif most > 3 and not nothing %}b{% else %}c{% endif %}",
    "  {% if most %}\n  lead  \n  {% endif %}\n  {{- word -}}  \n  end",
    "{% set x = most * 2 - 1 %}{{ x }} {{ x // 4 }} {{ x % 4 }} {{ x / 4 }} {{ -x }} {{ 'a' + 'b' }} {{ [1] + [2] }}",
    "{% set a, b = 1, 2 %}{{ a ~ '-' ~ b ~ nothing ~ 0.5 }}",
    "{% for k, v in {'b': 1, 'a': 2}.items() %}{{ k }}={{ v }};{% endfor %}",
    "{% for i in range(3) %}{% for j in range(i) %}{{ i }}{{ j }} {% endfor %}{{ loop.revindex }}{% endfor %}",
    "{% set x = 1 %}{% for i in range(2) %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}",
    "{{ lines|map(attribute='text')|join(' | ') }}",
    "{{ lines|map(attribute='text')|map('upper')|list }}",
    "{{ lines|map(attribute='nobody', default='?')|join }}",
    "{{ lines|join(', ', attribute='number') }}",
    "{{ lines|selectattr('question')|map(attribute='number')|list }}",
    "{{ lines|rejectattr('speaker', 'equalto', 'speaker 1')|list|length }}",
    "{{ [3, 0, 2]|select|list }} {{ [1, 2, 3]|select('odd')|list }} {{ [1, 2, 3]|reject('gt', 2)|list }}",
    "{{ lines|sort(attribute='n')|map(attribute='n')|list }} {{ ['b', 'A', 'c']|sort }} {{ [2, 1]|sort(reverse=true) }}",
    "{{ ['b', 'B', 'a']|unique|list }} {{ lines|map(attribute='speaker')|unique|join(',') }}",
    "{{ [3, 1]|min }} {{ [3, 1]|max }} {{ ['b', 'A']|min }} {{ (-3)|abs }} {{ 'abc'|reverse }} {{ [1, 2]|reverse|list }}",
    "{{ word|upper|lower|title|capitalize }} {{ 'foo-bar (baz)'|title }} {{ '  x '|trim }} {{ 'a b c'|wordcount }}",
    "{{ 'one\ntwo\n\nthree'|indent(2) }} {{ 'one\ntwo'|indent('> ', true) }} {{ 'one two three four'|truncate(10) }}",
    "{{ 'one two three'|truncate(9, true, '~') }} {{ word|replace('z', 'Z') }} {{ 'aaa'|replace('a', 'bb', 2) }}",
    "{{ nobody|default('d') }} {{ ''|d('e', true) }} {{ word|default('d') }} {{ lines[0].nobody|default('f') }}",
    "{{ 2.5|round }} {{ 3.14159|round(2) }} {{ '12'|int + 1 }} {{ 'x'|int }} {{ '1.5'|float }} {{ 7|string + 'x' }}",
    "{{ word|first }} {{ word|last }} {{ [1, 2]|first }} {{ lines|last|length }} {{ word|length }} {{ word|list }}",
    "{{ word is defined }} {{ nobody is defined }} {{ nobody is undefined }} {{ nothing is none }} {{ 3 is divisibleby 3 }}",
    "{{ word is string }} {{ lines[0] is mapping }} {{ lines is iterable }} {{ 1 is number }} {{ true is boolean }}",
    "{{ 'e' in word }} {{ 1 not in [1, 2] }} {{ 1 < 2 <= 2 }} {{ 'a' == 'a' != 'b' }} {{ 1 is in [1] }}",
    "{{ word[1:3] }} {{ [1, 2, 3][::-1] }} {{ lines[-1].question }} {{ word[0] }} {{ (1, 2)[1] }}",
    "{{ word.upper() }} {{ ' x '.strip() }} {{ 'a,b'.split(',') }} {{ word.startswith('ze') }} {{ 'aa'.replace('a', 'b') }}",
    "{{ lines[0].get('nobody', 'g') }} {{ {'a': 1}.keys()|list }} {{ {'a': 1}.values()|list }}",
    "{% raw %}{{ not this }}{% endraw %}{# nor this #}",
    "{{ [1, 'two', none, 2.0, true] }} {{ {'a': [1]} }}",
    "{{ 'yes' if most > 10 else 'no' }} {{ most or 'x' }} {{ nothing and 'x' }}",
]  # fmt: skip


@pytest.mark.parametrize("body", GOOD)
def test_a_template_gives_the_text_that_jinja_gives(body: str) -> None:
    jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = jinja.from_string(block(body))
    wanted = "".join(template.blocks["observe"](template.new_context(VALUES))).strip()
    assert render(block(body), "observe", **VALUES) == wanted


@pytest.mark.parametrize(("name", "trials"), TRIALS.items())
def test_the_built_in_template_gives_the_text_that_jinja_gives(
    name: str, trials: tuple[dict[str, object], ...]
) -> None:
    jinja = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = jinja.from_string(DEFAULT)
    for values in trials:
        wanted = "".join(template.blocks[name](template.new_context(values))).strip()
        assert render(DEFAULT, name, **values) == wanted


DOUBLING = "{% set x = 'ä' %}" + "{% set x = x ~ x %}" * 60
GROWING = "{% set x = [most] %}" + "{% set x = x + x %}" * 60
NESTED = "{% set x = [1] %}" + "{% set x = [x, x] %}" * 60

HOSTILE = {
    "center": "{{ 'a'|center(1000000000) }}",
    "a method of texts": "{{ 'a'.center(1000000000) }}",
    "zfill": "{{ '1'.zfill(1000000000) }}",
    "ljust": "{{ '1'.ljust(1000000000) }}",
    "format, filter": "{{ '%1000000000d'|format(1) }}",
    "format, method": "{{ '{:1000000000}'.format(1) }}",
    "format of a mapping": "{{ '{a:1000000000}'.format_map({'a': 1}) }}",
    "format, operator": "{{ '%1000000000d' % 1 }}",
    "format, test": "{{ 1 if '%1000000000d' is odd else 2 }}",
    "format, another test": "{{ 1 if '%1000000000d' is divisibleby 3 else 2 }}",
    "indent": "{{ 'a\n'|indent(1000000000, true, true) }}",
    "indent in map": "{{ ['a\nb']|map('indent', 1000000000)|join }}",
    "times": "{{ 'a' * 1000000000 }}",
    "times a list": "{{ [1] * 1000000000 }}",
    "power": "{{ 9 ** 9 ** 9 }}",
    "times a number": "{% set x = 999999999 %}" + "{% set x = x * x %}" * 40 + "{{ x }}",
    "doubled text": DOUBLING + "{{ x|length }}",
    "doubled text, printed": DOUBLING + "{{ x }}",
    "doubled text by plus": DOUBLING.replace("~", "+") + "{{ x|length }}",
    "doubled list": GROWING + "{{ x|length }}",
    "shared lists, printed": NESTED + "{{ x }}",
    "shared lists, joined": NESTED + "{{ x|join }}",
    "shared lists, compared": NESTED + NESTED.replace("x", "y") + "{{ x == y }}",
    "shared lists, as json": NESTED + "{{ x|tojson }}",
    "shared lists, sorted": NESTED + NESTED.replace("x", "y") + "{{ [x, y, x, y]|sort }}",
    "replace": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x|replace('a', x) %}" * 10 + "{{ x|length }}",
    "replace of nothing": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x|replace('', x) %}" * 10 + "{{ x|length }}",
    "replace, method": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x.replace('a', x) %}" * 10 + "{{ x|length }}",
    "join": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x|join(x) %}" * 12 + "{{ x|length }}",
    "join, method": "{% set x = 'aaaaaaaaaa' %}" + "{% set x = x.join(x) %}" * 12,
    "batch": "{{ [1]|batch(1000000000, 'x')|list }}",
    "slice": "{{ [1]|slice(1000000000)|list }}",
    "wordwrap": "{{ ('a' ~ 'b')|wordwrap(1, wrapstring='x' * 100000) }}",
    "a wide range": "{{ range(1000000000)|list }}",
    "a wide range, counted": "{% for i in range(1000000000000) %}{% endfor %}",
    "loops": "{% for a in range(99999) %}{% for b in range(99999) %}{% for c in range(99999) %}{% endfor %}{% endfor %}"
             "{% endfor %}",
    "loops with a test": "{% for a in range(9999) if a in range(9999)|list %}{% endfor %}",
    "a loop that prints": "{% for i in range(90000) %}" + "x" * 40 + "{% endfor %}",
    "a loop of long texts": "{% set x = 'a' %}" + "{% set x = x ~ x %}" * 18 +
                            "{% for i in range(9000) %}{% if x ~ 'b' == x ~ 'c' %}{% endif %}{% endfor %}",
    "a loop of cuts": "{% set x = 'a' %}" + "{% set x = x ~ x %}" * 18 +
                      "{% for i in range(90000) %}{% set y = x[1:] %}{% endfor %}",
    "a loop of searches": "{% set x = 'a' %}" + "{% set x = x ~ x %}" * 18 +
                          "{% for i in range(90000) %}{% if 'aaaaaaaaaab' in x %}{% endif %}{% endfor %}",
    "a loop of strips": "{% set x = ' ' %}" + "{% set x = x ~ x %}" * 18 +
                        "{% for i in range(90000) %}{% if x.strip() %}{% endif %}{% endfor %}",
    "a loop of truncations": "{% set x = 'a b' %}" + "{% set x = x ~ x %}" * 18 +
                             "{% for i in range(90000) %}{% if x|truncate(9)|title == '' %}{% endif %}{% endfor %}",
    "characters": "{% set x = '\U0001f600' %}" + "{% set x = x ~ x %}" * 19 + "{% set y = x|list %}{% set z = x|list %}",
    "words": "{% set x = 'ab ' %}" + "{% set x = x ~ x %}" * 19 + "{% set y = x.split() %}{% set z = x.split() %}",
    "words of a title": "{% set x = 'ab ' %}" + "{% set x = x ~ x %}" * 20 + "{{ ({'a': x}|title)|length }}",
    "words counted": "{% set x = 'ab ' %}" + "{% set x = x ~ x %}" * 20 + "{{ x|wordcount }}{{ x|indent(0)|length }}",
    "recursion": "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
    "a macro": "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "a block that prints itself": "{{ self.observe() }}",
    "a namespace": "{% set n = namespace(x='a') %}{% for i in range(99) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "text that is set": "{% set x %}{% for i in range(99999) %}xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx{% endfor %}{% endset %}",
    "text that is filtered": "{% filter upper %}{% for i in range(99999) %}x{% endfor %}{% endfilter %}",
    "lorem ipsum": "{{ lipsum(n=100000) }}",
    "an include": "{% include '/etc/passwd' %}",
    "an import": "{% import 'x' as y %}",
    "a parent": "{% extends 'x' %}",
    "insides": "{{ ''.__class__.__mro__ }}",
    "insides by filter": "{{ ''|attr('__class__') }}",
    "insides by map": "{{ ['']|map(attribute='__class__')|list }}",
    "globals": "{{ cycler.__init__.__globals__ }}",
    "a very long number": "{{ " + "9" * 5000 + " }}",
    "a long number": "{{ " + "9" * 4000 + " * 3 }}",
    "a rounded number": "{{ 1|round(-1000000000) }} {{ 'a' * (1|round(1000000000))|int }}",
    "brackets": "{{ " + "(" * 50000 + "1" + ")" * 50000 + " }}",
    "lists": "{{ " + "[" * 50000 + "1" + "]" * 50000 + " }}",
    "minus": "{{ " + "- " * 50000 + "1 }}",
    "not": "{{ " + "not " * 40000 + "1 }}",
    "a long sum": "{{ 1" + " + 1" * 40000 + " }}",
    "a long chain": "{{ 'a'" + "|upper" * 25000 + " }}",
    "ifs": "{% if 1 %}" * 8000 + "{% endif %}" * 8000,
    "fors": "{% for i in [1] %}" * 25 + "{% endfor %}" * 25 + "{{ nobody }}",
    "many fors": "{% for i in [1] %}" * 4000 + "{% endfor %}" * 4000,
    "one argument twice": "{{ 'a'|replace(old='a', old='b', new='c') }}",
    "a star": "{{ 'a'|replace(*['a', 'b']) }}",
    "half a character": "{{ '\\ud800' }}",
    "far too long": "{{ most }}" * 40000,
    "an object": "{{ range }}",
    "a row": "{{ lines|map(attribute='text') }}",
    "a row in a text": "{{ 'a' ~ (lines|map(attribute='text')) }}",
    "a row in a row": "{{ [lines|select]|join }}",
    "a row as a text": "{{ lines|reverse|string }}",
    "a method": "{{ word.upper }}",
}  # fmt: skip

CHILD = """
import resource, sys, time
from persona.errors import InvalidInput
from persona.generation.llm.prompts import check_template
check_template(sys.argv[2], "here")  # what is loaded is loaded
resource.setrlimit(resource.RLIMIT_AS, (base := int(open("/proc/self/statm").read().split()[0]) * 4096 + 200_000_000, base))
resource.setrlimit(resource.RLIMIT_CPU, (10, 10))
for text in sys.stdin.read().split("\\0"):
    begun = time.process_time()
    try:
        check_template(text, "here")
        print("accepted", time.process_time() - begun)
    except InvalidInput as error:
        print(error.code, time.process_time() - begun, error.place, error.message[:200].replace("\\n", " "))
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="the memory is measured as Linux tells it")
def test_no_template_takes_more_than_two_seconds_or_200_megabytes() -> None:
    said = subprocess.run(
        [sys.executable, "-c", CHILD, "", DEFAULT],
        input="\0".join(map(whole, HOSTILE.values())), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
    told = dict(zip(HOSTILE, said.stdout.splitlines(), strict=True))
    for name, line in told.items():
        code, seconds, *place = line.split(" ", 2)
        assert float(seconds) < 2, (name, line)
        assert code in ("template-broken", "template-syntax", "template-runs-away"), (name, line)
        assert place[0].startswith("here, line "), (name, line)


PIECES = st.sampled_from([
    "{{ ", " }}", "{% ", " %}", "{% for line in lines %}", "{% endfor %}", "{% if ", "{% endif %}", "{% set x = ", "lines", "x",
    "line", ".text", "[0]", "[1:]", "|", "~", "+", "*", "%", "(", ")", "[", "]", "{", "}", ",", ":", "=", "==", "in", "is",
    "defined", "odd", "join", "map", "attribute=", "'text'", "replace", "indent", "truncate", "sort", "default", "range", "loop",
    "list", "1", "-", "1e400", "0", "10**9", "none", "true", "'%d'", "\n", " ", "not", "and", "else", "round", "tojson", "first",
])  # fmt: skip


@settings(max_examples=1000, deadline=2000)
@given(st.lists(PIECES, max_size=25).map(" ".join), st.sampled_from(["", "{{ ", "{{ lines|", "{% set x = "]))
def test_whatever_a_template_holds_is_taken_or_refused_with_its_place(body: str, before: str) -> None:
    try:
        check_template(whole(before + body), "here")
    except InvalidInput as error:
        assert error.place is not None
        assert error.place.startswith("here")
        assert error.hints


@pytest.mark.parametrize(
    ("name", "body", "wrong"),
    [
        ("claims", "{% if people > 1 %}\n{{ peeple }}\n{% endif %}", "peeple"),
        ("claims", "{% if not lines %}\n{{ lines|frist }}\n{% endif %}", "frist"),
        ("repair", "{{ refusals.length }}", "refusals.length"),
        ("repair", "{% if not whole %}\n\n{{ 1 + '1' }}{% endif %}", "1 + '1'"),
        ("system", "{{ lines }}", "{{ lines }}"),
    ],
)
def test_each_block_is_tried_when_a_template_is_read(name: str, body: str, wrong: str) -> None:
    text = DEFAULT.replace(f"{{% block {name} %}}\n", f"{{% block {name} %}}\n{body}\n")
    with pytest.raises(InvalidInput) as caught:
        check_template(text, "templates/odd.jinja")
    assert caught.value.code == "template-broken"
    line = text[: text.index(wrong)].count("\n") + 1
    assert caught.value.place == f"templates/odd.jinja, line {line}"


def test_what_a_block_is_tried_with_has_the_names_that_a_run_gives(shop: Workspace) -> None:
    """A template that prints every name, and every key of every line, makes a run."""
    names = {block: sorted(trials[0]) for block, trials in TRIALS.items()}
    text = DEFAULT
    for block, given_names in names.items():
        body = "".join(f"{{{{ {name} }}}}" for name in given_names)
        for key in sorted(TRIALS[block][1]["lines"][0]) if "lines" in given_names else ():
            body += f"{{% for line in lines %}}{{{{ line.{key} }}}}{{% endfor %}}"
        text = text.replace(f"{{% block {block} %}}\n", f"{{% block {block} %}}\n{body}\n")
    path = shop.root / shop.template.new("every").place
    path.write_text(text)
    assert shop.generate(flags={"count": 1, "template": "every"}).personas


def test_what_lies_in_the_folder_of_templates_beside_them_is_passed_over(shop: Workspace) -> None:
    made = shop.root / shop.template.new("mine").place
    folder = made.parent
    (folder / "a folder.jinja").mkdir()
    (folder / "folder.jinja").mkdir()
    (folder / ".hidden.jinja").write_text("x")
    (folder / "two words.jinja").write_text("x")
    (folder / "notes.txt").write_text("x")
    (folder / "gone.jinja").symlink_to(folder / "nowhere")
    (folder / "large.jinja").write_text("x" * 3_000_000)
    (folder / "odd.jinja").write_bytes(b"\xff\xfe")
    listed = {one.name: one.version for one in shop.template.list() if one.place != "built in"}
    assert listed == {"mine": "1.0.0", "large": "unfit", "odd": "unfit"}
    for name in ("folder", "gone", "two words", "odd", "large"):
        with pytest.raises(PersonaError) as caught:
            shop.template.show(name)
        assert caught.value.hints


def test_the_marks_of_a_comparison_say_what_the_first_template_has_beyond_the_other(shop: Workspace) -> None:
    path = shop.root / shop.template.new("mine").place
    path.write_text(path.read_text().replace("Invent nothing.", "Invent nothing at all."))
    found = shop.template.diff("mine")
    assert (found.before.name, found.after.name) == ("default", "mine")
    changed = [line for line in found.lines if line.startswith(("+", "-"))][2:]
    assert [line[0] for line in changed] == ["-", "+"]
    assert "at all" in changed[1]
    back = shop.template.diff("default", "mine")
    assert "at all" in next(line for line in back.lines if line.startswith("-") and "Invent" in line)


def test_a_block_is_tried_with_every_name_that_a_run_gives() -> None:
    """What the engine hands to ``render`` stands in its source; a name that the trials lack would be refused there."""
    seen: dict[str, set[str]] = {}
    for path in Path(prompts.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "render":
                seen.setdefault(ast.literal_eval(node.args[1]), set()).update(str(word.arg) for word in node.keywords)
    assert seen == {block: set(trials[0]) for block, trials in TRIALS.items()}
    assert all(set(one) == set(trials[0]) for trials in TRIALS.values() for one in trials)


def test_what_looks_at_each_item_looks_at_it_a_few_times_only() -> None:
    """A hundred thousand items are the most that a template can have, and no filter may go through them for each."""
    for name in ("unique", "sort", "reverse", "min", "list", "select", "map('string')", "join"):
        begun = time.process_time()
        with contextlib.suppress(InvalidInput):  # more work than is allowed, told in time
            render(block(f"{{% set x = range(90000)|{name} %}}"), "observe")
        assert time.process_time() - begun < 2, name
