"""pruning of the audit trail"""

from alembic import op

revision = "f9a091e5d77e"
down_revision = "129d176a48ae"
branch_labels = None
depends_on = None

KEEP_YOUNG = """
CREATE FUNCTION auth.keep_young() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF OLD.at > now() - interval '30 days' THEN
        RAISE EXCEPTION 'Rows of % are never changed or deleted within 30 days', TG_TABLE_NAME;
    END IF;
    RETURN OLD;
END $$
"""


def upgrade() -> None:
    op.execute(KEEP_YOUNG)
    op.execute("DROP TRIGGER append_only ON auth.audit")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON auth.audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change()"
    )
    op.execute("CREATE TRIGGER keep_young BEFORE DELETE ON auth.audit FOR EACH ROW EXECUTE FUNCTION auth.keep_young()")


def downgrade() -> None:
    op.execute("DROP TRIGGER keep_young ON auth.audit")
    op.execute("DROP TRIGGER append_only ON auth.audit")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON auth.audit "
        "FOR EACH STATEMENT EXECUTE FUNCTION auth.refuse_change()"
    )
    op.execute("DROP FUNCTION auth.keep_young()")
