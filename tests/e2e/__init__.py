"""The tests here share one running system, which ends with them."""
