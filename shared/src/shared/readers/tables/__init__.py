"""Tables of any format: their first rows, any rows by offset, condition and order, and statistics of all rows."""
