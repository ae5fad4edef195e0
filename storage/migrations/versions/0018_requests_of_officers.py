"""Requests of officers who have no invitation.

Revision: 0018
Revises: 0017
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('officer_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('name', storage.columns.EncryptedText(), nullable=True),
    sa.Column('position', storage.columns.EncryptedText(), nullable=True),
    sa.Column('phone', storage.columns.EncryptedText(), nullable=True),
    sa.Column('state', sa.Enum('open', 'approved', 'refused', 'withdrawn', name='request_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('asked_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('decided_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_officer_request_account_id_account')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_officer_request_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_officer_request_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_officer_request'))
    )
    with op.batch_alter_table('officer_request', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_officer_request_account_id'), ['account_id'], unique=False)
        batch_op.create_index('uq_officer_request_open', ['account_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))


def downgrade() -> None:
    op.drop_table('officer_request')
