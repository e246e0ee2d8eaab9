"""Keys of a unit: made once, never overwritten, readable by their owner only."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from safelight.custody.keys import KeyFolder, read_public_key
from safelight.errors import CustodyKeyError


def test_a_key_comes_back_with_its_pass_phrase_only(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path / "keys")
    made = folder.make("unit-7", b"correct horse")
    assert folder.names() == ["unit-7"] and folder.is_protected("unit-7")
    assert folder.load("unit-7", b"correct horse").public == made.public
    assert read_public_key(folder.public_file("unit-7")) == made.public
    for wrong in (b"", b"wrong"):
        with pytest.raises(CustodyKeyError, match="cannot be opened"):
            folder.load("unit-7", wrong)
    assert stat.S_IMODE((tmp_path / "keys" / "unit-7.key.pem").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert b"ENCRYPTED" in (tmp_path / "keys" / "unit-7.key.pem").read_bytes()


def test_a_key_without_a_pass_phrase_needs_none(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    made = folder.make("open", b"")
    assert not folder.is_protected("open") and folder.load("open").public == made.public


@pytest.mark.parametrize("ending", ["key", "pub"])
def test_no_byte_of_a_key_file_can_be_flipped_into_another_key(tmp_path: Path, ending: str) -> None:
    folder = KeyFolder(tmp_path)
    made = folder.make("open", b"")
    path = tmp_path / f"open.{ending}.pem"
    content = path.read_bytes()
    refused = 0
    for at in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            path.write_bytes(changed)
            try:
                assert folder.load("open").public == made.public, at
            except CustodyKeyError:
                refused += 1
    # What is left are line ends and the last bits of the Base64.
    assert refused > len(content) * 7
    path.write_bytes(content)
    assert folder.load("open").public == made.public
    folder.public_file("open").unlink()
    assert folder.load("open").public == made.public


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    before = folder.make("one", b"").public
    with pytest.raises(CustodyKeyError, match="already"):
        folder.make("one", b"")
    assert folder.load("one").public == before


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "x" * 65, "new\nline"])
def test_odd_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CustodyKeyError):
        KeyFolder(tmp_path / "keys").make(name, b"")
    with pytest.raises(CustodyKeyError):
        KeyFolder(tmp_path / "keys").load(name)
    assert not (tmp_path / "keys").exists()


def test_what_is_no_ed25519_key_is_refused(tmp_path: Path) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    private = other.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "other.key.pem").write_bytes(private)
    (tmp_path / "other.pub.pem").write_bytes(
        other.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    (tmp_path / "none.pub.pem").write_bytes(b"no key")
    with pytest.raises(CustodyKeyError, match="not an Ed25519 key"):
        KeyFolder(tmp_path).load("other")
    with pytest.raises(CustodyKeyError, match="another kind"):
        read_public_key(tmp_path / "other.pub.pem")
    for name in ("none.pub.pem", "absent.pub.pem"):
        with pytest.raises(CustodyKeyError, match="is no public key"):
            read_public_key(tmp_path / name)


def test_different_keys_have_different_fingerprints(tmp_path: Path) -> None:
    folder = KeyFolder(tmp_path)
    assert len({folder.make(f"k{number}", b"").public.fingerprint for number in range(8)}) == 8
