"""What a network is: circuits, models, mode trees, bipartitions, weights, files."""

from circuitalg.circuit.bipartition import Bipartition as Bipartition
from circuitalg.circuit.builder import CircuitBuilder as CircuitBuilder
from circuitalg.circuit.files import circuit_from_data as circuit_from_data
from circuitalg.circuit.files import circuit_to_data as circuit_to_data
from circuitalg.circuit.files import load_circuit as load_circuit
from circuitalg.circuit.files import save_circuit as save_circuit
from circuitalg.circuit.graph import Circuit as Circuit
from circuitalg.circuit.graph import Matrix as Matrix
from circuitalg.circuit.graph import Node as Node
from circuitalg.circuit.graph import Verdict as Verdict
from circuitalg.circuit.models import cp_model as cp_model
from circuitalg.circuit.models import ht_model as ht_model
from circuitalg.circuit.models import rac_model as rac_model
from circuitalg.circuit.models import tree_model as tree_model
from circuitalg.circuit.models import tt_model as tt_model
from circuitalg.circuit.modetree import ModeTree as ModeTree

__all__ = [
    "Bipartition",
    "Circuit",
    "CircuitBuilder",
    "Matrix",
    "ModeTree",
    "Node",
    "Verdict",
    "circuit_from_data",
    "circuit_to_data",
    "cp_model",
    "ht_model",
    "load_circuit",
    "rac_model",
    "save_circuit",
    "tree_model",
    "tt_model",
]
