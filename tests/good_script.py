"""A proof script that proves two ranks."""

GOOD = '''
"""The rank of a small network."""
import circuitalg as ca

with ca.Session.from_arguments(__doc__, sizes={"locations": [4, 8]}) as session:
    for n in session.sizes["locations"]:
        deep = ca.ht_model(n, 2, [2] * (n.bit_length() - 1))
        parts = ca.Bipartition.odd_even(n)
        with session.claim("rank", sizes=f"N={n}") as claim:
            theorem = claim.prove((deep, parts), lambda: ca.prove_rank(deep, parts))
            claim.expect(theorem.statement.lower == 2 ** (n // 2), "rank is 2^(N/2)")
'''
