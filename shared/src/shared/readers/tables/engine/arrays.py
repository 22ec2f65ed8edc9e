"""Arrow arrays without the encodings that engines do not all know."""

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as pt


def plain_array(array: pa.Array) -> pa.Array:
    """Without extension types, dictionaries, runs and views."""
    while True:
        kind = array.type
        if isinstance(kind, pa.BaseExtensionType):
            array = array.storage
        elif pt.is_dictionary(kind):
            array = array.dictionary_decode()
        elif pt.is_run_end_encoded(kind):
            array = pc.run_end_decode(array)
        elif plain_type(kind) != kind:
            return array.cast(plain_type(kind))
        else:
            return array


def plain_type(kind: pa.DataType) -> pa.DataType:
    while True:
        if isinstance(kind, pa.BaseExtensionType):
            kind = kind.storage_type
        elif pt.is_dictionary(kind) or pt.is_run_end_encoded(kind):
            kind = kind.value_type
        elif pt.is_string_view(kind):
            return pa.large_string()
        elif pt.is_binary_view(kind):
            return pa.large_binary()
        elif kind == pa.float16():
            return pa.float32()
        else:
            return kind


def is_text_type(kind: pa.DataType) -> bool:
    return bool(pt.is_string(kind) or pt.is_large_string(kind))


def is_bytes_type(kind: pa.DataType) -> bool:
    return bool(pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind))
