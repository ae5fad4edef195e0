"""A snapshot's picture in parts, one a task. Old pictures stay whole.

Revision: 0025
Revises: 0024
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0025'
down_revision = '0024'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('snapshot_part',
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('task_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['code'], ['snapshot.code'], name=op.f('fk_snapshot_part_code_snapshot')),
    sa.PrimaryKeyConstraint('code', 'position', name=op.f('pk_snapshot_part'))
    )


def downgrade() -> None:
    op.drop_table('snapshot_part')
