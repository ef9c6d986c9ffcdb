"""Every exception this product raises, and the exit code each one ends with.

A class says who must act, not which module failed. A refused document is data, never an exception.
Messages say what was expected, what was found, where, and what to do; they carry ids, never text.
"""


class PipelineError(Exception):
    """Root of all errors raised here; the only class an entry point catches."""

    exit_code = 4


class ConfigurationError(PipelineError):
    """A setting, policy, declaration or rule file is wrong; a person must edit it."""

    exit_code = 2


class EvidenceError(PipelineError):
    """An action was asked for without the evidence it needs."""

    exit_code = 3


class DataError(PipelineError):
    """Bytes break their contract: schema, digest, offsets."""

    exit_code = 4


class LawError(PipelineError):
    """A stage broke its own law; nothing is published."""

    exit_code = 4


class ServiceError(PipelineError):
    """Another system did not answer; the only error worth retrying."""

    exit_code = 5
