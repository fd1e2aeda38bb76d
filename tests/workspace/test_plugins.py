"""Plugins that work, plugins that break, and names that are taken: told with the distribution, and stopping nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import msgspec
import pytest
from tests.metrics.making import embed, interview, one_persona, persona_set, quoted, words

from persona.errors import InvalidInput, ModelError
from persona.metrics import REGISTRY, measure
from persona.model.measures import Measure
from persona.model.schema import persona_set_schema
from persona.runs import plugins
from persona.runs.engines import engine_for
from persona.workspace import Workspace

GOOD = """
from persona.metrics import Definition, Metric
D = Definition("{name}", "{version}", "up", (0, 1), "personas", "half / one")
metric = Metric(D, lambda material: D.measure(0.5, len(material.personas.personas)))
"""


class Install(Protocol):
    def __call__(self, distribution: str, code: str, version: str = "1.0", **points: str) -> None:
        """Install a distribution of one module, with ``group_of=name = object`` entry points."""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs distributions into a folder of packages that is on the path while the test runs."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", str(site))
    before = set(sys.modules)

    def made(distribution: str, code: str, version: str = "1.0", **points: str) -> None:
        module = distribution.replace("-", "_")
        (site / f"{module}.py").write_text(code, encoding="utf-8")
        folder = site / f"{module}-{version}.dist-info"
        folder.mkdir()
        told = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
        (folder / "METADATA").write_text(told, encoding="utf-8")
        listed = "".join(f"[persona.{group}]\n{lines}\n" for group, lines in points.items())
        (folder / "entry_points.txt").write_text(listed, encoding="utf-8")

    yield made
    for name in set(sys.modules) - before:
        if name.startswith("x_"):
            del sys.modules[name]


def one() -> dict[str, Measure]:
    """Every measure of one small persona by name."""
    anna = interview("Anna", "I want fewer calls.")
    personas = persona_set(one_persona("p", ["Anna"], goals=(quoted(words(anna, "I want fewer calls.")),)))
    found = measure(personas, [anna], embed, persona_set_schema(), plugins=plugins.metrics())
    return {each.name: each for each in found}


def test_without_plugins_there_is_nothing_to_measure_more() -> None:
    assert plugins.metrics() == []
    assert plugins.engine_names() == ()


def test_a_metric_of_a_plugin_is_measured_after_all_others(install: Install) -> None:
    install("x-half", GOOD.format(name="half", version="2.1"), metrics="half = x_half:metric")
    found = one()
    assert list(found) == [*REGISTRY, "half"]
    assert (found["half"].value, found["half"].version, found["half"].denominator) == (0.5, "2.1", 1)
    assert plugins.metric_names() == ("half",)


MADE = "from msgspec.structs import replace\ndef compute(material):\n    return replace(D.measure(0.5, 1), "
"""A measure as it should be, with something else in it; structs do not look at what they are made of."""

BREAKS = {
    "raises": ("def compute(material):\n    raise KeyError('Anna')", "it raised KeyError", "'Anna'"),
    "leaves": ("import sys\ndef compute(material):\n    sys.exit(3)", "it raised SystemExit", "3"),
    "no measure": ("def compute(material):\n    return 0.5", "it gave a float instead of a Measure", ""),
    "other name": (
        "from persona.metrics import REGISTRY\ndef compute(material):\n    return REGISTRY['diversity'].measure(1.0, 1)",
        "the name, version, direction or range of its measure is not that of its definition",
        "",
    ),
    "out of range": ("def compute(material):\n    return D.measure(1.5, 1)", "its value 1.5 lies outside 0 to 1", ""),
    "not a number": ("def compute(material):\n    return D.measure(float('nan'), 1)", "lies outside", ""),
    "no json": (
        "def compute(material):\n    return D.measure(0.5, 1, odd=object())",
        "its details cannot be written as JSON",
        "",
    ),
    "true for one": (f"{MADE}value=True)", "its measure is not made as it should be", ""),
    "words for a count": (f"{MADE}denominator='many')", "its measure is not made as it should be", ""),
    "half an item": (f"{MADE}denominator=1.5)", "its measure is not made as it should be", ""),
    "less than none": (f"{MADE}denominator=-1)", "its denominator is -1", ""),
    "a status of its own": (f"{MADE}value=None, status='fine')", "its measure is not made as it should be", ""),
    "a list for details": (f"{MADE}details=[1])", "its measure is not made as it should be", ""),
    "two megabytes": (f"{MADE}details=dict(all='x' * 2_000_000))", "and 1,048,576 are kept", ""),
    "value and status": (
        "def compute(material):\n    return D.measure(0.5, 1).__class__('bad', '1', 0.5, 'failed', 'down', (0, 1), 1)",
        "its value is 0.5 and its status failed",
        "",
    ),
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_metric_that_breaks_is_a_failed_measure_and_stops_nothing(how: str, install: Install) -> None:
    code, reason, message = BREAKS[how]
    plain = one()
    module = 'from persona.metrics import Definition, Metric\nD = Definition("bad", "1", "down", (0, 1), "a", "b")\n'
    install("x-bad", f"{module}{code}\nmetric = Metric(D, compute)\n", metrics="bad = x_bad:metric")
    install("x-fine", GOOD.format(name="fine", version="1"), metrics="fine = x_fine:metric")
    found = one()
    bad = found["bad"]
    assert (bad.value, bad.status, bad.denominator, bad.direction, bad.span) == (None, "failed", 0, "down", (0, 1))
    assert bad.details["reason"].startswith("the plugin `x-bad 1.0` failed: ")
    assert reason in bad.details["reason"]
    assert message in bad.details["message"]
    assert found["fine"].value == 0.5
    assert {name: found[name] for name in REGISTRY} == plain


UNFIT = {
    "no module": ("raise ImportError('lost')", "`x_bad:metric` cannot be loaded: ImportError: lost"),
    "no syntax": ("def (", "cannot be loaded: SyntaxError"),
    "no object": ("x = 1", "cannot be loaded: AttributeError"),
    "leaves at once": ("raise SystemExit", "cannot be loaded: SystemExit"),
    "no metric": ("metric = 7", "its entry point is not a persona.metrics.Metric"),
    "called otherwise": (GOOD.format(name="good", version="1"), "called `bad` and its definition `good`"),
    "no formula": (
        GOOD.format(name="bad", version="1").replace('"half / one"', '""'),
        "its definition lacks a version, a direction, a denominator or a formula",
    ),
    "a number for a version": (
        GOOD.format(name="bad", version="1").replace('"1"', "1"),
        "its version, denominator and formula must be texts",
    ),
    "a range of words": (
        GOOD.format(name="bad", version="1").replace("(0, 1)", "('0', '1')"),
        "its range is not two finite numbers in order",
    ),
    "no range": (
        GOOD.format(name="bad", version="1").replace("(0, 1)", "(0, float('inf'))"),
        "its range is not two finite numbers in order",
    ),
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_cannot_be_a_metric_says_why_with_its_distribution(how: str, install: Install, ws: Workspace) -> None:
    code, why = UNFIT[how]
    install("x-bad", code, metrics="bad = x_bad:metric")
    (plugin,) = plugins.metrics()
    assert (plugin.name, plugin.distribution, plugin.metric) == ("x-bad:bad", "x-bad 1.0", None)
    found = one()["x-bad:bad"]
    assert (found.status, found.value) == ("failed", None)
    assert why in found.details["reason"]
    assert "bad" not in {each.name for each in ws.metrics.list()}
    assert why in ws.notes[-1]
    assert "`x-bad 1.0`" in ws.notes[-1]
    for name in ("bad", "x-bad:bad"):
        with pytest.raises(InvalidInput) as caught:
            ws.metrics.explain(name)
        assert (caught.value.code, caught.value.place) == ("plugin-broken", "distribution `x-bad 1.0`")
    sys.modules.pop("x_bad", None)
    assert ws.metrics.explain("faithfulness").distribution is None
    assert "x_bad" not in sys.modules


@pytest.mark.parametrize("name", ["faithfulness", "bias_score", "consistency_runs"])
def test_the_names_of_the_house_cannot_be_taken(name: str, install: Install) -> None:
    plain = one()
    install("x-thief", GOOD.format(name=name, version="9"), metrics=f"{name} = x_thief:metric")
    found = one()
    assert f"the name `{name}` is taken by persona itself" in found[f"x-thief:{name}"].details["reason"]
    assert {each: found[each] for each in plain} == plain


def test_of_two_plugins_of_one_name_the_second_is_told_whose_it_is(install: Install) -> None:
    for distribution in ("x-later", "x-early"):
        module = distribution.replace("-", "_")
        install(distribution, GOOD.format(name="half", version=distribution), metrics=f"half = {module}:metric")
    found = one()
    assert found["half"].version == "x-early"
    assert "the name `half` is taken by `x-early 1.0`" in found["x-later:half"].details["reason"]


@pytest.mark.parametrize("name", ["half-life", "Half", "half.life", "2half"])
def test_a_name_that_a_filter_could_not_read_is_refused(name: str, install: Install) -> None:
    install("x-odd", GOOD.format(name=name, version="1"), metrics=f"{name} = x_odd:metric")
    (plugin,) = plugins.metrics()
    assert "is no name in lower case" in str(plugin.broken)


def test_a_run_is_completed_and_keeps_the_failure(install: Install, full: Workspace) -> None:
    install("x-bad", "raise RuntimeError('no')", metrics="bad = x_bad:metric")
    install("x-fine", GOOD.format(name="fine", version="1"), metrics="fine = x_fine:metric")
    view = full.generate(flags={"count": 1}).view
    assert view.run.status == "completed"
    assert view.run.metrics["fine"] == 0.5
    kept = {each.name: each for each in view.measures}
    assert kept["x-bad:bad"].status == "failed"
    record = json.loads((full.root / str(view.path) / "run_metadata.json").read_text(encoding="utf-8"))
    assert record["metrics"]["fine"] == 0.5
    assert "`x-bad 1.0`" in record["metric_notes"]["x-bad:bad"]
    assert full.verify().ok
    assert full.metrics.compute(view.run.id).changed == ()


def test_a_metric_that_has_gone_is_named_as_not_measured_now(
    install: Install, full: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("x-fine", GOOD.format(name="fine", version="1"), metrics="fine = x_fine:metric")
    run = full.generate(flags={"count": 1}).view.run
    monkeypatch.setattr(sys, "path", [path for path in sys.path if not path.endswith("/site")])
    assert full.metrics.compute(run.id).changed == ("fine",)


ENGINE = """
from persona.runs.engines import Engine, extractive
def make():
    real = extractive()
    return Engine("{name}", "3", real.generate, real.templates)
"""
NO_ENGINES = {
    "no module": ("raise ImportError('lost')", "cannot be loaded: ImportError: lost"),
    "raises": ("def make():\n    raise ValueError('no key')", "ValueError: no key"),
    "no engine": ("def make():\n    return 7", "its entry point gave a int instead of a persona.runs.engines.Engine"),
    "a thief": (ENGINE.format(name="extractive"), "its engine calls itself `extractive`, which is persona's own"),
    "no name": (ENGINE.format(name=""), "its engine lacks a name, a version, a template or a function"),
}


def test_an_engine_of_a_plugin_makes_personas_and_can_be_replayed(install: Install, full: Workspace) -> None:
    install("x-twin", ENGINE.format(name="twin"), engines="twin-1 = x_twin:make")
    view = full.generate(flags={"count": 1, "model": "twin-1"}).view
    assert view.recipe is not None
    assert (view.recipe.engine, view.recipe.engine_version) == ("twin", "3")
    assert full.reproduce(view.run.id).verdict == "identical"
    with pytest.raises(ModelError) as caught:
        engine_for("twin-2", "--model")
    assert "did you mean `twin-1`?" in caught.value.hints


@pytest.mark.parametrize("how", NO_ENGINES)
def test_a_broken_engine_says_whose_it_is_before_anything_is_recorded(
    how: str, install: Install, full: Workspace
) -> None:
    code, why = NO_ENGINES[how]
    install("x-bad", code, engines="gone = x_bad:make")
    with pytest.raises(ModelError) as caught:
        full.generate(flags={"model": "gone"})
    assert (caught.value.code, caught.value.place) == ("plugin-broken", "--model")
    assert "the plugin `x-bad 1.0` cannot serve the model `gone`" in caught.value.message
    assert why in caught.value.message
    assert full.run.list().total == 0
    assert full.generate(flags={"count": 1}).view.run.status == "completed"


def test_two_engines_of_one_name_are_nobodys(install: Install) -> None:
    for distribution in ("x-one", "x-two"):
        module = distribution.replace("-", "_")
        install(distribution, ENGINE.format(name=distribution), engines=f"same = {module}:make")
    with pytest.raises(ModelError) as caught:
        engine_for("same", "--model")
    assert "`x-two 1.0` has an engine of this name too" in caught.value.message


def test_the_engine_of_the_house_is_never_looked_for_among_plugins(install: Install) -> None:
    install("x-thief", "raise RuntimeError", engines="extractive = x_thief:make")
    assert engine_for("extractive", "--model").name == "extractive"
    assert "x_thief" not in sys.modules


@pytest.mark.parametrize("command", [["--version"], ["run", "list"], ["config", "show"], ["metrics", "--help"]])
def test_what_needs_no_plugin_looks_for_none(command: list[str], install: Install, ws: Workspace) -> None:
    """A module that cries when it is loaded, and the library that finds it: neither is."""
    install("x-cry", "raise SystemExit('cry')", metrics="cry = x_cry:metric", engines="cry = x_cry:make")
    script = (
        "import sys, atexit\n"
        "atexit.register(lambda: print(*sys.modules, sep='\\n', file=sys.stderr))\n"
        f"sys.argv = ['persona', *{command!r}]\n"
        "from persona.cli.__main__ import main\nmain()\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ws.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    assert not {"x_cry", "importlib.metadata", "persona.runs.plugins"} & set(done.stderr.split())


LIKE_CTRL_C = "class Gone(KeyboardInterrupt):\n    pass\n"
BREAKING = {
    "an error": ("raise ValueError('odd\\nlines')", "ValueError: odd lines"),
    "an exit": ("raise SystemExit(0)", "SystemExit: 0"),
    "like Ctrl-C": ("raise Gone", "Gone"),
    "a generator's end": ("raise GeneratorExit", "GeneratorExit"),
    "a bare one": ("raise BaseException('b')", "BaseException: b"),
    "an error without words": ("raise Mute", "Mute"),
    "recursion": ("return generate(inputs, *rest, **more)", "RecursionError"),
    "memory": ("raise MemoryError", "MemoryError"),
    "nothing": ("return None", "it gave a NoneType instead of a PersonaSet"),
    "an odd set": ("return PersonaSet([None], None, {})", "its personas are not made as they should be"),
    "what is no JSON": ("return PersonaSet((), object(), {})", "its personas are not made as they should be"),
    "progress of words": ("rest[3]('far', 'half')", "TypeError"),
}


@pytest.mark.parametrize("how", BREAKING)
def test_a_plugin_that_breaks_while_it_makes_personas_is_named_and_its_run_has_failed(
    how: str, install: Install, full: Workspace
) -> None:
    body, why = BREAKING[how]
    install(
        "x-bad",
        "from persona.model.personas import PersonaSet\nfrom persona.runs.engines import Engine\n" + LIKE_CTRL_C +
        "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\n"
        f"def generate(inputs, *rest, **more):\n    {body}\n"
        "def make():\n    return Engine('bad', '1', generate, {'default': ('1.0.0', b'x')})\n",
        engines="bad = x_bad:make",
    )  # fmt: skip
    with pytest.raises(ModelError) as caught:
        full.generate(flags={"count": 1, "model": "bad"})
    assert caught.value.code == "plugin-broken"
    assert "the plugin `x-bad 1.0` broke" in caught.value.message
    assert why in caught.value.message
    (run,) = full.run.list().items
    assert run.status == "failed"
    assert run.error is not None
    assert run.error["code"] == "plugin-broken"
    assert run.error["message"] == caught.value.message
    if "gave" not in why and "made as" not in why:
        trace = full._context.blobs.get(run.fields["traceback"]).decode()
        assert "x_bad.py" in trace, "the record keeps where it broke"
    assert full.verify().ok


def test_a_stop_by_a_person_passes_through_a_plugin(install: Install, full: Workspace) -> None:
    install(
        "x-slow",
        "from persona.runs.engines import Engine\ndef generate(*given, **more):\n    raise KeyboardInterrupt\n"
        "def make():\n    return Engine('slow', '1', generate, {'default': ('1.0.0', b'x')})\n",
        engines="slow = x_slow:make",
    )
    with pytest.raises(KeyboardInterrupt):
        full.generate(flags={"model": "slow"})
    assert full.run.list().items[0].status == "cancelled"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("'bad', '1', generate, {'default': b'x'}", "its templates"),
        ("'bad', '1', generate, {'default': ('1.0.0', 'x')}", "its templates"),
        ("'bad', '1', generate, ['default']", "its templates"),
        ("'bad', 1, generate, {'default': ('1.0.0', b'x')}", "must be texts"),
        ("'bad', '1', generate, {'default': ('1.0.0', b'x')}, False, 7", "cannot be called"),
    ],
)
def test_an_engine_of_another_form_is_refused_before_anything_is_recorded(
    given: str, why: str, install: Install, full: Workspace
) -> None:
    install(
        "x-bad",
        f"from persona.runs.engines import Engine\ndef generate(*given):\n    pass\ndef make():\n    return Engine({given})\n",
        engines="bad = x_bad:make",
    )
    with pytest.raises(ModelError, match=why) as caught:
        full.generate(flags={"model": "bad"})
    assert caught.value.code == "plugin-broken"
    assert full.run.list().total == 0


def test_what_checks_the_templates_of_a_plugin_may_break_too(install: Install, full: Workspace) -> None:
    install(
        "x-bad",
        "from persona.runs.engines import Engine\ndef no(*given):\n    raise OSError('no')\n"
        "def make():\n    return Engine('bad', '1', no, {'default': ('1.0.0', b'x')}, False, no)\n",
        engines="bad = x_bad:make",
    )
    made = full.root / full.template.new("mine").place
    assert made.exists()
    with pytest.raises(ModelError, match="OSError: no") as caught:
        full.generate(flags={"model": "bad", "template": "mine"})
    assert caught.value.code == "plugin-broken"


@pytest.mark.parametrize("raised", ["GeneratorExit", "Gone", "Mute"])
def test_a_metric_may_raise_whatever_there_is(raised: str, install: Install) -> None:
    module = "from persona.metrics import Definition, Metric\nD = Definition('bad', '1', 'down', (0, 1), 'a', 'b')\n"
    mute = "class Mute(Exception):\n    def __str__(self):\n        raise ValueError\n"
    code = f"{module}{LIKE_CTRL_C}{mute}def compute(material):\n    raise {raised}\nmetric = Metric(D, compute)\n"
    install("x-bad", code, metrics="bad = x_bad:metric")
    assert one()["bad"].details["reason"] == f"the plugin `x-bad 1.0` failed: it raised {raised}"


def test_a_definition_of_odd_values_is_told_and_stops_nothing(install: Install) -> None:
    odd = "from persona.metrics import Definition, Metric\nmetric = Metric(Definition('bad', '1', 'up', 5, 'a', 'b'), len)\n"
    install("x-bad", odd, metrics="bad = x_bad:metric")
    assert "its range is not two finite numbers" in one()["x-bad:bad"].details["reason"]


GREEDY = """
from persona.metrics import Definition, Metric
D = Definition("greedy", "1", "none", (0, 1), "personas", "nothing")
def compute(material):
    for persona in material.personas.personas:
        persona.demographics["age_range"] = "99"
        persona.missing["goals"] = "none"
    for one in material.inputs.values():
        one.people.clear()
        one.document.attributes["seen"] = "yes"
    material.inputs.clear()
    for theme in material.themes:
        theme.carriers.clear()
    material.themes.clear()
    material.embed(["a", "b"])[:] = 0
    return D.measure(0.5, 1)
metric = Metric(D, compute)
"""


def test_what_a_metric_changes_is_its_own_copy(install: Install, full: Workspace) -> None:
    first = full.generate(flags={"count": 1}).view.run.id
    install("x-greedy", GREEDY, metrics="greedy = x_greedy:metric")
    second = full.generate(flags={"count": 1}).view.run.id
    metrics = full.run.show(second).run.metrics
    assert metrics["greedy"] == 0.5, "it was not hindered"
    assert {**full.run.show(first).run.metrics, "greedy": 0.5} == metrics
    assert full.reproduce(second, "replay").verdict == "identical"


def test_personas_are_sealed_as_the_engine_made_them(install: Install) -> None:
    install("x-greedy", GREEDY, metrics="greedy = x_greedy:metric")
    anna = interview("Anna", "I want fewer calls.")
    personas = persona_set(one_persona("p", ["Anna"], goals=(quoted(words(anna, "I want fewer calls.")),)))
    before = msgspec.json.encode(personas), msgspec.json.encode(anna)
    found = measure(personas, [anna], embed, persona_set_schema(), plugins=plugins.metrics())
    assert found[-1].value == 0.5
    assert (msgspec.json.encode(personas), msgspec.json.encode(anna)) == before


@pytest.mark.parametrize("text", [b"[console_scripts]\nno sign of equality\n", b"\xff\xfe", b"no section = 1\n"])
def test_a_foreign_distribution_that_is_broken_is_none_of_our_concern(
    text: bytes, install: Install, tmp_path: Path
) -> None:
    install("x-half", GOOD.format(name="half", version="1"), metrics="half = x_half:metric")
    install("a-foreign", "")
    (tmp_path / "site" / "a_foreign-1.0.dist-info" / "entry_points.txt").write_bytes(text)
    assert plugins.metric_names() == ("half",)
    assert one()["half"].value == 0.5
    assert plugins.engine_names() == ()


def test_a_plugin_whose_entry_points_cannot_be_read_is_told(install: Install, tmp_path: Path) -> None:
    install("x-half", GOOD.format(name="half", version="1"), metrics="half = x_half:metric")
    install("x-torn", "", metrics="torn")
    found = one()
    assert found["half"].value == 0.5
    assert (
        found["x-torn:entry_points.txt"]
        .details["reason"]
        .startswith("the plugin `x-torn 1.0` failed: its `entry_points.txt` cannot be read")
    )
