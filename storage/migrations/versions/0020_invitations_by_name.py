"""Invitations that say whom they are for.

Revision: 0020
Revises: 0019
"""

import sqlalchemy as sa
import storage.columns
from alembic import op


revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('invitee_name', storage.columns.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column('invitee_position', storage.columns.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column('invitee_phone', storage.columns.EncryptedText(), nullable=True))
        batch_op.add_column(sa.Column('first_day', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('last_day', sa.Date(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        for name in ('last_day', 'first_day', 'invitee_phone', 'invitee_position', 'invitee_name'):
            batch_op.drop_column(name)
