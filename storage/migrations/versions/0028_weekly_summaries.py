"""Which console accounts want the weekly summary of plans on their phone, and when.

Revision: 0028
Revises: 0027
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('briefing',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
    sa.Column('since', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['console_user.id'], name=op.f('fk_briefing_user_id_console_user')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_briefing'))
    )


def downgrade() -> None:
    op.drop_table('briefing')
