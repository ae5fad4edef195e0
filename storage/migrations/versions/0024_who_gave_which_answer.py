"""Who gave which answer of a report, where several officers worked on it.

Revision: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op


revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('report_version', sa.Column('givers', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    op.drop_column('report_version', 'givers')
