"""Until when a draft is kept, as its agency was told.

Revision: 0032
Revises: 0031
"""

import sqlalchemy as sa
from alembic import op


revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('progress_report', sa.Column('draft_kept_until', sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column('progress_report', 'draft_kept_until')
