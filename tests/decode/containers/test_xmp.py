"""XMP packets and what becomes of them."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.decode.containers.samples import RDF, xmp

from safelight.decode.containers.xmp import XmpProperty, properties

DC = "http://purl.org/dc/elements/1.1/"
XMP = "http://ns.adobe.com/xap/1.0/"
EX = "http://example.org/ns/"
XML = "http://www.w3.org/XML/1998/namespace"
# What XML 1.0 allows and its line-end and attribute normalisation leaves alone.
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=0xD7FF), max_size=60)


def flat(inner: str = "", attributes: str = "") -> list[XmpProperty]:
    found, trouble = properties(xmp(inner, attributes))
    assert not trouble
    return list(found)


@given(VISIBLE, VISIBLE)
def test_attributes_and_elements_come_back(first: str, second: str) -> None:
    found = flat(f"<ex:b>{escape(second)}</ex:b>", f"ex:a={quoteattr(first)}")
    assert found == [XmpProperty(EX, "a", first, "a"), XmpProperty(EX, "b", second, "b")]


@given(st.sampled_from(["Seq", "Bag", "Alt"]), st.lists(VISIBLE, max_size=6))
def test_items_of_arrays_are_counted_from_one(kind: str, items: list[str]) -> None:
    inner = "".join(f"<rdf:li>{escape(item)}</rdf:li>" for item in items)
    found = flat(f"<dc:subject><rdf:{kind}>{inner}</rdf:{kind}></dc:subject>")
    assert found == [XmpProperty(DC, "subject", item, f"subject[{number}]") for number, item in enumerate(items, 1)]


def test_structures_in_every_notation_give_the_same_paths() -> None:
    as_attributes = '<ex:h><rdf:Seq><rdf:li ex:action="saved" ex:agent="Test"/></rdf:Seq></ex:h>'
    as_resource = '<ex:h><rdf:Seq><rdf:li rdf:parseType="Resource"><ex:action>saved</ex:action><ex:agent>Test</ex:agent></rdf:li></rdf:Seq></ex:h>'
    as_description = '<ex:h><rdf:Seq><rdf:li><rdf:Description ex:action="saved"><ex:agent>Test</ex:agent></rdf:Description></rdf:li></rdf:Seq></ex:h>'
    expected = [XmpProperty(EX, "action", "saved", "h[1]/action"), XmpProperty(EX, "agent", "Test", "h[1]/agent")]
    assert flat(as_attributes) == flat(as_resource) == flat(as_description) == expected


def test_languages_resources_values_and_nested_structures() -> None:
    found = flat(
        '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">a hill</rdf:li><rdf:li xml:lang="de">ein Hügel</rdf:li></rdf:Alt></dc:title>'
        '<ex:source rdf:resource="http://example.org/type"/>'
        "<ex:q><rdf:Description><rdf:value>7</rdf:value><ex:unit>px</ex:unit></rdf:Description></ex:q>"
        '<ex:outer rdf:parseType="Resource"><ex:inner rdf:parseType="Resource"><ex:leaf>x</ex:leaf></ex:inner></ex:outer>'
        "<ex:empty/>"
    )
    assert [(one.namespace, one.path, one.value) for one in found] == [
        (XML, "title[1]/lang", "x-default"),
        (DC, "title[1]", "a hill"),
        (XML, "title[2]/lang", "de"),
        (DC, "title[2]", "ein Hügel"),
        (EX, "source", "http://example.org/type"),
        (EX, "q", "7"),
        (EX, "q/unit", "px"),
        (EX, "outer/inner/leaf", "x"),
        (EX, "empty", ""),
    ]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
def test_every_encoding_is_read_whatever_the_packet_says(encoding: str) -> None:
    text = xmp("<ex:a>テスト</ex:a>", "").decode()
    for head in ("", '<?xml version="1.0" encoding="UTF-16"?>', "  \n"):
        found, trouble = properties((head + text.lstrip("\ufeff")).encode(encoding))
        assert not trouble
        assert [one.value for one in found] == ["テスト"]


@pytest.mark.parametrize(
    "wrap",
    [
        lambda text: text + b"\0" * 50,
        lambda text: b"\0\0" + text,
        lambda text: text + b" " * 4000,
        lambda text: b"garbage before" + text,
        lambda text: text[text.index(b"<rdf:RDF") : text.index(b"</x:xmpmeta>")],
        lambda text: text.replace(b"a hill", b"a\x01 hill"),
    ],
    ids=["zeros behind", "zeros before", "padding", "garbage before", "no packet, no xmpmeta", "control character"],
)
def test_common_faults_are_forgiven(wrap: object) -> None:
    found, trouble = properties(wrap(xmp("<ex:a>a hill</ex:a>", "")))  # type: ignore[operator]
    assert not trouble
    assert [one.value for one in found] == ["a hill"]


def test_what_is_not_utf_8_is_read_with_replacement_characters() -> None:
    found, trouble = properties(xmp("<ex:a>caf?</ex:a>", "").replace(b"caf?", b"caf\xe9"))
    assert not trouble
    assert [one.value for one in found] == ["caf\ufffd"]


@pytest.mark.parametrize(
    "prolog",
    [
        b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
        b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://example.org/a">]>',
    ],
)
def test_entities_are_refused_and_the_refusal_told(prolog: bytes) -> None:
    found, trouble = properties(prolog + xmp("<ex:a>&b;</ex:a>", ""))
    assert found == ()
    assert "declares entities or refers to the outside" in trouble


def test_damaged_xml_keeps_what_stands_before_the_damage() -> None:
    found, trouble = properties(xmp("<ex:a>1</ex:a><ex:b>2</ex:b><ex:c>& 3</ex:c>", ""))
    assert [one.value for one in found] == ["1", "2"]
    assert "not well-formed" in trouble
    assert properties(b"no XML at all") == ((), "it holds no XML")
    assert properties(b" \0 ") == ((), "")


@pytest.mark.parametrize(
    ("inner", "words"),
    [
        ("<ex:a>" * 1000, "nested more than"),
        (f"<ex:{'a' * 1000}/>", "a name is longer"),
        (f'<ex:a ex:{"b" * 1000}="1"/>', "a name is longer"),
        ("<ex:a/>" * 30_000, "more than 20000 properties"),
        (f"<ex:{'a' * 200}>" * 30 + "<ex:b>1</ex:b>" * 15_000, "more text than its size allows"),
    ],
)
def test_bounds_are_told(inner: str, words: str) -> None:
    found, trouble = properties(xmp(inner, ""))
    assert words in trouble
    assert len(found) <= 20_000


def test_elements_outside_rdf_are_bounded_too_and_no_properties() -> None:
    found, trouble = properties(b"<a>" + b"<b/>" * 70_000 + b"</a>")
    assert (found, "more than 60000 elements" in trouble) == ((), True)
    assert properties(b"<a><b>text</b></a>") == ((), "")


@pytest.mark.parametrize("start", ["<!--", '<ex:a b="', "<ex:a>", "<![CDATA[", "<?pi "])
def test_a_long_unfinished_token_does_not_take_long(start: str) -> None:
    _, trouble = properties(f'<r:RDF xmlns:r="{RDF}" xmlns:ex="{EX}">'.encode() + start.encode() + b"a" * 4_000_000)
    assert trouble


@given(st.binary(max_size=300), st.integers(0, 500))
def test_no_bytes_raise(data: bytes, at: int) -> None:
    properties(data)
    whole = xmp("<dc:title><rdf:Alt><rdf:li>x</rdf:li></rdf:Alt></dc:title>")
    for one in properties(whole[:at] + data + whole[at:])[0]:
        assert one.path
