"""Base of all tables: types of columns, and a naming convention that keeps names of constraints stable."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import BigInteger, DateTime, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}


class Row(DeclarativeBase):
    """Abstract: each service derives a base with `metadata = schema_metadata("auth")`."""

    __abstract__ = True
    type_annotation_map: ClassVar = {str: Text(), int: BigInteger(), datetime: DateTime(timezone=True)}


def schema_metadata(schema: str) -> MetaData:
    return MetaData(schema=schema, naming_convention=NAMING)
