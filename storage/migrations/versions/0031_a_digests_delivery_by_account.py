"""A digest's delivery to an account is found at once: SQLite, which has no statistics, chose at random between the two
columns' own indexes, and by the digest's every sending looked through the whole digest.

Revision: 0031
Revises: 0030
"""

from alembic import op


revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index('ix_delivery_digest_id', table_name='delivery')
    op.create_index('ix_delivery_digest_id_account_id', 'delivery', ['digest_id', 'account_id'])


def downgrade() -> None:
    op.drop_index('ix_delivery_digest_id_account_id', table_name='delivery')
    op.create_index('ix_delivery_digest_id', 'delivery', ['digest_id'])
