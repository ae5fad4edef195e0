"""Handovers: what one officer passes on to another, and when.

Revision: 0008
Revises: 0007
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('handover',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('role', sa.Enum('main', 'deputy', 'head', name='handover_role', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('giver_id', sa.Integer(), nullable=False),
    sa.Column('taker_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('made_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('done_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_handover_agency_id_agency')),
    sa.ForeignKeyConstraint(['giver_id'], ['contact.id'], name=op.f('fk_handover_giver_id_contact')),
    sa.ForeignKeyConstraint(['taker_id'], ['contact.id'], name=op.f('fk_handover_taker_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_handover'))
    )
    with op.batch_alter_table('handover', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_handover_day'), ['day'], unique=False)
        batch_op.create_index(batch_op.f('ix_handover_giver_id'), ['giver_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_handover_taker_id'), ['taker_id'], unique=False)


def downgrade() -> None:
    op.drop_table('handover')
