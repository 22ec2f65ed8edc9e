"""Tables that are written as text: lines, dialects, and the types of their values."""
