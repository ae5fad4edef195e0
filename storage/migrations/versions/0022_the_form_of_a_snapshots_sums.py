"""Which form the sums of a snapshot have.

Revision: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op


revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('snapshot', sa.Column('shape', sa.Integer(), server_default='1', nullable=False))


def downgrade() -> None:
    op.drop_column('snapshot', 'shape')
