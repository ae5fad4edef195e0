"""Marks on single answers of a report, what was said to them, and where a version was submitted.

Revision: 0021
Revises: 0020
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('progress_report', sa.Column('marks', sa.JSON(), server_default='{}', nullable=False))
    op.add_column('report_version', sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True))
    op.add_column('report_version', sa.Column('corrections', sa.JSON(), server_default='{}', nullable=False))


def downgrade() -> None:
    op.drop_column('report_version', 'corrections')
    op.drop_column('report_version', 'channel')
    op.drop_column('progress_report', 'marks')
