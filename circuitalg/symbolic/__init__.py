"""SymPy's view of a circuit: polynomials with symbolic or given weights."""
