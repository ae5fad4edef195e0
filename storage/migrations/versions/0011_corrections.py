"""Corrections and withdrawals of items that have been sent.

Revision: 0011
Revises: 0010
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('correction',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('kind', sa.Enum('correct', 'withdraw', name='correction_kind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('old_title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('old_summary', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('new_title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('new_summary', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'approved', 'rejected', name='correction_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('drafted_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('drafted_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('decided_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('told_first', sa.Integer(), nullable=False),
    sa.Column('told_then', sa.Integer(), nullable=False),
    sa.Column('reworded', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['directive_item.id'], name=op.f('fk_correction_item_id_directive_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_correction'))
    )
    op.create_index(op.f('ix_correction_item_id'), 'correction', ['item_id'], unique=False)
    op.create_index(op.f('ix_correction_state'), 'correction', ['state'], unique=False)


def downgrade() -> None:
    op.drop_table('correction')
