"""Trees of arrays, molecules, sequences and models."""
