"""What the registry owns in Postgres."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.base import Row, schema_metadata


class RegistryRow(Row):
    __abstract__ = True
    metadata = schema_metadata("registry")


class BucketRow(RegistryRow):
    """A registered bucket, and what is shown of it."""

    __tablename__ = "bucket"
    name: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    title: Mapped[str]
    description: Mapped[str | None]
    icon_url: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    relevance_score: Mapped[int]
    created_at: Mapped[datetime]
    created_by: Mapped[str | None]
