"""Hypothesis strategies for circuits, and for all that statements about them are made of.

    from hypothesis import given
    from circuitalg import strategies

    @given(strategies.circuits(kinds="tree"), strategies.bipartitions(4))

Everything is drawn through Hypothesis, so a counterexample shrinks to a small network with small
numbers. Arguments are checked when a strategy is made, not when it is drawn from.
"""

from circuitalg.errors import MissingDependencyError
from circuitalg.errors import PropertyFailed as PropertyFailed

try:
    import hypothesis as _hypothesis  # noqa: F401  (whether it is there)
except ImportError:
    raise MissingDependencyError(
        "circuitalg.strategies needs Hypothesis: pip install circuitalg[hypothesis]"
    ) from None

from circuitalg.strategies.bounds import KINDS as KINDS
from circuitalg.strategies.bounds import MULTILINEAR_KINDS as MULTILINEAR_KINDS
from circuitalg.strategies.bounds import TIES as TIES
from circuitalg.strategies.bounds import TREE_KINDS as TREE_KINDS
from circuitalg.strategies.certificates import STATEMENTS as STATEMENTS
from circuitalg.strategies.certificates import altered_certificates as altered_certificates
from circuitalg.strategies.certificates import certificates as certificates
from circuitalg.strategies.circuits import circuits as circuits
from circuitalg.strategies.conjecture import Conjecture as Conjecture
from circuitalg.strategies.conjecture import conjecture as conjecture
from circuitalg.strategies.findings import Findings as Findings
from circuitalg.strategies.findings import load_findings as load_findings
from circuitalg.strategies.laws import check_circuit_laws as check_circuit_laws
from circuitalg.strategies.partitions import bipartitions as bipartitions
from circuitalg.strategies.partitions import mode_trees as mode_trees
from circuitalg.strategies.properties import check_log_space as check_log_space
from circuitalg.strategies.properties import check_rank_claim as check_rank_claim
from circuitalg.strategies.properties import check_same_function as check_same_function
from circuitalg.strategies.simnets import simnets as simnets
from circuitalg.strategies.tensors import TENSOR_KINDS as TENSOR_KINDS
from circuitalg.strategies.tensors import tensors as tensors
from circuitalg.strategies.weights import INPUT_KINDS as INPUT_KINDS
from circuitalg.strategies.weights import WEIGHT_KINDS as WEIGHT_KINDS
from circuitalg.strategies.weights import inputs as inputs
from circuitalg.strategies.weights import weights as weights

__all__ = [
    "INPUT_KINDS",
    "KINDS",
    "MULTILINEAR_KINDS",
    "STATEMENTS",
    "TENSOR_KINDS",
    "TIES",
    "TREE_KINDS",
    "WEIGHT_KINDS",
    "Conjecture",
    "Findings",
    "PropertyFailed",
    "altered_certificates",
    "bipartitions",
    "certificates",
    "check_circuit_laws",
    "check_log_space",
    "check_rank_claim",
    "check_same_function",
    "circuits",
    "conjecture",
    "inputs",
    "load_findings",
    "mode_trees",
    "simnets",
    "tensors",
    "weights",
]
