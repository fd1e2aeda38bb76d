"""The engine ``llm`` on a plausible model, and on models that lie in every way we could think of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.llm import plausible
from tests.llm.conftest import SAID, add, shop_of
from tests.llm.server import FakeServer, Reply

from persona.errors import InvalidInput, ModelError, UsageError
from persona.generation.llm.checks import unfounded
from persona.generation.llm.splitting import lines_of, measured, parts
from persona.model.personas import PersonaSet
from persona.workspace import Workspace


def claims(personas: PersonaSet) -> list[tuple[str, str, int]]:
    """Text, status and number of spans of all that a model said."""
    found = [claim for persona in personas.personas for _, claim in persona.claims()]
    return [(one.text, one.status, len(one.evidence)) for one in found if one.method in ("model", "quote")]


def test_every_quotation_is_copied_from_its_source(shop: Workspace) -> None:
    made = shop.generate(flags={"count": 2})
    said = claims(made.personas)
    assert len(said) > 6
    assert {status for _, status, _ in said} <= {"observed", "inferred"}
    assert all(count for _, _, count in said)
    for persona in made.personas.personas:
        for _, claim in persona.claims():
            assert all(span.quote in SAID[span.participant] for span in claim.evidence)
    assert shop.verify().ok
    assert made.view.run.metrics["quote_verbatim"] == 1
    checks = made.personas.checks
    assert checks
    assert (checks.unsupported, checks.unreadable) == (0, 0)
    assert checks.answers == checks.valid == len(SAID) + 2


def test_names_and_interviewers_never_leave_the_machine(shop: Workspace, server: FakeServer) -> None:
    shop.generate(flags={"count": 2})
    sent = b"\n".join(one.raw for one in server.asked).decode()
    assert "I want to count the stock" in sent
    assert not [name for name in SAID if name in sent]


def test_one_more_interview_costs_one_more_call(shop: Workspace, server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    shop.generate(flags={"count": 1})
    before = len(server.asked)
    (tmp_path / "more/Eve.txt").write_text("Interviewer: And you?\nEve: I want to find the form quickly.\n")
    shop.source.import_([str(tmp_path / "more/Eve.txt")])
    shop.generate(flags={"count": 1})
    asked = server.asked[before:]
    observed = [one for one in asked if "Below is one interview" in one.user]
    assert len(observed) == 1
    assert "find the form" in observed[0].user


@pytest.mark.parametrize(
    ("lie", "reason"),
    [
        ("wrong numbers", "no_such_line"),
        ("no numbers", "no_such_line"),
        ("invented person", "demographic_invented"),
        ("invented number", "number_invented"),
        ("paraphrased quote", "quote_differs"),
        ("negated quote", "quote_differs"),
        ("negated claim", "negation_differs"),
        ("invented attribute", "demographic_invented"),
    ],
)
@pytest.mark.parametrize("mends", [False, True], ids=["lies again", "mends it when told"])
def test_a_lie_is_refused_told_once_and_never_believed(
    shop: Workspace, server: FakeServer, lie: str, reason: str, mends: bool
) -> None:
    server.responder = plausible.Liar(lie, honest_on_repair=mends)
    made = shop.generate(flags={"count": 1})
    checks = made.personas.checks
    assert checks
    assert checks.refused[reason] > 0
    assert any(len(one.messages) > 1 for one in server.asked), "the model was told"
    told = " ".join(text for text, _, _ in claims(made.personas))
    for text, status, count in claims(made.personas):
        assert (status == "unsupported") == (count == 0)
        if status != "unsupported":
            assert not any(lied in text for lied in ("45-year-old", "8731", "It is not true that"))
    assert checks.left_out >= 0
    became = checks.repaired + checks.unquoted + checks.unsupported + checks.left_out
    assert sum(checks.refused.values()) == became
    if mends:
        assert (checks.repaired > 0) == (lie != "invented attribute"), "the honest answer takes the attribute back"
        assert checks.unsupported == 0
        assert "8731" not in told
    assert shop.verify().ok
    assert all(
        "45" not in share.value
        for one in made.personas.personas
        for item in one.demographics.values()
        for share in item.shares
    )


@pytest.mark.parametrize("form", ["OpenAI's", "the schema", "half"])
def test_an_answer_without_form_is_asked_for_once_more(shop: Workspace, server: FakeServer, form: str) -> None:
    def respond(asked):  # type: ignore[no-untyped-def]
        if len(asked.messages) == 1:
            return Reply({"OpenAI's": '{"result": []}', "the schema": json.dumps(asked.schema), "half": '{"obs'}[form])
        first = type(asked)(**{**asked.__dict__, "messages": asked.messages[:1]})
        return plausible.respond(first)

    server.responder = respond
    checks = shop.generate(flags={"count": 1}).personas.checks
    assert checks
    assert (checks.valid, checks.mended, checks.unreadable) == (0, checks.answers, 0)


def test_a_model_that_never_answers_in_form_is_an_error_and_a_record(shop: Workspace, server: FakeServer) -> None:
    server.responder = lambda _: Reply("I would rather talk about the weather.")
    with pytest.raises(ModelError) as caught:
        shop.generate(flags={"count": 1})
    assert caught.value.code == "model-answer"
    (run,) = shop.run.list().items
    assert (run.status, run.error and run.error["code"]) == ("failed", "model-answer")
    assert len(shop.call.list(run.id)) == 2 * len(SAID)


def test_what_people_say_of_themselves_becomes_a_distribution_with_its_words(
    shop: Workspace, server: FakeServer, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir()
    file = tmp_path / "one/Fay.txt"
    file.write_text("Interviewer: Who are you?\nFay: I am a baker in a small town. I want bread to rise well.\n")
    shop.source.import_([str(file)])

    def respond(asked):  # type: ignore[no-untyped-def]
        reply = plausible.respond(asked)
        if "a baker in a small town" in asked.user and "Below is one interview" in asked.user:
            answer = json.loads(reply.text)
            answer["attributes"] = [
                {"attribute": "occupation", "value": "baker", "sentences": [1]},
                {"attribute": "age", "value": "52", "sentences": [1]},
            ]
            return Reply(json.dumps(answer))
        return reply

    server.responder = respond
    made = shop.generate(flags={"count": 1}, sources=["Fay.txt"])
    (persona,) = made.personas.personas
    shown = persona.demographics["occupation"]
    assert [(share.value, share.participants) for share in shown.shares] == [("baker", ("Fay",))]
    assert [span.quote for span in shown.claim.evidence] == ["I am a baker in a small town."]
    assert "age" not in persona.demographics
    assert made.view.run.metrics["bias_invented"] == 0
    assert made.view.run.metrics["faithfulness"] > 0


def test_long_interviews_are_split_and_nothing_is_lost(shop: Workspace, server: FakeServer, tmp_path: Path) -> None:
    (tmp_path / "long").mkdir()
    file = tmp_path / "long/Gil.txt"
    lines = [f"I want to see number {place} of the long list of things that I order. " for place in range(400)]
    file.write_text("Interviewer: Tell me all.\nGil: " + "".join(lines) + "\n", encoding="utf-8")
    shop.source.import_([str(file)])
    made = shop.generate(flags={"count": 1, "context": 3000, "max_tokens": 800}, sources=["Gil.txt"])
    calls = shop.call.list(made.view.run.id)
    seen = [one for one in calls if one.step == "observe"]
    assert len(seen) > 5
    text = "\n".join(one.user for one in server.asked if "Below is one interview" in one.user)
    assert all(line.strip() in text for line in lines)
    assert max(measured(one.system + one.user) for one in server.asked) + 800 <= 3000
    assert [one for one in calls if one.step == "fold"], "so many observations do not fit one request either"


def test_people_decide_who_belongs_together_and_that_is_recorded(shop: Workspace, tmp_path: Path) -> None:
    proposed = shop.grouping.propose(count=2, output=tmp_path / "groups.yaml")
    assert sorted(label for one in proposed.groups for label in one) == sorted(SAID)
    (tmp_path / "groups.yaml").write_text("groups:\n- [Anna, Dan]\n- members: [Ben]\n", encoding="utf-8")
    made = shop.generate(grouping=tmp_path / "groups.yaml")
    grouping = made.personas.grouping
    assert [one.members for one in made.personas.personas] == [("Anna", "Dan"), ("Ben",)]
    assert (grouping.chosen_by, grouping.outliers) == ("person", ("Cleo",))
    edited = shop.artefact.show("grouping").artefact
    assert edited.version == 2
    assert edited.fields["by"] == "person"
    assert edited.fields["agent"].startswith("person:")
    assert shop.reproduce(made.view.run.id).verdict == "identical"
    extractive = shop.generate(flags={"model": "extractive"}, grouping="grouping:v2")
    assert [one.members for one in extractive.personas.personas] == [("Anna", "Dan"), ("Ben",)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("groups:\n- [Anna, Bem]\n", "grouping-unknown"),
        ("groups:\n- [Anna]\n- [Anna, Ben]\n", "grouping-twice"),
        ("groups: []\n", "grouping-file"),
        ("groups:\n- Anna\n", "grouping-file"),
        ("groups:\n- []\n", "grouping-empty"),
        ("just words\n", "grouping-file"),
    ],
)
def test_a_grouping_that_cannot_be_is_refused_with_its_place(
    shop: Workspace, tmp_path: Path, text: str, code: str
) -> None:
    (tmp_path / "groups.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        shop.generate(grouping=tmp_path / "groups.yaml", flags={"model": "extractive"})
    assert all(one.name != "grouping" for one in shop.artefact.list()), "what no run can use has no version"
    assert shop.run.list().total == 0
    assert caught.value.code == code


def test_constraints_and_ages_hold_for_this_engine_too(
    tmp_path: Path, server: FakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PERSONA_ENDPOINT", server.endpoint("openai"))
    with shop_of(tmp_path / "ws", tmp_path / "in", "Anna") as ws:
        (tmp_path / "in/Ida.md").write_text("---\nage: 80\n---\nInterviewer: You?\nIda: I want tea in peace.\n")
        ws.source.import_([str(tmp_path / "in/Ida.md")])
        file = ws.root / "projects/shop/project.yaml"
        file.write_text("name: Shop\nconstraints: {age_range: [18, 70], required_fields: [tools]}\n")
        made = ws.generate(flags={"model": "openai:gpt-4o-mini"})
        assert [one.members for one in made.personas.personas] == [("Anna",)]
        assert "tools" in made.personas.personas[0].missing
        assert not [one for one in server.asked if "tea in peace" in one.user]
        add(ws, tmp_path / "in", "Ben")


# The guards by themselves


EVIDENCE = ["I order 20 bags every week.", "My wife hates the old page."]


@pytest.mark.parametrize(
    "text",
    ["Orders 20 bags every week.", "Orders twenty bags weekly", "Says “hates the old page”.", "A wife is part of it."],
)
def test_what_stands_there_passes(text: str) -> None:
    assert unfounded(text, EVIDENCE) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Orders 30 bags every week.", "number_invented"),
        ("Orders thirty bags.", "number_invented"),
        ("He orders bags.", "demographic_invented"),
        ("A German mother.", "demographic_invented"),
        ("Says “hates the new page”.", "quote_differs"),
        ("I do not order bags every week.", "negation_differs"),
        ("", "empty"),
        ("word " * 200, "empty"),
    ],
)
def test_what_does_not_stand_there_is_refused(text: str, reason: str) -> None:
    refusal = unfounded(text, EVIDENCE)
    assert refusal
    assert refusal.reason == reason


@given(st.lists(st.integers(1, 50)), st.integers(1, 120))
def test_parts_keep_all_in_order_and_fit(costs: Sequence[int], most: int) -> None:
    cut = parts(costs, lambda one: one, most)
    assert [one for part in cut for one in part] == list(costs)
    assert all(sum(part) <= most or len(part) == 1 for part in cut)


@given(st.text(alphabet="ab \n", min_size=1, max_size=6000))
def test_long_sentences_are_cut_at_their_exact_places(text: str) -> None:
    from persona.generation.corpus import Sentence

    whole = Sentence("sha256:x", 10, 10 + len(text), text, "A", "", False)  # type: ignore[arg-type]
    pieces = list(lines_of([whole]))
    assert all(text[one.start - 10 : one.end - 10] == one.text for one in pieces)
    assert "".join("".join(one.text.split()) for one in pieces) == "".join(text.split())


def test_a_grouping_that_fits_no_longer_is_refused_and_the_name_stays(shop: Workspace, tmp_path: Path) -> None:
    shop.grouping.propose(count=2, output=tmp_path / "groups.yaml")
    (tmp_path / "groups.yaml").write_text("groups:\n- [Anna, Zoe]\n")
    with pytest.raises(InvalidInput) as caught:
        shop.generate(grouping=tmp_path / "groups.yaml")
    assert (caught.value.code, caught.value.place) == ("grouping-unknown", str(tmp_path / "groups.yaml"))
    assert shop.artefact.show("grouping").artefact.version == 1


def test_a_number_beside_groups_is_refused_and_one_of_the_settings_is_not_recorded(
    shop: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.grouping.propose(count=2, output=tmp_path / "groups.yaml")
    for ask in (shop.generate, shop.look_ahead):
        with pytest.raises(UsageError) as caught:
            ask(grouping=tmp_path / "groups.yaml", flags={"count": 3})
        assert caught.value.code == "count-and-grouping"
    assert shop.run.list().total == 0
    monkeypatch.setenv("PERSONA_COUNT", "3")
    view = shop.generate(grouping=tmp_path / "groups.yaml").view
    assert view.recipe is not None
    assert view.recipe.parameters.count is None


def test_the_temperature_of_a_model_moves_nobody_to_another_group(shop: Workspace) -> None:
    groupings = {
        msgspec.json.encode(shop.generate(flags={"count": 2, "temperature": heat, "seed": seed}).personas.grouping)
        for heat, seed in ((0, 0), (0.5, 1), (1.5, 2), (50, 3), (100, 4))
    }
    assert len(groupings) == 1
    seen = {shop.look_ahead(flags={"temperature": heat, "seed": 5}).later for heat in (0, 100)}
    assert len(seen) == 1


def test_a_limit_of_the_project_stops_its_runs(shop: Workspace) -> None:
    (shop.root / "projects/shop/project.yaml").write_text("name: Shop\ndefaults: {max_total_tokens: 10}\n")
    with pytest.raises(ModelError) as caught:
        shop.generate(flags={"count": 1})
    assert caught.value.code == "budget-reached"
    assert shop.generate(flags={"count": 1, "max_total_tokens": 1_000_000}).personas


def test_a_mistyped_constraint_is_refused_before_anything_is_made_and_an_unknown_one_is_named(shop: Workspace) -> None:
    file = shop.root / "projects/shop/project.yaml"
    file.write_text("name: Shop\nconstraints: {age_rang: [18, 30]}\n")
    with pytest.raises(InvalidInput) as caught:
        shop.generate(flags={"model": "extractive"})
    assert (caught.value.code, caught.value.hints) == ("unknown-constraint", ("did you mean `age_range`?",))
    assert shop.run.list().total == 0
    file.write_text("name: Shop\nconstraints: {budget: 3}\ndefault: {count: 1}\n")
    shop.generate(flags={"model": "extractive"})
    assert any("`budget` is kept" in note for note in shop.notes)
    assert any("did you mean `defaults`?" in note for note in shop.notes)
