"""Networks to be trained: a circuit or a SimNet as a PyTorch module or a JAX function."""
