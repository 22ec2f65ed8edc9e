"""PDF and office documents."""
