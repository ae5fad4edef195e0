"""What is made of unanswered questions, and who wants to be told of an answer.

Revision: 0004
Revises: 0003
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None

PURPOSES = ['registration', 'phone', 'handoff']


def _take_purposes(values: list[str]) -> None:
    """Let ``consent.purpose`` take these values and no others."""
    allowed = ', '.join(f"'{value}'" for value in values)
    with op.batch_alter_table('consent', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_consent_consent_purpose'), type_='check')
        batch_op.create_check_constraint(op.f('ck_consent_consent_purpose'), sa.text(f'purpose IN ({allowed})'))


def upgrade() -> None:
    op.create_table('question_decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decided', sa.Enum('answered', 'example', 'drafted', 'dismissed', name='decided', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('questions', sa.Integer(), nullable=False),
    sa.Column('answer', storage.columns.EncryptedText(), nullable=True),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.Column('faq', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('undone_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_question_decision'))
    )
    with op.batch_alter_table('question_decision', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_question_decision_at'), ['at'], unique=False)

    op.create_table('entry_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('topic', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('question', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('answer', sa.JSON(), nullable=False),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'reviewed', 'rejected', name='draft_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('author', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('created_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('reviewer', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('reviewed_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.ForeignKeyConstraint(['decision_id'], ['question_decision.id'], name=op.f('fk_entry_draft_decision_id_question_decision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entry_draft'))
    )
    with op.batch_alter_table('entry_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_entry_draft_decision_id'), ['decision_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_entry_draft_state'), ['state'], unique=False)

    op.create_table('learned_example',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=False),
    sa.Column('faq', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('text', storage.columns.EncryptedText(), nullable=False),
    sa.Column('added_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('added_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['decision_id'], ['question_decision.id'], name=op.f('fk_learned_example_decision_id_question_decision')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_learned_example'))
    )
    with op.batch_alter_table('learned_example', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_learned_example_decision_id'), ['decision_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_learned_example_faq'), ['faq'], unique=False)

    # Added in place: SQLite would otherwise rebuild the largest table there is.
    in_place = op.get_context().dialect.name == 'sqlite'
    for column, table in (('account_id', 'account'), ('decision_id', 'question_decision')):
        key = sa.ForeignKey(f'{table}.id', name=op.f(f'fk_question_log_{column}_{table}'))
        op.add_column('question_log', sa.Column(column, sa.Integer(), key, nullable=True), inline_references=in_place)
        op.create_index(op.f(f'ix_question_log_{column}'), 'question_log', [column], unique=False)
    _take_purposes([*PURPOSES, 'answer'])


def downgrade() -> None:
    op.execute("DELETE FROM consent WHERE purpose = 'answer'")
    _take_purposes(PURPOSES)
    with op.batch_alter_table('question_log', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_log_decision_id'))
        batch_op.drop_index(batch_op.f('ix_question_log_account_id'))
        batch_op.drop_column('decision_id')
        batch_op.drop_column('account_id')

    with op.batch_alter_table('learned_example', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_learned_example_faq'))
        batch_op.drop_index(batch_op.f('ix_learned_example_decision_id'))

    op.drop_table('learned_example')
    with op.batch_alter_table('entry_draft', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_entry_draft_state'))
        batch_op.drop_index(batch_op.f('ix_entry_draft_decision_id'))

    op.drop_table('entry_draft')
    with op.batch_alter_table('question_decision', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_question_decision_at'))

    op.drop_table('question_decision')
