"""Snapshots: the figures a document or the dashboard was made of.

Revision: 0014
Revises: 0013
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('snapshot',
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('plan_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('taken_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('taken_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('used_for', sa.Enum('document', 'dashboard', name='snapshot_use', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=False),
    sa.Column('progress', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_snapshot_plan_id_plan')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_snapshot'))
    )
    with op.batch_alter_table('snapshot', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_snapshot_plan_id'), ['plan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_snapshot_taken_at'), ['taken_at'], unique=False)


def downgrade() -> None:
    op.drop_table('snapshot')
