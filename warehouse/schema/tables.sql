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
COMMENT ON COLUMN policies.name IS 'Which policy: source, license, pi, quality, duplicate, publish, acquire, governance.';
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
