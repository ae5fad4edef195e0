"""What became of agencies: changes as rows, memberships with a first day, no successors in words.

Revision: 0023
Revises: 0022
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('agency_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('spec', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('kind', sa.Enum('rename', 'merge', 'split', 'dissolve', name='change_kind', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('basis', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('note', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.Column('coming', sa.JSON(), nullable=False),
    sa.Column('formerly', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('shares', sa.JSON(), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('state', sa.Enum('draft', 'planned', 'done', 'cancelled', 'undone', name='change_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('made_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('confirmed_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('confirmed_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('done_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('ended_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('ended_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('touched_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agency_change'))
    )
    with op.batch_alter_table('agency_change', schema=None) as batch_op:
        for name in ('day', 'spec', 'state'):
            batch_op.create_index(batch_op.f(f'ix_agency_change_{name}'), [name], unique=False)
    with op.batch_alter_table('agency_member', schema=None) as batch_op:
        batch_op.add_column(sa.Column('since', sa.Date(), nullable=True))
    op.drop_column('agency', 'successor')


def downgrade() -> None:
    op.add_column('agency', sa.Column('successor', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    with op.batch_alter_table('agency_member', schema=None) as batch_op:
        batch_op.drop_column('since')
    op.drop_table('agency_change')
