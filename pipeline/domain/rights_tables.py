"""Tables of rights: reservations, site files, labels of generated content and the consent register."""

from pipeline.domain.columns import (
    ACTOR,
    DOCUMENT,
    FILE,
    MOMENT,
    ORDINAL,
    RECORDED,
    RUN,
    SOURCE,
    TEXT,
    TEXTS,
    WHOLE,
    YES,
    Column,
    Holds,
    Table,
)
from pipeline.domain.rights import Answer, ConsentEvent, Signal, SiteFileKind

_SIGNAL = Column("signal", TEXT, "By which signal the rights holder speaks.", allowed=Signal)
_ANSWER = Column("verdict", TEXT, "What the signal says: allowed, denied, or unreadable.", allowed=Answer)
_AGENT = Column("agent", TEXT, "Whom it addresses: the product tokens of robots.txt that were asked about, or *.")
_READ_FROM = Column(
    "read_from", TEXT, "Where it was read: robots.txt, tdmrep.json, the name of a header or meta element, or the declaration."
)
_DETAIL = Column("detail", TEXT, "The value found or why it could not be read, as a code.", is_optional=True)
_BODY = Column("body_sha256", TEXT, "SHA-256 of the bytes it was read from.")
_READ_AT = Column("read_at", MOMENT, "When it was read: the opening of the run that met the record, or the declared time of the evidence.")

RIGHTS_TABLES: tuple[Table, ...] = (
    Table(
        "reservations",
        "one row per document met, signal and body it was read from",
        (DOCUMENT, SOURCE, _SIGNAL, _ANSWER, _AGENT, _READ_FROM, _DETAIL, _BODY, _READ_AT, RUN),
        ("document_id",),
    ),
    Table(
        "source_reservations",
        "one row per declaration, signal and body it was read from: what holds for the source as a whole",
        (
            SOURCE,
            Column("declaration_sha256", TEXT, "The declaration whose evidence it was read from."),
            _SIGNAL,
            _ANSWER,
            _AGENT,
            _READ_FROM,
            _DETAIL,
            _BODY,
            _READ_AT,
            RUN,
        ),
        ("source_id",),
    ),
    Table(
        "site_files",
        "one row per robots.txt or tdmrep.json met among a delivery's records; its bytes are in the evidence store",
        (
            SOURCE,
            FILE,
            ORDINAL,
            Column("kind", TEXT, "robots or tdmrep.", allowed=SiteFileKind),
            Column("origin", TEXT, "Scheme, host and port that it speaks for."),
            Column("http_status", WHOLE, "Status it was answered with."),
            _BODY,
            Column("captured_at", TEXT, "When it was captured, as the record says (ISO 8601).", is_optional=True),
            RUN,
        ),
        ("source_id", "origin"),
    ),
    Table(
        "generated_labels",
        "one row per document that carries a label of generated content; the text keeps its label",
        (
            DOCUMENT,
            SOURCE,
            Column("read_from", TEXT, "Where the label stood: front matter, metadata or a meta element."),
            Column("label", TEXT, "Label: 1 generated, 2 possibly, 3 suspected, as reported from GB 45438; unreadable.", is_optional=True),
            Column("content_producer", TEXT, "ContentProducer.", is_optional=True),
            Column("produce_id", TEXT, "ProduceID.", is_optional=True),
            Column("reserved_code1", TEXT, "ReservedCode1.", is_optional=True),
            Column("content_propagator", TEXT, "ContentPropagator.", is_optional=True),
            Column("propagate_id", TEXT, "PropagateID.", is_optional=True),
            Column("reserved_code2", TEXT, "ReservedCode2.", is_optional=True),
            RUN,
        ),
        ("document_id",),
        holds=Holds.TEXT,
    ),
    Table(
        "consents",
        "one row per consent and change of it; a correction or withdrawal is a later row of the same consent",
        (
            Column("consent_id", TEXT, "The consent, as the register it came from names it, in keyed form."),
            SOURCE,
            Column("document_id", TEXT, "The one document it speaks of; none for the whole source.", is_optional=True),
            Column(
                "subject", TEXT, "Pseudonym of the person who agreed; none where it speaks for everybody in its scope.", is_optional=True
            ),
            Column("event", TEXT, "granted or withdrawn.", allowed=ConsentEvent),
            Column("purpose_sha256", TEXT, "SHA-256 of the purpose agreed to; another purpose needs another consent (PIPL Art. 14)."),
            Column("kinds", TEXTS, "Kinds of personal information agreed to; * for all that are not sensitive."),
            Column("is_separate", YES, "Whether it is a separate consent, as sensitive information needs (PIPL Art. 29)."),
            Column("is_guardian", YES, "Whether a guardian gave it for a person below 14 (PIPL Art. 31)."),
            Column("valid_from", MOMENT, "Holds from; none means from the start.", is_optional=True),
            Column("valid_to", MOMENT, "Holds until; none means no end.", is_optional=True),
            Column("evidence_sha256", TEXT, "SHA-256 of the record it rests on, kept in the evidence store.", is_optional=True),
            ACTOR,
            RECORDED,
            RUN,
        ),
        ("source_id", "consent_id"),
    ),
)
