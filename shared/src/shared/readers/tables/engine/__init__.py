"""What all tables share: columns, cells, conditions, orders and statistics, over batches of Arrow arrays."""

import pyarrow as pa

# the C library gives memory back to the system when a worker waits; the allocator that Arrow brings keeps it
pa.set_memory_pool(pa.system_memory_pool())
