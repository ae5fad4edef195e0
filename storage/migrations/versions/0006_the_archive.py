"""The archive of directives, plans, items and tasks, with its index of words.

Revision: 0006
Revises: 0005
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

KEPT_BY_SQLITE = (
    "CREATE VIRTUAL TABLE archive_words USING fts5(words, content='archive_entry', content_rowid='id')",
    """CREATE TRIGGER archive_words_in AFTER INSERT ON archive_entry BEGIN
    INSERT INTO archive_words(rowid, words) VALUES (new.id, new.words);
    END""",
    """CREATE TRIGGER archive_words_out AFTER DELETE ON archive_entry BEGIN
    INSERT INTO archive_words(archive_words, rowid, words) VALUES ('delete', old.id, old.words);
    END""",
    """CREATE TRIGGER archive_words_changed AFTER UPDATE ON archive_entry BEGIN
    INSERT INTO archive_words(archive_words, rowid, words) VALUES ('delete', old.id, old.words);
    INSERT INTO archive_words(rowid, words) VALUES (new.id, new.words);
    END""",
)
KEPT_BY_POSTGRESQL = "CREATE INDEX archive_words ON archive_entry USING gin (to_tsvector('simple', words))"


def upgrade() -> None:
    op.create_table('archive_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('directive', 'plan', 'item', 'task', name='archive_kind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('subject_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('document_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('agencies', sa.Text(), nullable=False),
    sa.Column('dated', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_archive_entry')),
    sa.UniqueConstraint('kind', 'subject_id', name=op.f('uq_archive_entry_kind_subject_id'))
    )
    with op.batch_alter_table('archive_entry', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_archive_entry_dated'), ['dated'], unique=False)
        batch_op.create_index(batch_op.f('ix_archive_entry_document_id'), ['document_id'], unique=False)
    if op.get_bind().dialect.name == 'sqlite':
        for statement in KEPT_BY_SQLITE:
            op.execute(statement)
    else:
        op.execute(KEPT_BY_POSTGRESQL)


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE archive_words')  # the triggers go with their table
    op.drop_table('archive_entry')
