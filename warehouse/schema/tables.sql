-- Every table of the warehouse, its closed sets, checks and meanings.
-- Written by pipeline/domain/dictionary.py from pipeline/domain/tables.py; a test holds the two equal. Do not edit.
-- Rows are appended, never changed: a correction is a later row, "current" is a view.

CREATE TYPE source_kind AS ENUM ('open', 'self_collected', 'commercial', 'user_input', 'synthetic', 'public_sector');
CREATE TYPE source_state AS ENUM ('proposed', 'assessed', 'admitted', 'refused', 'suspended');
CREATE TYPE reason AS ENUM ('source.not_assessed', 'source.not_admitted', 'source.refused', 'source.suspended', 'source.no_evidence', 'source.reserved', 'source.no_legal_basis', 'license.no_evidence', 'license.no_conclusion', 'license.conflict', 'license.not_classed', 'license.not_permitted', 'license.record_differs', 'pi.redacted', 'pi.not_analysed', 'pi.forbidden_kind', 'pi.too_dense', 'pi.sensitive_combination', 'pi.consent_missing', 'pi.minor', 'quality.not_measured', 'quality.too_short', 'quality.too_long', 'quality.language_undeclared', 'quality.repetitive', 'quality.symbols', 'quality.fragmented', 'quality.encoding_damage', 'quality.markup_left', 'duplicate.member', 'duplicate.laundering', 'duplicate.undated');
CREATE TYPE meeting AS ENUM ('new', 'again', 'absent');
CREATE TYPE reject_reason AS ENUM ('record.truncated_stream', 'record.damaged_stream', 'record.broken_json', 'record.broken_row', 'record.not_an_object', 'record.missing_field', 'record.not_text', 'record.empty_text', 'record.invalid_bytes', 'record.over_long', 'record.damaged_warc', 'record.warc_revisit', 'record.warc_not_content', 'record.unreadable_file', 'record.key_conflict');
CREATE TYPE gate AS ENUM ('source', 'license', 'pi', 'quality', 'duplicate');
CREATE TYPE disposition AS ENUM ('admit', 'redact', 'quarantine', 'reject');
CREATE TYPE clause_verdict AS ENUM ('conforms', 'does_not', 'not_applicable');
CREATE TYPE rule_kind AS ENUM ('functional', 'safety');
CREATE TYPE rule_stage AS ENUM ('label', 'review');
CREATE TYPE rule_state AS ENUM ('draft', 'approved', 'retired');
CREATE TYPE employment AS ENUM ('internal', 'vendor');
CREATE TYPE topic AS ENUM ('task_rules', 'tool', 'quality', 'data_security');
CREATE TYPE function AS ENUM ('label', 'review', 'verify', 'adjudicate');
CREATE TYPE qualification_state AS ENUM ('active', 'suspended', 'revoked');
CREATE TYPE batch_state AS ENUM ('draft', 'open', 'closed', 'frozen', 'sampled', 'verifying', 'adjudicating', 'accepted', 'relabel', 'void', 'held');
CREATE TYPE purpose AS ENUM ('label', 'gold', 'review', 'verify', 'verify_gold', 'adjudicate', 'exam', 'pilot');
CREATE TYPE revision_status AS ENUM ('submitted', 'skipped', 'deleted');
CREATE TYPE alarm AS ENUM ('foreign_author', 'spoofed_author', 'unattributed', 'unqualified', 'invalid_result', 'config_drift', 'task_edited', 'task_missing', 'task_unknown', 'edited_after_freeze', 'deleted_after_freeze', 'too_fast', 'project_missing');
CREATE TYPE subject AS ENUM ('batch', 'source', 'residual_pi');
CREATE TYPE used_for AS ENUM ('acceptance', 'diagnostic', 'discovery');
CREATE TYPE outcome AS ENUM ('match', 'mismatch', 'illegal', 'unverifiable');
CREATE TYPE adjudication AS ENUM ('label_wrong', 'verifier_wrong', 'rule_ambiguous', 'illegal', 'unverifiable');
CREATE TYPE signal AS ENUM ('robots', 'content_signal', 'tdmrep_file', 'tdm_header', 'tdm_meta', 'noai', 'noimageai', 'login', 'paywall');
CREATE TYPE answer AS ENUM ('allowed', 'denied', 'unreadable');
CREATE TYPE site_file_kind AS ENUM ('robots', 'tdmrep');
CREATE TYPE consent_event AS ENUM ('granted', 'withdrawn');

CREATE TABLE ledger (
    seq BIGINT NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    actor_proof VARCHAR NOT NULL,
    event VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    prev VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    CHECK (seq >= 0)
);

COMMENT ON TABLE ledger IS 'one row per change of state, in order, each hash covering the one before';
COMMENT ON COLUMN ledger.seq IS 'Position in the chain, from 0 without gaps.';
COMMENT ON COLUMN ledger."at" IS 'When, by this host''s clock: order is proved, time is claimed.';
COMMENT ON COLUMN ledger.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN ledger.actor_proof IS 'How the actor was proved: os_user, airflow_login, signature or system.';
COMMENT ON COLUMN ledger.event IS 'What happened, as noun.verb.';
COMMENT ON COLUMN ledger.body IS 'Canonical JSON of the facts of the event.';
COMMENT ON COLUMN ledger.prev IS 'Hash of the entry before; 64 zeros for the first.';
COMMENT ON COLUMN ledger.hash IS 'SHA-256 of the canonical JSON of all other columns.';

CREATE TABLE people (
    actor VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE people IS 'one row per pseudonymous actor and name; the only table of names, and erasable';
COMMENT ON COLUMN people.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN people.name IS 'The name or login behind the pseudonym.';
COMMENT ON COLUMN people.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN people.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE sources (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    kind source_kind NOT NULL,
    title VARCHAR NOT NULL,
    title_zh VARCHAR,
    publisher VARCHAR NOT NULL,
    origin_country VARCHAR NOT NULL,
    languages VARCHAR[] NOT NULL,
    modality VARCHAR NOT NULL,
    license_declared VARCHAR,
    declaration VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE sources IS 'one row per version of a source''s declaration';
COMMENT ON COLUMN sources.source_id IS 'The declared source.';
COMMENT ON COLUMN sources.declaration_sha256 IS 'SHA-256 of the canonical JSON of the declaration.';
COMMENT ON COLUMN sources.kind IS 'Kind of source; each kind demands its own evidence.';
COMMENT ON COLUMN sources.title IS 'Title in English.';
COMMENT ON COLUMN sources.title_zh IS 'Title in Chinese.';
COMMENT ON COLUMN sources.publisher IS 'Organisation or person that made the collection.';
COMMENT ON COLUMN sources.origin_country IS 'ISO 3166-1 alpha-2, ZZ when mixed or unknown.';
COMMENT ON COLUMN sources.languages IS 'BCP 47 tags as declared.';
COMMENT ON COLUMN sources.modality IS 'Modality as declared.';
COMMENT ON COLUMN sources.license_declared IS 'Terms as the distribution states them, in its own words.';
COMMENT ON COLUMN sources.declaration IS 'Canonical JSON of the whole declaration.';
COMMENT ON COLUMN sources.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN sources.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN sources.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE source_states (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    state source_state NOT NULL,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE source_states IS 'one row per change of a source''s state';
COMMENT ON COLUMN source_states.source_id IS 'The declared source.';
COMMENT ON COLUMN source_states.declaration_sha256 IS 'The declaration this state was given to.';
COMMENT ON COLUMN source_states.state IS 'State the source entered.';
COMMENT ON COLUMN source_states.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN source_states.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN source_states.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN source_states.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE evidence (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    evidence_sha256 VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    about VARCHAR NOT NULL,
    read_at VARCHAR NOT NULL,
    retrieved_at TIMESTAMPTZ NOT NULL,
    media_type VARCHAR NOT NULL,
    bytes BIGINT NOT NULL,
    states VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE evidence IS 'one row per piece of evidence of a declaration';
COMMENT ON COLUMN evidence.source_id IS 'The declared source.';
COMMENT ON COLUMN evidence.declaration_sha256 IS 'The declaration that cites it.';
COMMENT ON COLUMN evidence.evidence_sha256 IS 'SHA-256 of the bytes, which are kept under this name in the evidence store.';
COMMENT ON COLUMN evidence.name IS 'Path below the declaration''s folder.';
COMMENT ON COLUMN evidence.kind IS 'What it is: license_text, package_metadata, readme, statute, contract, ...';
COMMENT ON COLUMN evidence.about IS 'Whether it speaks of the package or of its data: package | data.';
COMMENT ON COLUMN evidence.read_at IS 'Where in the artifact or on which page it was read.';
COMMENT ON COLUMN evidence.retrieved_at IS 'When it was read, as declared.';
COMMENT ON COLUMN evidence.media_type IS 'Media type of the bytes.';
COMMENT ON COLUMN evidence.bytes IS 'Size in bytes.';
COMMENT ON COLUMN evidence.states IS 'SPDX expression it states, as declared or extracted.';
COMMENT ON COLUMN evidence.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE license_conclusions (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    expression VARCHAR NOT NULL,
    reason reason,
    explanation VARCHAR,
    evidence VARCHAR[] NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE license_conclusions IS 'one row per conclusion on a source''s licence';
COMMENT ON COLUMN license_conclusions.source_id IS 'The declared source.';
COMMENT ON COLUMN license_conclusions.declaration_sha256 IS 'The declaration concluded upon.';
COMMENT ON COLUMN license_conclusions.expression IS 'SPDX expression for the data, or NOASSERTION.';
COMMENT ON COLUMN license_conclusions.reason IS 'Why nothing could be concluded.';
COMMENT ON COLUMN license_conclusions.explanation IS 'Why the conclusion differs from what is declared (SPDX asks for it).';
COMMENT ON COLUMN license_conclusions.evidence IS 'Digests of the evidence the conclusion rests on.';
COMMENT ON COLUMN license_conclusions.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN license_conclusions.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN license_conclusions.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE legal_bases (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    regime VARCHAR NOT NULL,
    basis VARCHAR NOT NULL,
    clause VARCHAR NOT NULL,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ,
    evidence VARCHAR,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE legal_bases IS 'one row per legal ground relied on for a source';
COMMENT ON COLUMN legal_bases.source_id IS 'The declared source.';
COMMENT ON COLUMN legal_bases.declaration_sha256 IS 'The declaration that names it.';
COMMENT ON COLUMN legal_bases.regime IS 'copyright | data_protection | contract: one ground never answers for another regime.';
COMMENT ON COLUMN legal_bases.basis IS 'The ground, from the regime''s closed list.';
COMMENT ON COLUMN legal_bases.clause IS 'The clause relied on.';
COMMENT ON COLUMN legal_bases.valid_from IS 'Holds from; none means from the start.';
COMMENT ON COLUMN legal_bases.valid_to IS 'Holds until; none means no end.';
COMMENT ON COLUMN legal_bases.evidence IS 'Path of the evidence it rests on, below the declaration''s folder.';
COMMENT ON COLUMN legal_bases.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN legal_bases.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN legal_bases.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE policies (
    policy_sha256 VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE policies IS 'one row per version of one policy file';
COMMENT ON COLUMN policies.policy_sha256 IS 'SHA-256 of the canonical JSON of the policy applied.';
COMMENT ON COLUMN policies.name IS 'Which policy: source, license, pi, quality, duplicate, publish, acquire, governance, labeling.';
COMMENT ON COLUMN policies.body IS 'Canonical JSON of the policy.';
COMMENT ON COLUMN policies.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN policies.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN policies.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE policy_sets (
    policy_set_sha256 VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    policy_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE policy_sets IS 'one row per policy in an activated set';
COMMENT ON COLUMN policy_sets.policy_set_sha256 IS 'SHA-256 over the names and digests of the set.';
COMMENT ON COLUMN policy_sets.name IS 'Which policy.';
COMMENT ON COLUMN policy_sets.policy_sha256 IS 'SHA-256 of the canonical JSON of the policy applied.';
COMMENT ON COLUMN policy_sets.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE files (
    source_id VARCHAR NOT NULL,
    delivery_id VARCHAR NOT NULL,
    file_id VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    file_sha256 VARCHAR,
    etag VARCHAR,
    bytes BIGINT NOT NULL,
    status VARCHAR NOT NULL,
    records BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE files IS 'one row per file and run that looked at it';
COMMENT ON COLUMN files.source_id IS 'The declared source.';
COMMENT ON COLUMN files.delivery_id IS 'SHA-256 over the source and the paths and digests of the files that one delivery held.';
COMMENT ON COLUMN files.file_id IS 'SHA-256 over the source and the file''s path below the delivery address.';
COMMENT ON COLUMN files.path IS 'Path below the delivery address; its digest instead where it holds personal information.';
COMMENT ON COLUMN files.file_sha256 IS 'SHA-256 of the file''s bytes; none where it could not be read.';
COMMENT ON COLUMN files.etag IS 'Entity tag or size and time by which an unchanged file is known unread.';
COMMENT ON COLUMN files.bytes IS 'Size in bytes as listed.';
COMMENT ON COLUMN files.status IS 'read | unchanged | removed | unreadable.';
COMMENT ON COLUMN files.records IS 'Records met in it by this run.';
COMMENT ON COLUMN files.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE documents (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    locator VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    raw_sha256 VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    chars BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    encoding VARCHAR NOT NULL,
    title VARCHAR,
    metadata VARCHAR NOT NULL,
    record_license VARCHAR,
    record_language VARCHAR,
    captured_at VARCHAR,
    published_at VARCHAR,
    file_id VARCHAR NOT NULL,
    ordinal BIGINT NOT NULL,
    supersedes VARCHAR,
    run_id VARCHAR NOT NULL,
    CHECK (chars >= 0)
);

COMMENT ON TABLE documents IS 'one row per document; the only place its text is kept';
COMMENT ON COLUMN documents.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN documents.source_id IS 'The declared source.';
COMMENT ON COLUMN documents.locator IS 'The record''s declared key or URL, else path below the source''s root and ordinal.';
COMMENT ON COLUMN documents.content_sha256 IS 'SHA-256 of the NFC text in UTF-8.';
COMMENT ON COLUMN documents.raw_sha256 IS 'SHA-256 of the bytes the text was read from.';
COMMENT ON COLUMN documents.text IS 'The NFC text.';
COMMENT ON COLUMN documents.chars IS 'Length in Unicode code points.';
COMMENT ON COLUMN documents.bytes IS 'Length in UTF-8 bytes.';
COMMENT ON COLUMN documents.encoding IS 'Character encoding the bytes were read with.';
COMMENT ON COLUMN documents.title IS 'Title of the record.';
COMMENT ON COLUMN documents.metadata IS 'Canonical JSON object of the declared metadata columns.';
COMMENT ON COLUMN documents.record_license IS 'Terms stated by the record itself.';
COMMENT ON COLUMN documents.record_language IS 'Language stated by the record itself.';
COMMENT ON COLUMN documents.captured_at IS 'When the record was captured, as it says (ISO 8601).';
COMMENT ON COLUMN documents.published_at IS 'When the record was published, as it says (ISO 8601).';
COMMENT ON COLUMN documents.file_id IS 'SHA-256 over the source and the file''s path below the delivery address.';
COMMENT ON COLUMN documents.ordinal IS 'Position of the record in its file, from 0.';
COMMENT ON COLUMN documents.supersedes IS 'The document that held another text under the same locator.';
COMMENT ON COLUMN documents.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE acquisitions (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    delivery_id VARCHAR NOT NULL,
    file_id VARCHAR NOT NULL,
    ordinal BIGINT NOT NULL,
    meeting meeting NOT NULL,
    acquired_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE acquisitions IS 'one row per meeting of a delivery with a document';
COMMENT ON COLUMN acquisitions.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN acquisitions.source_id IS 'The declared source.';
COMMENT ON COLUMN acquisitions.delivery_id IS 'SHA-256 over the source and the paths and digests of the files that one delivery held.';
COMMENT ON COLUMN acquisitions.file_id IS 'SHA-256 over the source and the file''s path below the delivery address.';
COMMENT ON COLUMN acquisitions.ordinal IS 'Position of the record in its file, from 0.';
COMMENT ON COLUMN acquisitions.meeting IS 'new, again, or absent (in the last delivery but not in this one).';
COMMENT ON COLUMN acquisitions.acquired_at IS 'When the run that met it was opened.';
COMMENT ON COLUMN acquisitions.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE rejects (
    reject_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    delivery_id VARCHAR NOT NULL,
    file_id VARCHAR NOT NULL,
    ordinal BIGINT NOT NULL,
    reason reject_reason NOT NULL,
    detail VARCHAR,
    byte_start BIGINT,
    byte_count BIGINT,
    raw_sha256 VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE rejects IS 'one row per record that could not become a document';
COMMENT ON COLUMN rejects.reject_id IS 'SHA-256 over source, delivery, file and ordinal.';
COMMENT ON COLUMN rejects.source_id IS 'The declared source.';
COMMENT ON COLUMN rejects.delivery_id IS 'SHA-256 over the source and the paths and digests of the files that one delivery held.';
COMMENT ON COLUMN rejects.file_id IS 'SHA-256 over the source and the file''s path below the delivery address.';
COMMENT ON COLUMN rejects.ordinal IS 'Position of the record in its file, from 0.';
COMMENT ON COLUMN rejects.reason IS 'Why it is no document.';
COMMENT ON COLUMN rejects.detail IS 'What was found, without any text of the record.';
COMMENT ON COLUMN rejects.byte_start IS 'Offset of the record in the decompressed file, where known.';
COMMENT ON COLUMN rejects.byte_count IS 'Length of the record in bytes, where known.';
COMMENT ON COLUMN rejects.raw_sha256 IS 'SHA-256 of the record''s bytes, where they could be read.';
COMMENT ON COLUMN rejects.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE scans (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    rule_pack_sha256 VARCHAR NOT NULL,
    is_analysed BOOLEAN NOT NULL,
    detail VARCHAR,
    findings BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE scans IS 'one row per document and rule pack that looked for personal information in it';
COMMENT ON COLUMN scans.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN scans.source_id IS 'The declared source.';
COMMENT ON COLUMN scans.rule_pack_sha256 IS 'SHA-256 over the ids and versions of all rules of the pack.';
COMMENT ON COLUMN scans.is_analysed IS 'False when the analysis failed or gave up: then nothing is known of the document.';
COMMENT ON COLUMN scans.detail IS 'Why it could not be analysed.';
COMMENT ON COLUMN scans.findings IS 'How many findings the pack gave.';
COMMENT ON COLUMN scans.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE rule_packs (
    rule_pack_sha256 VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    detection_version BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE rule_packs IS 'one row per rule of a pack that looked for personal information';
COMMENT ON COLUMN rule_packs.rule_pack_sha256 IS 'The pack.';
COMMENT ON COLUMN rule_packs.rule_id IS 'A rule, recognizer or model of it.';
COMMENT ON COLUMN rule_packs.rule_version IS 'Its version and digest, so that a changed one alone is scanned for again.';
COMMENT ON COLUMN rule_packs.detection_version IS 'Version of the detection itself.';
COMMENT ON COLUMN rule_packs.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE findings (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    char_start BIGINT NOT NULL,
    char_end BIGINT NOT NULL,
    byte_start BIGINT NOT NULL,
    byte_end BIGINT NOT NULL,
    score DOUBLE NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version BIGINT NOT NULL,
    variant VARCHAR NOT NULL,
    category_35273 VARCHAR NOT NULL,
    is_sensitive_35273 BOOLEAN NOT NULL,
    is_sensitive_45574 BOOLEAN NOT NULL,
    value_hmac VARCHAR NOT NULL,
    key_id VARCHAR NOT NULL,
    rule_pack_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    CHECK (char_end > char_start),
    CHECK (byte_end > byte_start)
);

COMMENT ON TABLE findings IS 'one row per piece of personal information found; never its value';
COMMENT ON COLUMN findings.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN findings.source_id IS 'The declared source.';
COMMENT ON COLUMN findings.field IS 'Where: text, locator, title or metadata.<column>.';
COMMENT ON COLUMN findings.kind IS 'Kind of identifier, in Presidio''s entity names where it has one.';
COMMENT ON COLUMN findings.char_start IS 'First code point.';
COMMENT ON COLUMN findings.char_end IS 'Code point after the last.';
COMMENT ON COLUMN findings.byte_start IS 'First UTF-8 byte.';
COMMENT ON COLUMN findings.byte_end IS 'UTF-8 byte after the last.';
COMMENT ON COLUMN findings.score IS 'Confidence from 0 to 1.';
COMMENT ON COLUMN findings.rule_id IS 'Rule that found it.';
COMMENT ON COLUMN findings.rule_version IS 'Version of that rule.';
COMMENT ON COLUMN findings.variant IS 'How it was written: plain, fullwidth, spaced, dashed, zero_width or numerals.';
COMMENT ON COLUMN findings.category_35273 IS 'Category under GB/T 35273-2020, as reported.';
COMMENT ON COLUMN findings.is_sensitive_35273 IS 'Sensitive under GB/T 35273-2020, as reported.';
COMMENT ON COLUMN findings.is_sensitive_45574 IS 'Sensitive under GB/T 45574-2025, as reported.';
COMMENT ON COLUMN findings.value_hmac IS 'HMAC-SHA-256 of the normalized value under the project''s key.';
COMMENT ON COLUMN findings.key_id IS 'Which key made value_hmac.';
COMMENT ON COLUMN findings.rule_pack_sha256 IS 'The pack this finding belongs to.';
COMMENT ON COLUMN findings.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE metrics (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    measure_version BIGINT NOT NULL,
    chars BIGINT NOT NULL,
    lines BIGINT NOT NULL,
    language VARCHAR NOT NULL,
    language_score DOUBLE NOT NULL,
    is_language_declared BOOLEAN NOT NULL,
    script VARCHAR NOT NULL,
    letter_ratio DOUBLE NOT NULL,
    digit_ratio DOUBLE NOT NULL,
    symbol_ratio DOUBLE NOT NULL,
    unbroken_ratio DOUBLE NOT NULL,
    repeated_line_ratio DOUBLE NOT NULL,
    repeated_ngram_ratio DOUBLE NOT NULL,
    distinct_char_ratio DOUBLE NOT NULL,
    mean_line_chars DOUBLE NOT NULL,
    max_line_chars BIGINT NOT NULL,
    replacement_count BIGINT NOT NULL,
    control_count BIGINT NOT NULL,
    mojibake_count BIGINT NOT NULL,
    markup_count BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE metrics IS 'one row per document and version of the measures';
COMMENT ON COLUMN metrics.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN metrics.source_id IS 'The declared source.';
COMMENT ON COLUMN metrics.measure_version IS 'Version of the stage that measured.';
COMMENT ON COLUMN metrics.chars IS 'Length in code points.';
COMMENT ON COLUMN metrics.lines IS 'Number of non-empty lines.';
COMMENT ON COLUMN metrics.language IS 'BCP 47 primary language found, und when undecided.';
COMMENT ON COLUMN metrics.language_score IS 'Confidence in the language from 0 to 1.';
COMMENT ON COLUMN metrics.is_language_declared IS 'Whether the language found is one its source declares.';
COMMENT ON COLUMN metrics.script IS 'ISO 15924 code of the script most letters have, Zyyy when none.';
COMMENT ON COLUMN metrics.letter_ratio IS 'Share of letters, of all non-space characters.';
COMMENT ON COLUMN metrics.digit_ratio IS 'Share of digits, of all non-space characters.';
COMMENT ON COLUMN metrics.symbol_ratio IS 'Share of neither letters, digits, marks nor punctuation, of all non-space characters.';
COMMENT ON COLUMN metrics.unbroken_ratio IS 'Share of characters in runs of 40 or more ASCII letters and digits, of all non-space ones.';
COMMENT ON COLUMN metrics.repeated_line_ratio IS 'Share of characters in lines that stood before.';
COMMENT ON COLUMN metrics.repeated_ngram_ratio IS 'Share of character 8-grams that stood before in the same block of 4,096.';
COMMENT ON COLUMN metrics.distinct_char_ratio IS 'Distinct characters over characters.';
COMMENT ON COLUMN metrics.mean_line_chars IS 'Mean length of non-empty lines.';
COMMENT ON COLUMN metrics.max_line_chars IS 'Length of the longest line.';
COMMENT ON COLUMN metrics.replacement_count IS 'U+FFFD characters.';
COMMENT ON COLUMN metrics.control_count IS 'Control characters other than tab and line ends.';
COMMENT ON COLUMN metrics.mojibake_count IS 'Character pairs that betray text decoded with a wrong encoding.';
COMMENT ON COLUMN metrics.markup_count IS 'HTML tags and entities left in the text.';
COMMENT ON COLUMN metrics.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE expectation_results (
    source_id VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    suite_sha256 VARCHAR NOT NULL,
    expectation_id VARCHAR NOT NULL,
    expectation_type VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    clause VARCHAR NOT NULL,
    evaluated_count BIGINT NOT NULL,
    unexpected_count BIGINT NOT NULL,
    is_met BOOLEAN NOT NULL,
    observed VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE expectation_results IS 'one row per expectation, source and run that checked it';
COMMENT ON COLUMN expectation_results.source_id IS 'The declared source.';
COMMENT ON COLUMN expectation_results.suite IS 'Name of the suite file.';
COMMENT ON COLUMN expectation_results.suite_sha256 IS 'SHA-256 of the suite file''s canonical JSON.';
COMMENT ON COLUMN expectation_results.expectation_id IS 'Id of the expectation in the suite.';
COMMENT ON COLUMN expectation_results.expectation_type IS 'Great Expectations'' type name.';
COMMENT ON COLUMN expectation_results.severity IS 'critical (decides documents) or warning (is reported).';
COMMENT ON COLUMN expectation_results.clause IS 'The clause it evidences.';
COMMENT ON COLUMN expectation_results.evaluated_count IS 'Documents looked at.';
COMMENT ON COLUMN expectation_results.unexpected_count IS 'Documents that did not meet it.';
COMMENT ON COLUMN expectation_results.is_met IS 'Whether the expectation as a whole was met.';
COMMENT ON COLUMN expectation_results.observed IS 'What was observed, as canonical JSON of numbers.';
COMMENT ON COLUMN expectation_results.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE signatures (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    params_sha256 VARCHAR NOT NULL,
    normalized_sha256 VARCHAR NOT NULL,
    shingle VARCHAR NOT NULL,
    shingles BIGINT NOT NULL,
    signature BLOB NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE signatures IS 'one row per document and signing method';
COMMENT ON COLUMN signatures.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN signatures.source_id IS 'The declared source.';
COMMENT ON COLUMN signatures.params_sha256 IS 'SHA-256 of the parameters that fix the method.';
COMMENT ON COLUMN signatures.normalized_sha256 IS 'SHA-256 of the text as compared (folded, whitespace removed).';
COMMENT ON COLUMN signatures.shingle IS 'char or word n-grams, or none for a text below the floor.';
COMMENT ON COLUMN signatures.shingles IS 'Distinct shingles.';
COMMENT ON COLUMN signatures.signature IS 'MinHash values as little-endian uint32, empty below the floor.';
COMMENT ON COLUMN signatures.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE duplicate_edges (
    left_id VARCHAR NOT NULL,
    right_id VARCHAR NOT NULL,
    similarity DOUBLE NOT NULL,
    method VARCHAR NOT NULL,
    params_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE duplicate_edges IS 'one row per verified pair of near-duplicates';
COMMENT ON COLUMN duplicate_edges.left_id IS 'The pair''s smaller document_id.';
COMMENT ON COLUMN duplicate_edges.right_id IS 'The pair''s larger document_id.';
COMMENT ON COLUMN duplicate_edges.similarity IS 'Jaccard similarity of the shingle sets; 1 for equal normalized texts.';
COMMENT ON COLUMN duplicate_edges.method IS 'exact or near.';
COMMENT ON COLUMN duplicate_edges.params_sha256 IS 'SHA-256 of the parameters that fix the method.';
COMMENT ON COLUMN duplicate_edges.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE duplicate_members (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    cluster_id VARCHAR NOT NULL,
    kept_id VARCHAR NOT NULL,
    is_kept BOOLEAN NOT NULL,
    similarity DOUBLE NOT NULL,
    rule VARCHAR NOT NULL,
    members BIGINT NOT NULL,
    params_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE duplicate_members IS 'one row per member of a cluster of duplicates';
COMMENT ON COLUMN duplicate_members.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN duplicate_members.source_id IS 'The declared source.';
COMMENT ON COLUMN duplicate_members.cluster_id IS 'SHA-256 over the sorted members.';
COMMENT ON COLUMN duplicate_members.kept_id IS 'The member that is kept for all.';
COMMENT ON COLUMN duplicate_members.is_kept IS 'Whether this member is the kept one.';
COMMENT ON COLUMN duplicate_members.similarity IS 'Jaccard similarity to the kept member.';
COMMENT ON COLUMN duplicate_members.rule IS 'The election rule that decided between this member and the kept one.';
COMMENT ON COLUMN duplicate_members.members IS 'Size of the cluster.';
COMMENT ON COLUMN duplicate_members.params_sha256 IS 'SHA-256 of the parameters that fix the method.';
COMMENT ON COLUMN duplicate_members.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE decisions (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    gate gate NOT NULL,
    disposition disposition NOT NULL,
    reason reason,
    policy_sha256 VARCHAR NOT NULL,
    stage_version BIGINT NOT NULL,
    inputs_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    CHECK ((disposition = 'admit') = (reason IS NULL))
);

COMMENT ON TABLE decisions IS 'one row per document, gate, policy, stage version and inputs';
COMMENT ON COLUMN decisions.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN decisions.source_id IS 'The declared source.';
COMMENT ON COLUMN decisions.gate IS 'The gate that decided.';
COMMENT ON COLUMN decisions.disposition IS 'What it decided.';
COMMENT ON COLUMN decisions.reason IS 'The fault found; none exactly when it admits.';
COMMENT ON COLUMN decisions.policy_sha256 IS 'SHA-256 of the canonical JSON of the policy applied.';
COMMENT ON COLUMN decisions.stage_version IS 'Version of the stage that decided.';
COMMENT ON COLUMN decisions.inputs_sha256 IS 'SHA-256 of what it decided upon beyond the document itself.';
COMMENT ON COLUMN decisions.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE accounts (
    source_id VARCHAR NOT NULL,
    gate VARCHAR NOT NULL,
    disposition VARCHAR NOT NULL,
    reason VARCHAR,
    documents BIGINT NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE accounts IS 'one row per run, source, gate, disposition and reason';
COMMENT ON COLUMN accounts.source_id IS 'The declared source.';
COMMENT ON COLUMN accounts.gate IS 'The gate, or records for the reading of a delivery, or all for the strictest of all gates.';
COMMENT ON COLUMN accounts.disposition IS 'in, admit, redact, quarantine or reject; new, again and absent for records.';
COMMENT ON COLUMN accounts.reason IS 'Reason code.';
COMMENT ON COLUMN accounts.documents IS 'How many documents (records for the reading of a delivery).';
COMMENT ON COLUMN accounts.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE snapshots (
    snapshot_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    ledger_seq BIGINT NOT NULL,
    ledger_hash VARCHAR NOT NULL,
    policy_set_sha256 VARCHAR NOT NULL,
    documents BIGINT NOT NULL,
    chars BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    manifest_sha256 VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE snapshots IS 'one row per published snapshot';
COMMENT ON COLUMN snapshots.snapshot_id IS 'The snapshot digest: RFC 9162 Merkle root over its sorted leaves.';
COMMENT ON COLUMN snapshots.kind IS 'documents, or labels.';
COMMENT ON COLUMN snapshots.name IS 'The name it was published under.';
COMMENT ON COLUMN snapshots.ledger_seq IS 'Ledger position it was derived at.';
COMMENT ON COLUMN snapshots.ledger_hash IS 'Ledger hash at that position.';
COMMENT ON COLUMN snapshots.policy_set_sha256 IS 'The policy set it was derived under.';
COMMENT ON COLUMN snapshots.documents IS 'How many documents it holds.';
COMMENT ON COLUMN snapshots.chars IS 'Their length in code points, as published.';
COMMENT ON COLUMN snapshots.bytes IS 'Their length in UTF-8 bytes, as published.';
COMMENT ON COLUMN snapshots.manifest_sha256 IS 'SHA-256 of its manifest.json.';
COMMENT ON COLUMN snapshots.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN snapshots.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE snapshot_documents (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    snapshot_id VARCHAR NOT NULL,
    leaf_sha256 VARCHAR NOT NULL,
    published_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE snapshot_documents IS 'one row per snapshot and document in it';
COMMENT ON COLUMN snapshot_documents.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN snapshot_documents.source_id IS 'The declared source.';
COMMENT ON COLUMN snapshot_documents.snapshot_id IS 'The snapshot digest.';
COMMENT ON COLUMN snapshot_documents.leaf_sha256 IS 'RFC 9162 leaf hash of the document''s lineage record.';
COMMENT ON COLUMN snapshot_documents.published_sha256 IS 'SHA-256 of the text as published, after redaction.';
COMMENT ON COLUMN snapshot_documents.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE snapshot_scales (
    snapshot_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    language VARCHAR NOT NULL,
    license VARCHAR NOT NULL,
    documents BIGINT NOT NULL,
    chars BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    counter VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE snapshot_scales IS 'one row per snapshot, source, language and licence, measured over the text as published';
COMMENT ON COLUMN snapshot_scales.snapshot_id IS 'The snapshot digest.';
COMMENT ON COLUMN snapshot_scales.source_id IS 'The declared source.';
COMMENT ON COLUMN snapshot_scales.language IS 'BCP 47 tag as published, und when undecided.';
COMMENT ON COLUMN snapshot_scales.license IS 'SPDX expression as published.';
COMMENT ON COLUMN snapshot_scales.documents IS 'How many documents.';
COMMENT ON COLUMN snapshot_scales.chars IS 'Their length in code points.';
COMMENT ON COLUMN snapshot_scales.bytes IS 'Their length in UTF-8 bytes.';
COMMENT ON COLUMN snapshot_scales.tokens IS 'Their tokens: Han and kana characters, and runs of other letters and digits.';
COMMENT ON COLUMN snapshot_scales.counter IS 'The rule by which tokens were counted.';
COMMENT ON COLUMN snapshot_scales.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE clause_judgements (
    clause_id VARCHAR NOT NULL,
    clauses_sha256 VARCHAR NOT NULL,
    verdict clause_verdict NOT NULL,
    why VARCHAR NOT NULL,
    plan VARCHAR,
    evidence VARCHAR[] NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE clause_judgements IS 'one row per judgement of a person on a clause';
COMMENT ON COLUMN clause_judgements.clause_id IS 'The clause, by its id in the clause list.';
COMMENT ON COLUMN clause_judgements.clauses_sha256 IS 'SHA-256 of the clause list judged by.';
COMMENT ON COLUMN clause_judgements.verdict IS 'conforms, does_not or not_applicable.';
COMMENT ON COLUMN clause_judgements.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN clause_judgements.plan IS 'What will be done about a clause that is not met.';
COMMENT ON COLUMN clause_judgements.evidence IS 'Digests of the documents given as proof.';
COMMENT ON COLUMN clause_judgements.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN clause_judgements.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN clause_judgements.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE labeling_rules (
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    kind rule_kind NOT NULL,
    stage rule_stage NOT NULL,
    body VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE labeling_rules IS 'one row per version of a labeling rule';
COMMENT ON COLUMN labeling_rules.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN labeling_rules.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN labeling_rules.rule_sha256 IS 'SHA-256 of the canonical JSON of the rule.';
COMMENT ON COLUMN labeling_rules.kind IS 'functional or safety.';
COMMENT ON COLUMN labeling_rules.stage IS 'label or review.';
COMMENT ON COLUMN labeling_rules.body IS 'Canonical JSON of the rule.';
COMMENT ON COLUMN labeling_rules.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN labeling_rules.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN labeling_rules.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE labeling_rule_states (
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    state rule_state NOT NULL,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE labeling_rule_states IS 'one row per change of state of a rule''s version';
COMMENT ON COLUMN labeling_rule_states.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN labeling_rule_states.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN labeling_rule_states.rule_sha256 IS 'SHA-256 of the canonical JSON of the rule.';
COMMENT ON COLUMN labeling_rule_states.state IS 'State entered.';
COMMENT ON COLUMN labeling_rule_states.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN labeling_rule_states.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN labeling_rule_states.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN labeling_rule_states.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE rule_pilots (
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    people BIGINT NOT NULL,
    items BIGINT NOT NULL,
    measure VARCHAR NOT NULL,
    agreement VARCHAR,
    floor VARCHAR NOT NULL,
    is_met BOOLEAN NOT NULL,
    answers_sha256 VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE rule_pilots IS 'one row per pilot of a rule: what blind labeling by several people showed of it';
COMMENT ON COLUMN rule_pilots.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN rule_pilots.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN rule_pilots.rule_sha256 IS 'SHA-256 of the canonical JSON of the rule.';
COMMENT ON COLUMN rule_pilots.people IS 'How many people labeled every item.';
COMMENT ON COLUMN rule_pilots.items IS 'How many items all of them labeled.';
COMMENT ON COLUMN rule_pilots.measure IS 'krippendorff_alpha, gwet_ac1 or span_f1.';
COMMENT ON COLUMN rule_pilots.agreement IS 'The measure''s value as decimal text; none where it is not defined.';
COMMENT ON COLUMN rule_pilots.floor IS 'The agreement that the rule asks for, as decimal text.';
COMMENT ON COLUMN rule_pilots.is_met IS 'Whether the floor was reached.';
COMMENT ON COLUMN rule_pilots.answers_sha256 IS 'Digest of the answers in the evidence store; they hold offsets, no text.';
COMMENT ON COLUMN rule_pilots.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN rule_pilots.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN rule_pilots.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE annotators (
    person VARCHAR NOT NULL,
    employment employment NOT NULL,
    vendor VARCHAR,
    contract_sha256 VARCHAR,
    active_from TIMESTAMPTZ NOT NULL,
    active_to TIMESTAMPTZ,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE annotators IS 'one row per entry into, or change of, the register of annotators';
COMMENT ON COLUMN annotators.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN annotators.employment IS 'internal or vendor.';
COMMENT ON COLUMN annotators.vendor IS 'The vendor''s name.';
COMMENT ON COLUMN annotators.contract_sha256 IS 'Digest of the vendor''s contract in the evidence store.';
COMMENT ON COLUMN annotators.active_from IS 'When the person starts.';
COMMENT ON COLUMN annotators.active_to IS 'When the person left; none means still here.';
COMMENT ON COLUMN annotators.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN annotators.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN annotators.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE studio_accounts (
    instance VARCHAR NOT NULL,
    studio_user BIGINT NOT NULL,
    person VARCHAR NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE studio_accounts IS 'one row per mapping of a Label Studio account to a person';
COMMENT ON COLUMN studio_accounts.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN studio_accounts.studio_user IS 'The account''s id on that server.';
COMMENT ON COLUMN studio_accounts.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN studio_accounts.valid_from IS 'From when the account is this person''s.';
COMMENT ON COLUMN studio_accounts.valid_to IS 'Until when; none means still.';
COMMENT ON COLUMN studio_accounts.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN studio_accounts.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE trainings (
    person VARCHAR NOT NULL,
    topic topic NOT NULL,
    material_sha256 VARCHAR NOT NULL,
    completed_at TIMESTAMPTZ NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE trainings IS 'one row per person and training topic completed';
COMMENT ON COLUMN trainings.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN trainings.topic IS 'Training topic.';
COMMENT ON COLUMN trainings.material_sha256 IS 'Digest of the material in the evidence store.';
COMMENT ON COLUMN trainings.completed_at IS 'When it was completed.';
COMMENT ON COLUMN trainings.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN trainings.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN trainings.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE exams (
    person VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    function function NOT NULL,
    attempt BIGINT NOT NULL,
    items BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    illegal_missed BIGINT NOT NULL,
    is_passed BOOLEAN NOT NULL,
    answers_sha256 VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE exams IS 'one row per finished exam';
COMMENT ON COLUMN exams.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN exams.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN exams.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN exams.function IS 'label, review, verify or adjudicate.';
COMMENT ON COLUMN exams.attempt IS 'Which attempt, from 1.';
COMMENT ON COLUMN exams.items IS 'How many gold items were asked.';
COMMENT ON COLUMN exams.errors IS 'How many were answered wrong.';
COMMENT ON COLUMN exams.illegal_missed IS 'How many unlawful items were not reported.';
COMMENT ON COLUMN exams.is_passed IS 'Whether the policy''s exam plan was met.';
COMMENT ON COLUMN exams.answers_sha256 IS 'Digest of the answers by gold id in the evidence store; they hold offsets, no text.';
COMMENT ON COLUMN exams.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN exams.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN exams.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE qualifications (
    person VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    major BIGINT NOT NULL,
    function function NOT NULL,
    state qualification_state NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    valid_to TIMESTAMPTZ NOT NULL,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE qualifications IS 'one row per grant, suspension or revocation of a person''s qualification for a rule and function';
COMMENT ON COLUMN qualifications.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN qualifications.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN qualifications.major IS 'Major version of the rule.';
COMMENT ON COLUMN qualifications.function IS 'label, review, verify or adjudicate.';
COMMENT ON COLUMN qualifications.state IS 'active, suspended or revoked.';
COMMENT ON COLUMN qualifications.valid_from IS 'From when.';
COMMENT ON COLUMN qualifications.valid_to IS 'Until when.';
COMMENT ON COLUMN qualifications.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN qualifications.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN qualifications.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN qualifications.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE gold_items (
    gold_id VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    major BIGINT NOT NULL,
    payload VARCHAR NOT NULL,
    answer VARCHAR,
    origin VARCHAR NOT NULL,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE gold_items IS 'one row per version of a gold item: an item whose right answer is known';
COMMENT ON COLUMN gold_items.gold_id IS 'SHA-256 over the rule''s id and the payload.';
COMMENT ON COLUMN gold_items.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN gold_items.major IS 'Major version of the rule.';
COMMENT ON COLUMN gold_items.payload IS 'Canonical JSON of the task data as shown, the text among it.';
COMMENT ON COLUMN gold_items.answer IS 'Canonical JSON of the right result; none where the item was withdrawn.';
COMMENT ON COLUMN gold_items.origin IS 'pilot, adjudication, contest or hand.';
COMMENT ON COLUMN gold_items.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN gold_items.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN gold_items.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN gold_items.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE contests (
    person VARCHAR NOT NULL,
    about VARCHAR NOT NULL,
    about_id VARCHAR NOT NULL,
    answer VARCHAR,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE contests IS 'one row per contest of a gold item or verdict, and one for its answer';
COMMENT ON COLUMN contests.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN contests.about IS 'gold or verdict.';
COMMENT ON COLUMN contests.about_id IS 'The gold item, or the batch, round and record joined by slashes.';
COMMENT ON COLUMN contests.answer IS 'upheld or corrected; none while it is open.';
COMMENT ON COLUMN contests.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN contests.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN contests.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN contests.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE batches (
    batch_id VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    rule_sha256 VARCHAR NOT NULL,
    producer VARCHAR NOT NULL,
    snapshot_id VARCHAR NOT NULL,
    query VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    separation VARCHAR NOT NULL,
    instance VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL,
    CHECK (size > 0)
);

COMMENT ON TABLE batches IS 'one row per batch, the lot of ISO 2859-1';
COMMENT ON COLUMN batches.batch_id IS 'The batch.';
COMMENT ON COLUMN batches.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN batches.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN batches.rule_sha256 IS 'SHA-256 of the canonical JSON of the rule.';
COMMENT ON COLUMN batches.producer IS 'The team or vendor that labels it: one producer a lot.';
COMMENT ON COLUMN batches.snapshot_id IS 'The snapshot it was drawn from.';
COMMENT ON COLUMN batches.query IS 'Canonical JSON of how items were chosen: filters, seed and size.';
COMMENT ON COLUMN batches.size IS 'How many items.';
COMMENT ON COLUMN batches.separation IS 'hard: functions on servers of their own; soft: one server.';
COMMENT ON COLUMN batches.instance IS 'Label Studio server for labeling.';
COMMENT ON COLUMN batches.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN batches.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN batches.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE batch_states (
    batch_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    state batch_state NOT NULL,
    why VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE batch_states IS 'one row per change of state of a batch';
COMMENT ON COLUMN batch_states.batch_id IS 'The batch.';
COMMENT ON COLUMN batch_states.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN batch_states.state IS 'State entered.';
COMMENT ON COLUMN batch_states.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN batch_states.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN batch_states.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN batch_states.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE batch_items (
    batch_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    payload_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE batch_items IS 'one row per item of a batch; its text stays in the snapshot';
COMMENT ON COLUMN batch_items.batch_id IS 'The batch.';
COMMENT ON COLUMN batch_items.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN batch_items.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN batch_items.payload_sha256 IS 'SHA-256 of the canonical JSON of the task data as shown, without the token.';
COMMENT ON COLUMN batch_items.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE assignments (
    batch_id VARCHAR NOT NULL,
    record_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    function function NOT NULL,
    person VARCHAR NOT NULL,
    assigned_at TIMESTAMPTZ NOT NULL,
    revoked_at TIMESTAMPTZ,
    why VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE assignments IS 'one row per item, round, function and person that it was given to or taken from';
COMMENT ON COLUMN assignments.batch_id IS 'The batch.';
COMMENT ON COLUMN assignments.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN assignments.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN assignments.function IS 'label, review, verify or adjudicate.';
COMMENT ON COLUMN assignments.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN assignments.assigned_at IS 'When it was given.';
COMMENT ON COLUMN assignments.revoked_at IS 'When it was taken away again.';
COMMENT ON COLUMN assignments.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN assignments.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE studio_projects (
    instance VARCHAR NOT NULL,
    project BIGINT NOT NULL,
    project_created_at TIMESTAMPTZ NOT NULL,
    batch_id VARCHAR,
    round BIGINT,
    purpose purpose NOT NULL,
    person VARCHAR NOT NULL,
    rule_id VARCHAR NOT NULL,
    rule_version VARCHAR NOT NULL,
    config_sha256 VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE studio_projects IS 'one row per Label Studio project made: one per batch, round, purpose and person';
COMMENT ON COLUMN studio_projects.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN studio_projects.project IS 'Project id on that server.';
COMMENT ON COLUMN studio_projects.project_created_at IS 'When the server says it was made.';
COMMENT ON COLUMN studio_projects.batch_id IS 'The batch; none for an exam or a pilot.';
COMMENT ON COLUMN studio_projects.round IS 'The round; none for an exam or a pilot.';
COMMENT ON COLUMN studio_projects.purpose IS 'What it is for.';
COMMENT ON COLUMN studio_projects.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN studio_projects.rule_id IS 'The labeling rule.';
COMMENT ON COLUMN studio_projects.rule_version IS 'Version of the rule, major.minor.';
COMMENT ON COLUMN studio_projects.config_sha256 IS 'SHA-256 of the label config as made; another at a pull is drift.';
COMMENT ON COLUMN studio_projects.title IS 'Title shown to the annotator.';
COMMENT ON COLUMN studio_projects.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN studio_projects.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE placements (
    instance VARCHAR NOT NULL,
    project BIGINT NOT NULL,
    task BIGINT NOT NULL,
    task_created_at TIMESTAMPTZ NOT NULL,
    token VARCHAR NOT NULL,
    batch_id VARCHAR,
    round BIGINT,
    record_id VARCHAR NOT NULL,
    purpose purpose NOT NULL,
    person VARCHAR NOT NULL,
    payload_sha256 VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE placements IS 'one row per task put before a person';
COMMENT ON COLUMN placements.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN placements.project IS 'Project id on that server.';
COMMENT ON COLUMN placements.task IS 'Task id on that server; a server on SQLite gives ids again, so never a key by itself.';
COMMENT ON COLUMN placements.task_created_at IS 'When the server says the task was made.';
COMMENT ON COLUMN placements.token IS 'The opaque name shown in place of record_id.';
COMMENT ON COLUMN placements.batch_id IS 'The batch; none for an exam or a pilot.';
COMMENT ON COLUMN placements.round IS 'The round; none for an exam or a pilot.';
COMMENT ON COLUMN placements.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN placements.purpose IS 'label, gold, review, verify, verify_gold, adjudicate, exam or pilot.';
COMMENT ON COLUMN placements.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN placements.payload_sha256 IS 'SHA-256 of the canonical JSON of the task data without the token.';
COMMENT ON COLUMN placements.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE annotation_revisions (
    instance VARCHAR NOT NULL,
    project BIGINT NOT NULL,
    task BIGINT NOT NULL,
    task_created_at TIMESTAMPTZ NOT NULL,
    annotation BIGINT NOT NULL,
    annotation_created_at TIMESTAMPTZ NOT NULL,
    token VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    status revision_status NOT NULL,
    completed_by BIGINT,
    updated_by BIGINT,
    person VARCHAR,
    updated_at TIMESTAMPTZ NOT NULL,
    lead_seconds VARCHAR,
    fault VARCHAR,
    body VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE annotation_revisions IS 'one row per revision of an annotation as a pull saw it';
COMMENT ON COLUMN annotation_revisions.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN annotation_revisions.project IS 'Project id on that server.';
COMMENT ON COLUMN annotation_revisions.task IS 'Task id on that server; a server on SQLite gives ids again, so never a key by itself.';
COMMENT ON COLUMN annotation_revisions.task_created_at IS 'When the server says the task was made.';
COMMENT ON COLUMN annotation_revisions.annotation IS 'Annotation id on that server.';
COMMENT ON COLUMN annotation_revisions.annotation_created_at IS 'When the server says it was made.';
COMMENT ON COLUMN annotation_revisions.token IS 'The placement it answers.';
COMMENT ON COLUMN annotation_revisions.content_sha256 IS 'SHA-256 of the canonical JSON of the result.';
COMMENT ON COLUMN annotation_revisions.status IS 'submitted, skipped or deleted.';
COMMENT ON COLUMN annotation_revisions.completed_by IS 'Account the server names as author: a claim.';
COMMENT ON COLUMN annotation_revisions.updated_by IS 'Account that wrote this revision; none for an import.';
COMMENT ON COLUMN annotation_revisions.person IS 'Whose work it counts as; none where attribution is not trusted.';
COMMENT ON COLUMN annotation_revisions.updated_at IS 'When the server says this revision was written.';
COMMENT ON COLUMN annotation_revisions.lead_seconds IS 'Seconds spent as the browser says, as decimal text.';
COMMENT ON COLUMN annotation_revisions.fault IS 'Why the result does not follow its rule.';
COMMENT ON COLUMN annotation_revisions.body IS 'Canonical JSON of the result; spans as offsets in code points, never their text.';
COMMENT ON COLUMN annotation_revisions.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN annotation_revisions.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE pulls (
    instance VARCHAR NOT NULL,
    project BIGINT NOT NULL,
    cursor TIMESTAMPTZ,
    tasks BIGINT NOT NULL,
    annotations BIGINT NOT NULL,
    new_revisions BIGINT NOT NULL,
    is_full BOOLEAN NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE pulls IS 'one row per project and pull';
COMMENT ON COLUMN pulls.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN pulls.project IS 'Project id on that server.';
COMMENT ON COLUMN pulls.cursor IS 'Newest task change seen; the next pull starts two minutes before it.';
COMMENT ON COLUMN pulls.tasks IS 'Tasks the server counted.';
COMMENT ON COLUMN pulls.annotations IS 'Annotations the server counted.';
COMMENT ON COLUMN pulls.new_revisions IS 'Revisions this pull added.';
COMMENT ON COLUMN pulls.is_full IS 'Whether every task was listed.';
COMMENT ON COLUMN pulls.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN pulls.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE labeling_alarms (
    alarm_id VARCHAR NOT NULL,
    kind alarm NOT NULL,
    batch_id VARCHAR,
    instance VARCHAR NOT NULL,
    project BIGINT NOT NULL,
    token VARCHAR,
    person VARCHAR,
    detail VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE labeling_alarms IS 'one row per alarm raised at a pull';
COMMENT ON COLUMN labeling_alarms.alarm_id IS 'SHA-256 over the alarm''s kind and what it is about, so that it is raised once.';
COMMENT ON COLUMN labeling_alarms.kind IS 'What was noticed.';
COMMENT ON COLUMN labeling_alarms.batch_id IS 'The batch; none for an exam or a pilot.';
COMMENT ON COLUMN labeling_alarms.instance IS 'Which Label Studio server, by its configured name.';
COMMENT ON COLUMN labeling_alarms.project IS 'Project id on that server.';
COMMENT ON COLUMN labeling_alarms.token IS 'The placement concerned.';
COMMENT ON COLUMN labeling_alarms.person IS 'Whose project or account is concerned.';
COMMENT ON COLUMN labeling_alarms.detail IS 'What was found, without any text.';
COMMENT ON COLUMN labeling_alarms.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN labeling_alarms.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE freezes (
    batch_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    root VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    skipped BIGINT NOT NULL,
    export_md5 VARCHAR,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE freezes IS 'one row per freeze of a batch''s round';
COMMENT ON COLUMN freezes.batch_id IS 'The batch.';
COMMENT ON COLUMN freezes.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN freezes.root IS 'SHA-256 over the sorted lines record_id, tab, content_sha256.';
COMMENT ON COLUMN freezes.size IS 'How many items were frozen.';
COMMENT ON COLUMN freezes.skipped IS 'How many of them were skipped.';
COMMENT ON COLUMN freezes.export_md5 IS 'MD5 of Label Studio''s own exports at the freeze, by project, spaces between.';
COMMENT ON COLUMN freezes.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN freezes.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN freezes.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE frozen_items (
    batch_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    record_id VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    person VARCHAR NOT NULL,
    status revision_status NOT NULL,
    body VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE frozen_items IS 'one row per item of a freeze: what was verified and is released';
COMMENT ON COLUMN frozen_items.batch_id IS 'The batch.';
COMMENT ON COLUMN frozen_items.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN frozen_items.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN frozen_items.content_sha256 IS 'SHA-256 of the canonical JSON of the result.';
COMMENT ON COLUMN frozen_items.person IS 'Pseudonymous id of the annotator; the name is in people.';
COMMENT ON COLUMN frozen_items.status IS 'submitted or skipped.';
COMMENT ON COLUMN frozen_items.body IS 'Canonical JSON of the result.';
COMMENT ON COLUMN frozen_items.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE item_reviews (
    batch_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    record_id VARCHAR NOT NULL,
    content_sha256 VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    is_passed BOOLEAN NOT NULL,
    why VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE item_reviews IS 'one row per pass of a safety item by a reviewer who is not its labeler';
COMMENT ON COLUMN item_reviews.batch_id IS 'The batch.';
COMMENT ON COLUMN item_reviews.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN item_reviews.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN item_reviews.content_sha256 IS 'SHA-256 of the canonical JSON of the result.';
COMMENT ON COLUMN item_reviews.reviewer IS 'Pseudonymous id of who reviewed.';
COMMENT ON COLUMN item_reviews.is_passed IS 'False when it goes back to its labeler.';
COMMENT ON COLUMN item_reviews.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN item_reviews.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN item_reviews.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE sampling_plans (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    sample_size BIGINT NOT NULL,
    max_errors BIGINT NOT NULL,
    plan_sha256 VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE sampling_plans IS 'one row per plan stored before its draw';
COMMENT ON COLUMN sampling_plans.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN sampling_plans.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN sampling_plans.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN sampling_plans.method IS 'claim, aql, sprt or point_rule.';
COMMENT ON COLUMN sampling_plans.sample_size IS 'How many are drawn for acceptance.';
COMMENT ON COLUMN sampling_plans.max_errors IS 'How many errors the plan allows.';
COMMENT ON COLUMN sampling_plans.plan_sha256 IS 'SHA-256 of the canonical JSON of the plan.';
COMMENT ON COLUMN sampling_plans.body IS 'Canonical JSON of the plan.';
COMMENT ON COLUMN sampling_plans.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN sampling_plans.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN sampling_plans.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE sampling_seeds (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    commitment VARCHAR NOT NULL,
    secret VARCHAR,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE sampling_seeds IS 'one row per commitment to a secret, and one when it is revealed';
COMMENT ON COLUMN sampling_seeds.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN sampling_seeds.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN sampling_seeds.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN sampling_seeds.commitment IS 'SHA-256 of the secret; final.';
COMMENT ON COLUMN sampling_seeds.secret IS 'The secret in hex, once revealed.';
COMMENT ON COLUMN sampling_seeds.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN sampling_seeds.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN sampling_seeds.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE sample_draws (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    position BIGINT NOT NULL,
    record_id VARCHAR NOT NULL,
    used_for used_for NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE sample_draws IS 'one row per drawn item';
COMMENT ON COLUMN sample_draws.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN sample_draws.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN sample_draws.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN sample_draws.position IS 'Position in the draw''s order, from 0.';
COMMENT ON COLUMN sample_draws.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN sample_draws.used_for IS 'acceptance, diagnostic or discovery.';
COMMENT ON COLUMN sample_draws.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE sample_verdicts (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    record_id VARCHAR NOT NULL,
    verifier VARCHAR NOT NULL,
    content_sha256 VARCHAR,
    outcome outcome NOT NULL,
    why VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE sample_verdicts IS 'one row per verdict on a drawn item';
COMMENT ON COLUMN sample_verdicts.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN sample_verdicts.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN sample_verdicts.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN sample_verdicts.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN sample_verdicts.verifier IS 'Pseudonymous id of who verified.';
COMMENT ON COLUMN sample_verdicts.content_sha256 IS 'Digest of the verifier''s own blind result; none for a plain judgement.';
COMMENT ON COLUMN sample_verdicts.outcome IS 'match, mismatch, illegal or unverifiable.';
COMMENT ON COLUMN sample_verdicts.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN sample_verdicts.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN sample_verdicts.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE adjudications (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    record_id VARCHAR NOT NULL,
    adjudicator VARCHAR NOT NULL,
    result adjudication NOT NULL,
    why VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE adjudications IS 'one row per adjudicated mismatch';
COMMENT ON COLUMN adjudications.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN adjudications.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN adjudications.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN adjudications.record_id IS 'The item within its batch: SHA-256 over snapshot and document, or over the gold item.';
COMMENT ON COLUMN adjudications.adjudicator IS 'Pseudonymous id of the third person.';
COMMENT ON COLUMN adjudications.result IS 'What the mismatch was.';
COMMENT ON COLUMN adjudications.why IS 'Reason in the actor''s words.';
COMMENT ON COLUMN adjudications.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN adjudications.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE judgements (
    subject subject NOT NULL,
    subject_id VARCHAR NOT NULL,
    round BIGINT NOT NULL,
    outcome VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sample_size BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    illegal BIGINT NOT NULL,
    point VARCHAR,
    lower_bound VARCHAR,
    confidence VARCHAR NOT NULL,
    body VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE judgements IS 'one row per judgement on a sample';
COMMENT ON COLUMN judgements.subject IS 'What is sampled: batch, source or residual_pi.';
COMMENT ON COLUMN judgements.subject_id IS 'Which batch, source or snapshot is sampled.';
COMMENT ON COLUMN judgements.round IS 'Round of the batch, from 1.';
COMMENT ON COLUMN judgements.outcome IS 'accepted, relabel, void or held; admitted or refused for a source.';
COMMENT ON COLUMN judgements.size IS 'Items in the lot.';
COMMENT ON COLUMN judgements.sample_size IS 'Items verified for acceptance.';
COMMENT ON COLUMN judgements.errors IS 'Errors among them; an unverifiable item counts as one.';
COMMENT ON COLUMN judgements.illegal IS 'Unlawful items confirmed through any channel.';
COMMENT ON COLUMN judgements.point IS 'Point accuracy as decimal text; none where nothing was verified.';
COMMENT ON COLUMN judgements.lower_bound IS 'Exact one-sided lower bound on the lot''s accuracy as decimal text; none after a sequential plan.';
COMMENT ON COLUMN judgements.confidence IS 'Its confidence as decimal text.';
COMMENT ON COLUMN judgements.body IS 'Canonical JSON of the whole statement: inputs, strata, agreement, reasons.';
COMMENT ON COLUMN judgements.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN judgements.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN judgements.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE reservations (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    signal signal NOT NULL,
    verdict answer NOT NULL,
    agent VARCHAR NOT NULL,
    read_from VARCHAR NOT NULL,
    detail VARCHAR,
    body_sha256 VARCHAR NOT NULL,
    read_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE reservations IS 'one row per document met, signal and body it was read from';
COMMENT ON COLUMN reservations.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN reservations.source_id IS 'The declared source.';
COMMENT ON COLUMN reservations.signal IS 'By which signal the rights holder speaks.';
COMMENT ON COLUMN reservations.verdict IS 'What the signal says: allowed, denied, or unreadable.';
COMMENT ON COLUMN reservations.agent IS 'Whom it addresses: the product tokens of robots.txt that were asked about, or *.';
COMMENT ON COLUMN reservations.read_from IS 'Where it was read: robots.txt, tdmrep.json, the name of a header or meta element, or the declaration.';
COMMENT ON COLUMN reservations.detail IS 'The value found or why it could not be read, as a code.';
COMMENT ON COLUMN reservations.body_sha256 IS 'SHA-256 of the bytes it was read from.';
COMMENT ON COLUMN reservations.read_at IS 'When it was read: the opening of the run that met the record, or the declared time of the evidence.';
COMMENT ON COLUMN reservations.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE source_reservations (
    source_id VARCHAR NOT NULL,
    declaration_sha256 VARCHAR NOT NULL,
    signal signal NOT NULL,
    verdict answer NOT NULL,
    agent VARCHAR NOT NULL,
    read_from VARCHAR NOT NULL,
    detail VARCHAR,
    body_sha256 VARCHAR NOT NULL,
    read_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE source_reservations IS 'one row per declaration, signal and body it was read from: what holds for the source as a whole';
COMMENT ON COLUMN source_reservations.source_id IS 'The declared source.';
COMMENT ON COLUMN source_reservations.declaration_sha256 IS 'The declaration whose evidence it was read from.';
COMMENT ON COLUMN source_reservations.signal IS 'By which signal the rights holder speaks.';
COMMENT ON COLUMN source_reservations.verdict IS 'What the signal says: allowed, denied, or unreadable.';
COMMENT ON COLUMN source_reservations.agent IS 'Whom it addresses: the product tokens of robots.txt that were asked about, or *.';
COMMENT ON COLUMN source_reservations.read_from IS 'Where it was read: robots.txt, tdmrep.json, the name of a header or meta element, or the declaration.';
COMMENT ON COLUMN source_reservations.detail IS 'The value found or why it could not be read, as a code.';
COMMENT ON COLUMN source_reservations.body_sha256 IS 'SHA-256 of the bytes it was read from.';
COMMENT ON COLUMN source_reservations.read_at IS 'When it was read: the opening of the run that met the record, or the declared time of the evidence.';
COMMENT ON COLUMN source_reservations.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE site_files (
    source_id VARCHAR NOT NULL,
    file_id VARCHAR NOT NULL,
    ordinal BIGINT NOT NULL,
    kind site_file_kind NOT NULL,
    origin VARCHAR NOT NULL,
    http_status BIGINT NOT NULL,
    body_sha256 VARCHAR NOT NULL,
    captured_at VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE site_files IS 'one row per robots.txt or tdmrep.json met among a delivery''s records; its bytes are in the evidence store';
COMMENT ON COLUMN site_files.source_id IS 'The declared source.';
COMMENT ON COLUMN site_files.file_id IS 'SHA-256 over the source and the file''s path below the delivery address.';
COMMENT ON COLUMN site_files.ordinal IS 'Position of the record in its file, from 0.';
COMMENT ON COLUMN site_files.kind IS 'robots or tdmrep.';
COMMENT ON COLUMN site_files.origin IS 'Scheme, host and port that it speaks for.';
COMMENT ON COLUMN site_files.http_status IS 'Status it was answered with.';
COMMENT ON COLUMN site_files.body_sha256 IS 'SHA-256 of the bytes it was read from.';
COMMENT ON COLUMN site_files.captured_at IS 'When it was captured, as the record says (ISO 8601).';
COMMENT ON COLUMN site_files.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE generated_labels (
    document_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    read_from VARCHAR NOT NULL,
    label VARCHAR,
    content_producer VARCHAR,
    produce_id VARCHAR,
    reserved_code1 VARCHAR,
    content_propagator VARCHAR,
    propagate_id VARCHAR,
    reserved_code2 VARCHAR,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE generated_labels IS 'one row per document that carries a label of generated content; the text keeps its label';
COMMENT ON COLUMN generated_labels.document_id IS 'SHA-256 over source_id, locator and content_sha256, each length-prefixed.';
COMMENT ON COLUMN generated_labels.source_id IS 'The declared source.';
COMMENT ON COLUMN generated_labels.read_from IS 'Where the label stood: front matter, metadata or a meta element.';
COMMENT ON COLUMN generated_labels.label IS 'Label: 1 generated, 2 possibly, 3 suspected, as reported from GB 45438; unreadable.';
COMMENT ON COLUMN generated_labels.content_producer IS 'ContentProducer.';
COMMENT ON COLUMN generated_labels.produce_id IS 'ProduceID.';
COMMENT ON COLUMN generated_labels.reserved_code1 IS 'ReservedCode1.';
COMMENT ON COLUMN generated_labels.content_propagator IS 'ContentPropagator.';
COMMENT ON COLUMN generated_labels.propagate_id IS 'PropagateID.';
COMMENT ON COLUMN generated_labels.reserved_code2 IS 'ReservedCode2.';
COMMENT ON COLUMN generated_labels.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';

CREATE TABLE consents (
    consent_id VARCHAR NOT NULL,
    source_id VARCHAR NOT NULL,
    document_id VARCHAR,
    subject VARCHAR,
    event consent_event NOT NULL,
    purpose_sha256 VARCHAR NOT NULL,
    kinds VARCHAR[] NOT NULL,
    is_separate BOOLEAN NOT NULL,
    is_guardian BOOLEAN NOT NULL,
    valid_from TIMESTAMPTZ,
    valid_to TIMESTAMPTZ,
    evidence_sha256 VARCHAR,
    actor VARCHAR NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    run_id VARCHAR NOT NULL
);

COMMENT ON TABLE consents IS 'one row per consent and change of it; a correction or withdrawal is a later row of the same consent';
COMMENT ON COLUMN consents.consent_id IS 'The consent, as the register it came from names it, in keyed form.';
COMMENT ON COLUMN consents.source_id IS 'The declared source.';
COMMENT ON COLUMN consents.document_id IS 'The one document it speaks of; none for the whole source.';
COMMENT ON COLUMN consents.subject IS 'Pseudonym of the person who agreed; none where it speaks for everybody in its scope.';
COMMENT ON COLUMN consents.event IS 'granted or withdrawn.';
COMMENT ON COLUMN consents.purpose_sha256 IS 'SHA-256 of the purpose agreed to; another purpose needs another consent (PIPL Art. 14).';
COMMENT ON COLUMN consents.kinds IS 'Kinds of personal information agreed to; * for all that are not sensitive.';
COMMENT ON COLUMN consents.is_separate IS 'Whether it is a separate consent, as sensitive information needs (PIPL Art. 29).';
COMMENT ON COLUMN consents.is_guardian IS 'Whether a guardian gave it for a person below 14 (PIPL Art. 31).';
COMMENT ON COLUMN consents.valid_from IS 'Holds from; none means from the start.';
COMMENT ON COLUMN consents.valid_to IS 'Holds until; none means no end.';
COMMENT ON COLUMN consents.evidence_sha256 IS 'SHA-256 of the record it rests on, kept in the evidence store.';
COMMENT ON COLUMN consents.actor IS 'Pseudonymous id of who acted; names are in people.';
COMMENT ON COLUMN consents.recorded_at IS 'When this row was recorded, by this host''s clock.';
COMMENT ON COLUMN consents.run_id IS 'The run that wrote this row; it counts once the ledger holds that run''s commit.';
