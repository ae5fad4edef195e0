"""Codes by which an officer's other account joins the contact.

Revision: 0016
Revises: 0015
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('join_code',
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('made_by', sa.Integer(), nullable=False),
    sa.Column('expires_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('used_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_join_code_contact_id_contact')),
    sa.ForeignKeyConstraint(['made_by'], ['account.id'], name=op.f('fk_join_code_made_by_account')),
    sa.PrimaryKeyConstraint('contact_id', name=op.f('pk_join_code')),
    sa.UniqueConstraint('code_hash', name=op.f('uq_join_code_code_hash'))
    )


def downgrade() -> None:
    op.drop_table('join_code')
