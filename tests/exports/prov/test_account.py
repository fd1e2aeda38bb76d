"""The account of a workspace: what it tells, what it never tells, and that it depends on the log alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.storage.drafts import DIGEST, artefact, finished, planned, project, started

from persona.exports.prov import naming
from persona.exports.prov.account import Moment, Scope, WorkspaceAccount
from persona.lineage.past import Past
from persona.model.personas import PersonaSet
from persona.model.prov import ELEMENTS, FORMS, UNIDENTIFIED, Account, Kind, Name, Statement
from persona.model.records import Artefact, DocumentRecord, Draft, Edge
from persona.storage import open_records
from persona.workspace import Workspace

SAID = {
    "Anna": ("I want to count the stock every morning.", "The page is so slow that I give up twice a week."),
    "Ben": ("I need the delivery before four in the morning.", "I write the orders on paper because it forgets me."),
    "Cleo": ("I compare three suppliers before I buy anything.", "I never trust the date that the page gives me."),
}
QUESTION = "how often do you count the stock by hand"


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("account")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        patch.setenv("PERSONA_USER", "Wilhelmina Tester")
        patch.delenv("PERSONA_PROJECT", raising=False)
        with Workspace.init(folder / "ws") as ws:
            ws.project.create("Shop")
            for who, said in SAID.items():
                text = "".join(f"Interviewer: And then?\n{who}: {one}\n" for one in said)
                head = f"---\nage: 41\n{QUESTION}: every single morning\n---\n"
                (folder / f"{who}.txt").write_text(head + text, encoding="utf-8")
            ws.source.import_([str(folder / f"{who}.txt") for who in SAID])
            ws.generate(flags={"count": 1})
            ws.generate(flags={"count": 1})
            ws.generate(flags={"count": 2, "seed": 3})
        yield folder / "ws"


@pytest.fixture
def ws(root: Path) -> Iterator[Workspace]:
    with Workspace.open(root) as opened:
        yield opened


def account(ws: Workspace, scope: Scope | None = None, *, words: bool = False, claims: bool = True) -> WorkspaceAccount:
    context = ws._context
    head = context.records.head()
    moment = Moment("persona/one", head.size, head.root)
    return WorkspaceAccount(context.records, context.blobs, moment, scope, software="1", words=words, claims=claims)


def whole(told: Account) -> dict[str | None, list[Statement]]:
    """Every statement, by bundle."""
    return {one: [each for kind in FORMS for each in told.statements(kind, one)] for one in (None, *told.bundles())}


def of(told: Account, kind: Kind) -> list[Statement]:
    return [each for one in whole(told).values() for each in one if each.kind == kind]


def test_every_statement_has_its_form(ws: Workspace) -> None:
    told = account(ws)
    for statements in whole(told).values():
        for one in statements:
            forms = FORMS[one.kind]
            assert len(one.arguments) == len(forms)
            assert all(value is not None for value, form in zip(one.arguments, forms, strict=True) if not form.optional)
            assert (one.id is not None) or one.kind not in ELEMENTS
            assert one.kind not in UNIDENTIFIED or (one.id is None and not one.attributes)
            names = [one.id, *(value for value, form in zip(one.arguments, forms, strict=True) if form.part != "time")]
            assert all(name is None or name.split(":")[0] in (*told.namespaces, "prov") for name in names)


def test_claims_rest_on_the_characters_that_the_personas_name(ws: Workspace) -> None:
    told = account(ws)
    derived = {one.arguments[:2]: one.attributes for one in of(told, "wasDerivedFrom")}
    members = {one.arguments for one in of(told, "hadMember")}
    documents = {one.digest: one.id for one in ws._context.records.find(DocumentRecord).items}
    held = 0
    for made in ws._context.records.find(Artefact, kind="personas").items:
        name = f"ws:artefact/shop/{made.name}/v{made.version}"
        personas: PersonaSet = ws.artefact.personas(made)
        for persona in personas.personas:
            assert (name, f"{name}/{persona.id}") in members
            for path, claim in persona.claims():
                said = f"{name}/{persona.id}.{path.replace('[', '.').replace(']', '')}"
                assert (f"{name}/{persona.id}", said) in members
                for at, one in enumerate(claim.evidence):
                    words = f"ws:{documents[one.document]}.chars-{one.start}-{one.end}"
                    quoted = (("prov:type", Name("prov:Quotation")),) if claim.verbatim and not at else ()
                    assert derived[said, words] == quoted
                    assert derived[words, f"ws:{documents[one.document]}"] == ()
                    held += 1
    assert held >= 5


def test_a_derivation_that_names_a_usage_names_its_activity_and_generation(ws: Workspace) -> None:
    told = whole(account(ws))
    for statements in told.values():
        generated = {one.id: one.arguments for one in statements if one.kind == "wasGeneratedBy"}
        used = {one.id: one.arguments for one in statements if one.kind == "used"}
        for one in statements:
            if one.kind == "wasDerivedFrom" and any(one.arguments[2:]):
                new, old, run, generation, usage = one.arguments
                assert generated[generation][:2] == (new, run)
                assert used[usage][:2] == (run, old)
    assert sum(any(one.arguments[2:]) for one in of(account(ws), "wasDerivedFrom")) >= 9


def test_equal_bytes_made_again_are_an_entity_of_their_own(ws: Workspace) -> None:
    told = account(ws)
    generated = [one.arguments[0] for one in of(told, "wasGeneratedBy")]
    assert len(generated) == len(set(generated)) == 3
    (again,) = of(told, "alternateOf")
    assert again.arguments[0].startswith("ws:again/run_")
    entities = {one.id: dict(one.attributes) for one in of(told, "entity")}
    assert entities[again.arguments[0]]["persona:digest"] == entities[again.arguments[1]]["persona:digest"]
    revisions = [one for one in of(told, "wasDerivedFrom") if ("prov:type", Name("prov:Revision")) in one.attributes]
    assert [one.arguments[:2] for one in revisions] == [
        ("ws:artefact/shop/personas/v2", "ws:artefact/shop/personas/v1")
    ]


def test_plans_are_followed_and_used(ws: Workspace) -> None:
    told = account(ws)
    used = {one.arguments[:2] for one in of(told, "used")}
    for activity, _, plan in (one.arguments for one in of(told, "wasAssociatedWith")):
        assert (activity, plan) in used
    assert {one.arguments[:2] for one in of(told, "actedOnBehalfOf")} == {
        ("ws:engine/extractive/v1.3.0", "ws:person-1")
    }


def test_each_bundle_says_at_which_state_it_was_told(ws: Workspace) -> None:
    told = account(ws)
    head = ws._context.records.head()
    entities = {one.id: dict(one.attributes) for one in told.statements("entity")}
    for bundle in told.bundles():
        assert entities[bundle]["persona:log_position"] == head.size
        assert entities[bundle]["persona:log_root"] == f"sha256:{head.root}"


def test_no_word_and_no_name_unless_asked(ws: Workspace) -> None:
    told = repr(whole(account(ws)))
    lines = [line for said in SAID.values() for line in said]
    for word in ("Wilhelmina", "Anna", "Ben", "Cleo", ".txt", QUESTION, "every single morning", *lines):
        assert word not in told
    assert "demographics.age" in told
    loud = repr(whole(account(ws, words=True)))
    for word in ("Wilhelmina%20Tester", "Anna", "Anna.txt", lines[0]):
        assert word in loud


def test_bundles_can_be_asked_in_any_order(ws: Workspace) -> None:
    told = whole(account(ws))
    other = account(ws)
    for bundle in reversed(list(other.bundles())):
        assert [each for kind in reversed(FORMS) for each in other.statements(kind, bundle)] == [
            each for kind in reversed(FORMS) for each in told[bundle] if each.kind == kind
        ]
    assert list(other.statements("entity", "ws:bundle/nothing")) == []


def test_the_account_of_a_moment_is_that_of_the_log_up_to_it(root: Path, tmp_path: Path) -> None:
    with Workspace.open(root) as ws:
        context = ws._context
        size = context.records.head().size
        for position in range(1, size + 1, 3):
            then = Past(context.records, position)
            again = open_records(tmp_path / f"{position}.db", create=True)
            again.append([Draft(one.kind, one.subject, one.body, one.edges) for one in then.events()])
            moment = Moment("persona/x", position, "00")
            left, right = (WorkspaceAccount(one, context.blobs, moment, software="1") for one in (then, again))
            times = ("startTime", "endTime", "time")
            assert _timeless(whole(left), times) == _timeless(whole(right), times)
            again.close()


def _timeless(told: dict[str | None, list[Statement]], times: tuple[str, ...]) -> list[Statement]:
    """Statements without what the clock says."""
    found = []
    for statements in told.values():
        for one in statements:
            kept = tuple(
                value for value, form in zip(one.arguments, FORMS[one.kind], strict=True) if form.name not in times
            )
            facts = tuple(pair for pair in one.attributes if pair[0] not in ("persona:imported_at",))
            found.append(one._replace(arguments=kept, attributes=facts))
    return found


def test_a_scope_tells_what_it_rests_on_and_no_more(ws: Workspace) -> None:
    run = next(iter(account(ws).bundles())).removeprefix("ws:bundle/")
    told = account(ws, Scope(run=run))
    assert list(told.bundles()) == [f"ws:bundle/{run}"]
    entities = {one.id for one in told.statements("entity")}
    assert sum(str(one).startswith("ws:document_") for one in entities) == 3
    assert sum(str(one).startswith("ws:source_") for one in entities) == 3
    assert whole(account(ws, Scope(project="nobody")))[None] == list(
        account(ws, Scope(project="nobody")).statements("agent")
    )
    assert whole(account(ws, Scope(project="shop"))) == whole(account(ws))
    assert list(account(ws, Scope(experiment="none")).bundles()) == []


def test_calls_are_activities_whose_prompt_is_the_plan(tmp_path: Path) -> None:
    records = open_records(tmp_path / "calls.db", create=True)
    body = {
        "run": "run_1",
        "ordinal": 1,
        "step": "observe",
        "about": "x",
        "key": DIGEST,
        "provider": "openai",
        "model": "gpt-4o",
        "answered": "gpt-4o-2024-08-06",
        "mode": "native",
        "status": "answered",
        "reused": "call_0",
        "request": DIGEST,
        "response": DIGEST,
        "seconds": 0.5,
        "attempts": 1,
    }
    edges = (Edge("call_1", "part_of", "run_1"), Edge("call_1", "used", "document_1.0001"))
    drafts = [project(), planned("run_1"), started("run_1"), Draft("call.recorded", "call_1", body, edges)]
    records.append([*drafts, artefact("a", 1, run="run_1"), finished("run_1")])
    told = WorkspaceAccount(records, None, Moment("persona/x", 6, "00"), software="1", claims=False)  # type: ignore[arg-type]
    bundle = "ws:bundle/run_1"
    (associated,) = told.statements("wasAssociatedWith", bundle)
    assert associated.arguments == ("ws:call_1", "ws:model/openai/gpt-4o-2024-08-06", "ws:call_1.request")
    call = {one.id: dict(one.attributes) for one in told.statements("activity", bundle)}["ws:call_1"]
    assert call["persona:requested"] == Name("ws:model/openai/gpt-4o")
    assert [one.arguments[:2] for one in told.statements("used", bundle)] == [
        ("ws:call_1", "ws:call_1.request"),
        ("ws:call_1", "ws:document_1.0001"),
    ]
    assert [one.arguments[:2] for one in told.statements("wasDerivedFrom", bundle)] == [
        ("ws:call_1.response", "ws:call_0.response")
    ]
    assert [one.arguments for one in told.statements("wasInformedBy", bundle)] == [("ws:run_1", "ws:call_1")]
    records.close()


IDS = [
    "run_20260116_143022_abc123",
    "document_20260116_143022_abc123.0001@3-9",
    "shop/personas:v1",
    "shop/personas/v1:v1",
    "shop/personas:v1#persona-1",
    "shop/personas:v1#persona-1.goals[0]",
    "shop/personas:v1#persona-1.demographics.goals[0]",
    "shop/personas:v1#persona-1.demographics.x y",
    "template:default@1.3.0",
    "template:default",
    "model:openai:gpt-4o",
    "model:openai/gpt-4o",
    "model:ollama:llama3.1:8b",
    "person:9",
    "person:9._",
    "person:Ada.",
    "person:Ada._",
    "person:%41",
    "person:Ångström 2",
    "something else",
]


@given(st.lists(st.text(min_size=1), max_size=6))
def test_two_things_never_share_a_name_and_every_format_can_write_it(texts: list[str]) -> None:
    ids = dict.fromkeys([*IDS, *(f"{kind}:{text}" for kind in ("person", "template", "model") for text in texts)])
    names = [naming.name(id) for id in ids if id.encode(errors="ignore").decode() == id]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(
            r"ws:([A-Za-z0-9_./-]|%[0-9A-F]{2})*[A-Za-z_][A-Za-z0-9_.-]*[A-Za-z0-9_-]|ws:.*[A-Za-z_]", name
        )
