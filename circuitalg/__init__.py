"""circuitalg: a proof assistant for the expressive power of networks as arithmetic circuits.

    import circuitalg as ca

    deep = ca.ht_model(locations=16, dim=4, widths=[4, 4, 4, 4], shared=True)
    theorem = ca.prove_rank(deep, ca.Bipartition.odd_even(16))

The public names stand in ``__init__.pyi``. Each is imported from its module when it is first used,
so the import itself costs nothing.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

# A star must import without Hypothesis too, which is an extra.
__all__ = [name for name in __all__ if name != "strategies"]
