"""Parts that all tables share: columns, cells, conditions, orders and statistics, over batches of Arrow arrays."""
