"""A lease on updates being worked on, and a code by which buttons name a question.

Revision: 0002
Revises: 0001
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('inbound_update', sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('inbound_update', sa.Column('taken_until', storage.columns.UTCDateTime(timezone=True), nullable=True))
    op.add_column('question_log', sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=12), nullable=True))
    op.create_index('ix_question_log_code', 'question_log', ['code'], unique=True)


def downgrade() -> None:
    op.drop_index('ix_question_log_code', 'question_log')
    with op.batch_alter_table('question_log', schema=None) as batch_op:
        batch_op.drop_column('code')
    with op.batch_alter_table('inbound_update', schema=None) as batch_op:
        batch_op.drop_column('taken_until')
        batch_op.drop_column('attempts')
