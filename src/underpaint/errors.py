"""The mistakes that a user can make, one class a kind.

Every message says what is wrong, where, and what to do about it, in one sentence.
"""


class UnderpaintError(Exception):
    """Base of every error whose message is meant for the user."""

    exit_status = 3


def words_of(error: Exception) -> str:
    """What a user is told of an error, in one line: of one that is not meant for them, its kind."""
    if isinstance(error, UnderpaintError):
        return str(error)
    told = f"{type(error).__name__}: {error}".replace("\n", " ")
    return f"a fault of this program, not of yours ({told})"


class ScanFileError(UnderpaintError):
    """A scan file is missing, broken, or not what its name says."""


class CalibrationError(UnderpaintError):
    """No energy calibration can be found, or the one given makes no sense."""


class LibraryError(UnderpaintError):
    """A pigment library or palette names something unknown or impossible."""


class InstrumentError(UnderpaintError):
    """An instrument description is incomplete or impossible."""


class StackError(UnderpaintError):
    """A stratigraphy is impossible: negative thickness, fractions that do not add up."""


class ConfigError(UnderpaintError):
    """A configuration file has an unknown or a missing key, or a bad value."""


class WeightsError(UnderpaintError):
    """Network weights are missing, damaged, or made for other bins, groups or library."""


class ResultError(UnderpaintError):
    """A result folder is missing, unfinished or of another version."""


class ClusterError(UnderpaintError):
    """A Dask cluster cannot be reached, or its workers cannot do what they are asked."""


class OutputError(UnderpaintError):
    """The output exists already, or cannot be written."""

    exit_status = 2
