"""Signs drawn pictures on the spot with certificates made on the spot, the way cameras and generators sign theirs."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

from safelight.origin.trust import TrustList, TrustLists

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Signer:
    """A private key and its certificate, followed by those that stand above it; PEM."""

    key: str
    chain: str


class Authority:
    """A certificate authority of one's own."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name(name, f"{name} root")
        self._certificate = (
            _builder(self._name, self._name, self._key, dt.datetime.now(dt.UTC) - 400 * _DAY, 800 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def pem(self) -> str:
        return _pem(self._certificate)

    def as_lists(self, name: str = "unit") -> TrustLists:
        return TrustLists((TrustList(name=name, date="2026-01-01", anchors=self.pem),))

    def signer(self, name: str, *, valid_for: dt.timedelta = 300 * _DAY) -> Signer:
        """A signer whose certificate began a day ago and ends after `valid_for` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = dt.datetime.now(dt.UTC)
        certificate = (
            _builder(_name(name, f"{name} signer"), self._name, key, now - _DAY, _DAY + valid_for)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return Signer(private.decode(), _pem(certificate) + self.pem)


def picture(side_px: int = 64, shade: int = 0, form: str = "JPEG") -> bytes:
    """A drawn picture."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((side_px, side_px)).point(lambda value: (value + shade) % 256).convert(
        "RGB"
    ).save(out, form)
    return out.getvalue()


def action(name: str, source_type: str = "", agent: str = "", **more: Any) -> dict[str, Any]:
    """One action; `source_type` by its term."""
    made: dict[str, Any] = {"action": f"c2pa.{name}", **more}
    if source_type:
        made["digitalSourceType"] = SOURCE_TYPE + source_type
    if agent:
        made["softwareAgent"] = {"name": agent}
    return made


def opened(label: str = "parent") -> dict[str, Any]:
    return action("opened", parameters={"ingredientIds": [label]})


def signed(
    data: bytes,
    signer: Signer,
    actions: Sequence[dict[str, Any]],
    *,
    program: str = "Drawing Program",
    ingredients: Sequence[tuple[str, bytes]] = (),
    assertions: Sequence[dict[str, Any]] = (),
    media_type: str = "image/jpeg",
    remote: str = "",
    embed: bool = True,
) -> bytes:
    """The picture with a manifest; `ingredients` are (relationship, bytes), the first one is called `parent`."""
    manifest = {
        "claim_generator_info": [{"name": program, "version": "1.2"}],
        "title": "drawn.jpg",
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": list(actions)}}, *assertions],
    }
    settings = {
        "verify": {"verify_after_sign": False, "remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    info = c2pa.C2paSignerInfo("es256", signer.chain.encode(), signer.key.encode(), None)
    context = c2pa.Context(c2pa.Settings.from_dict(settings))
    out = io.BytesIO()
    with c2pa.Builder(manifest, context) as builder, c2pa.Signer.from_info(info) as signs:
        for number, (relationship, content) in enumerate(ingredients):
            name = "parent" if not number else f"ingredient{number}"
            described = {"title": f"{name}.jpg", "relationship": relationship, "label": name, "instance_id": name}
            builder.add_ingredient(described, "image/jpeg", io.BytesIO(content))
        if remote:
            builder.set_remote_url(remote)
        if not embed:
            builder.set_no_embed()
        builder.sign(signs, media_type, io.BytesIO(data), out)
    return out.getvalue()


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    start: dt.datetime,
    length: dt.timedelta,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + length)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=signs_certificates, crl_sign=signs_certificates, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _name(organisation: str, common_name: str) -> x509.Name:
    attributes = [
        (NameOID.COUNTRY_NAME, "DE"),
        (NameOID.ORGANIZATION_NAME, organisation),
        (NameOID.COMMON_NAME, common_name),
    ]
    return x509.Name([x509.NameAttribute(oid, text) for oid, text in attributes])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
