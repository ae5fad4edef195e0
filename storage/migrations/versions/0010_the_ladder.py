"""The rungs by which agencies are chased.

Revision: 0010
Revises: 0009
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('chase_step',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('digest_id', sa.Integer(), nullable=False),
    sa.Column('rung', sa.Enum('main', 'deputy', 'head', 'department', name='rung', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_chase_step_agency_id_agency')),
    sa.ForeignKeyConstraint(['digest_id'], ['digest.id'], name=op.f('fk_chase_step_digest_id_digest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_chase_step')),
    sa.UniqueConstraint('agency_id', 'subject', 'revision', 'rung', name=op.f('uq_chase_step_agency_id_subject_revision_rung'))
    )
    for column in ('agency_id', 'digest_id', 'subject'):
        op.create_index(op.f(f'ix_chase_step_{column}'), 'chase_step', [column], unique=False)


def downgrade() -> None:
    op.drop_table('chase_step')
