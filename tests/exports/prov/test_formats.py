"""Every format of PROV: read back by the library ``prov``, equal; valid under the schemas of the W3C."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.exports.prov.told import ALL, RDF, InRows, Told, read_back, same, wanted, written
from tests.lineage.prov.judge import CORPUS

from persona.lineage.prov.provjson import read_prov_json
from persona.model.prov import ELEMENTS, FORMS, UNIDENTIFIED, Kind, Literally, Name, Statement, Value

EXAMPLES = 3 * int(os.environ.get("PERSONA_REPEATS", "10"))
DOCUMENTS = sorted((CORPUS / "json").glob("*.json"))

ONE_NODE = "scruffy-"
"""Documents in which one identifier has two times: one node of RDF cannot say which time goes with what."""


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """rdflib spells some values anew (``PT12S`` for ``P0Y0M0DT0H0M12S``) unless told not to."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)


@pytest.mark.parametrize("format", ALL)
def test_documents_of_others_come_back_from_every_format(format: str) -> None:
    differing = []
    assert len(DOCUMENTS) == 398
    for path in DOCUMENTS:
        if format in RDF and path.name.startswith(ONE_NODE):
            continue
        if format == "turtle" and path.name.startswith("bundle"):
            continue
        account = read_prov_json(path.read_text(encoding="utf-8"), path.name)
        if not same(written(account, format), account, format):
            differing.append(path.name)
    assert differing == []


def test_turtle_takes_the_statements_of_all_bundles_into_one_graph() -> None:
    path = CORPUS / "json" / "bundle1.json"
    account = read_prov_json(path.read_text(encoding="utf-8"), path.name)
    (only,) = read_back(written(account, "turtle"), "turtle", account.namespaces).items()
    assert set(only[1]) == set(wanted(account, "turtle")[None])


# Accounts with hostile names and values

NAMESPACES = {
    "ex": "http://example.org/",
    "a-b": "http://example.org/other#",
    "u": "urn:some:thing:",
    "default": "http://example.org/default/",
    "xml1": "http://example.org/xml?q=1&r='2'/",
    "_p": "http://example.org/underscore/",
}
PREFIXES = st.sampled_from(list(NAMESPACES))
LOCALS = st.text(alphabet="ab9.-_/@:#~+*?!$&'(),;=[]é漢", max_size=6).map(lambda one: f"{one}x") | st.sampled_from(
    ["", ".", "-", "a.", "9", "%41", "a%C3%A9", "x/y#z[0]", "run_1", "_x0041_", "-.x", "a b".replace(" ", "%20")]
)
KEYS = st.builds("{}:{}".format, PREFIXES, st.from_regex(r"[a-z][a-zA-Z0-9_.-]{0,5}[a-z]", fullmatch=True))
TEXTS = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=12
) | st.sampled_from(['"', "'", "\\", "\n", "a\r\nb", "\t", "]]>", "<a>&amp;", '"""', "%%", "'ex:a'", " x ", "", "\\n"])
LITERALS: st.SearchStrategy[Value] = st.one_of(
    TEXTS,
    st.integers(-(2**70), 2**70),
    st.booleans(),
    st.floats(allow_nan=False),
    st.builds(Literally, TEXTS, language=st.sampled_from(["en", "en-gb", "x-klingon"])).map(
        lambda one: Literally(one.text, language=one.language)
    ),
    st.sampled_from(
        [
            Literally("2026-01-16", "xsd:date"),
            Literally("2026-01-16T14:30:22.5Z", "xsd:dateTime"),
            Literally("http://example.org/a b", "xsd:anyURI"),
            Literally("007", "xsd:nonNegativeInteger"),
            Literally("1.50", "xsd:decimal"),
            Literally("strange", "ex:datatype"),
        ]
    ),
)
TIMES = st.sampled_from(["2026-01-16T14:30:22.123456Z", "2026-01-16T14:30:22", "2011-11-16T16:05:00+01:00"])
NAMES = st.builds("{}:{}".format, PREFIXES, LOCALS)
IRIS = st.builds(
    "{}:{}".format, PREFIXES, LOCALS.filter(lambda one: one and not one.endswith(".") and not set("[]#") & set(one))
)


def attributes(naming: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[tuple[str, Value], ...]]:
    """Attributes of others and of PROV, each pair once."""
    values = LITERALS | st.builds(Name, naming)
    special = st.tuples(st.sampled_from(["prov:type", "prov:label", "prov:location"]), values)
    return st.lists(st.tuples(KEYS, values) | special, max_size=3, unique_by=repr).map(tuple)


def _without_reserved(said: tuple[tuple[str, Value], ...]) -> tuple[tuple[str, Value], ...]:
    """A label is a text."""
    return tuple(pair for pair in said if pair[0] != "prov:label" or isinstance(pair[1], str))


@st.composite
def statements(draw: st.DrawFn, naming: st.SearchStrategy[str]) -> list[Statement]:
    """Elements each of a name of its own, and relations between them."""
    found: list[Statement] = []
    names = draw(st.lists(naming, min_size=3, max_size=8, unique=True))
    for name in names[: len(names) // 2 + 1]:
        kind: Kind = draw(st.sampled_from(ELEMENTS))
        times = tuple(draw(st.none() | TIMES) for _ in FORMS[kind])
        found.append(Statement(kind, name, times, _without_reserved(draw(attributes(naming)))))
    relations: list[Kind] = [kind for kind in FORMS if kind not in ELEMENTS and kind != "mentionOf"]
    for name in names[len(names) // 2 + 1 :]:
        kind = draw(st.sampled_from(relations))
        arguments = []
        for at, form in enumerate(FORMS[kind]):
            given_names = TIMES if form.part == "time" else st.sampled_from(names)
            arguments.append(draw(given_names if at < 2 and form.part != "time" else st.none() | given_names))
        if kind in UNIDENTIFIED:
            found.append(Statement(kind, None, tuple(arguments)))
        else:
            id = draw(st.none() | st.just(name))
            said = tuple(pair for pair in draw(attributes(naming)) if pair[0] in ("prov:type", *_plain(pair)))
            found.append(Statement(kind, id, tuple(arguments), said))
    return found


def _plain(pair: tuple[str, Value]) -> tuple[str, ...]:
    return (pair[0],) if not pair[0].startswith("prov:") else ()


@st.composite
def accounts(draw: st.DrawFn, naming: st.SearchStrategy[str] = NAMES) -> Told:
    told: dict[str | None, list[Statement]] = {None: draw(statements(naming))}
    for name in draw(st.lists(naming, max_size=2, unique=True)):
        told[name] = draw(statements(naming))
    return Told(NAMESPACES, told)


@pytest.mark.parametrize("format", ["json", "provn", "xml"])
@settings(max_examples=EXAMPLES * 2, suppress_health_check=list(HealthCheck), deadline=None)
@given(account=accounts())
def test_hostile_accounts_come_back(format: str, account: Told) -> None:
    data = written(account, format)
    assert same(data, account, format), data.decode()


@pytest.mark.parametrize("format", ALL)
@settings(max_examples=EXAMPLES * 2, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_rows_are_written_as_their_statements_are(format: str, data: st.DataObject) -> None:
    """Many relations of a few kinds, so that most have one shape; identifiers may come again, which PROV-JSON gathers."""
    account = data.draw(accounts())
    names = data.draw(st.lists(NAMES, min_size=2, max_size=4)) + ['ex:"\\\n'] * (format == "json")
    kinds: list[Kind] = ["used", "wasDerivedFrom", "wasAssociatedWith", "wasAttributedTo", "hadMember", "entity"]
    for statements in account.held.values():
        for _ in range(data.draw(st.integers(0, 12))):
            kind = data.draw(st.sampled_from(kinds))
            given = [data.draw(st.sampled_from(names)) for form in FORMS[kind] if form.part != "time"]
            keep = data.draw(st.integers(2, 5))
            arguments = tuple((given + [None] * 5)[at] if at < keep else None for at in range(len(FORMS[kind])))
            named = kind in ELEMENTS or (kind not in UNIDENTIFIED and data.draw(st.booleans()))
            statements.append(Statement(kind, data.draw(st.sampled_from(names)) if named else None, arguments))
    assert written(InRows(account.namespaces, account.held), format) == written(account, format)


@pytest.mark.parametrize("format", RDF)
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
@given(account=accounts(IRIS))
def test_hostile_accounts_come_back_as_rdf(format: str, account: Told) -> None:
    """With names that are IRIs, which have no brackets; none ends in a dot, which rdflib cannot read."""
    if format == "turtle" and len(account.held) > 1:
        account = Told(account.namespaces, {None: account.held[None]})
    data = written(account, format)
    assert same(data, account, format), data.decode()


@pytest.mark.parametrize("format", ["json", "xml"])
@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None)
@given(local=TEXTS, text=TEXTS)
def test_any_text_may_be_a_name(format: str, local: str, text: str) -> None:
    """Where a name is a text. In PROV-N and RDF what no name may hold is percent-encoded, as ``prov`` does."""
    one = Statement("entity", f"ex:{local}", (), (("ex:key", text), ("prov:value", Name(f"ex:{local}"))))
    account = Told(NAMESPACES, {None: [one]})
    if local.strip() == local and not any(char.isspace() for char in local):
        assert same(written(account, format), account, format)


# The schemas of the W3C


@pytest.fixture(scope="module")
def xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CORPUS / "schemas" / "prov.xsd")))


@pytest.fixture(scope="module")
def json_schema() -> jsonschema.Draft4Validator:
    """The schema of the submission, whose two slips are put right: ``wasEndedby``, and no ``mentionOf``."""
    schema = json.loads((CORPUS / "schemas" / "prov-json.schema.json").read_text(encoding="utf-8"))
    for place in (schema, schema["definitions"]["bundle"]):
        place["properties"]["wasEndedBy"] = place["properties"].pop("wasEndedby")
        place["properties"]["mentionOf"] = {"type": "object"}
    return jsonschema.Draft4Validator(schema)


def test_json_is_valid_under_the_schema(json_schema: jsonschema.Draft4Validator) -> None:
    """Of every document that is valid itself: some lack what the schema requires."""
    wrong, held = [], 0
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        if json_schema.is_valid(json.loads(text)):
            held += 1
            found = json.loads(written(read_prov_json(text, path.name), "json"))
            wrong += [f"{path.name}: {one.message}" for one in json_schema.iter_errors(found)]
    assert wrong == []
    assert held > 340
