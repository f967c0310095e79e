"""Every exception of circuitalg: one class per kind of mistake, on the right builtin base."""


class CircuitalgError(Exception):
    """Base class of every error that circuitalg raises on purpose."""


class ArgumentError(CircuitalgError, TypeError):
    """An argument is of a type that the function does not take; the message says what it takes."""


class OptionError(CircuitalgError, ValueError):
    """An option is outside its range; the message says which, what was given and what may be."""


class CircuitError(CircuitalgError, ValueError):
    """The graph is not a circuit; the message names the node or edge."""


class StructureError(CircuitalgError, ValueError):
    """A claim needs a property (a tree, decomposable, smooth) that this circuit lacks."""


class WeightError(CircuitalgError, ValueError):
    """Weights do not fit the circuit's parameters, or the chosen parameter space."""


class BipartitionError(CircuitalgError, ValueError):
    """The two sides do not partition the locations, or one of them is empty."""


class FileFormatError(CircuitalgError, ValueError):
    """A file is unreadable, truncated, in another format, or beyond the stated limits."""


class OutputError(CircuitalgError, OSError):
    """A file cannot be written, or would destroy another one; the message names it."""


class TooLargeError(CircuitalgError, MemoryError):
    """The result would not fit in memory; the message says how large and what to do instead."""


class OutOfTimeError(CircuitalgError, TimeoutError):
    """A time limit was reached before the result."""


class ModulusError(CircuitalgError, ValueError):
    """A modulus is not a prime in the range that exact arithmetic here allows."""


class RuleError(CircuitalgError, ValueError):
    """A kernel rule's side condition does not hold, so it makes no theorem."""


class CertificateError(CircuitalgError, ValueError):
    """A certificate does not prove what it states."""


class Refuted(CircuitalgError):
    """The claim is false; the message gives a point where it fails."""


class NotProved(CircuitalgError):
    """No tactic found a proof within the budget; the claim may still be true."""


class MissingDependencyError(CircuitalgError, ImportError):
    """An optional package is needed; the message names the extra that installs it."""


class PropertyFailed(CircuitalgError, AssertionError):
    """A property fails; the message is one sentence and the code that rebuilds the example."""


class PredictionError(CircuitalgError, RuntimeError):
    """A conjecture's own function failed; the message has the code of the example."""
