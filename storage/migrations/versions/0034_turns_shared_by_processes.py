"""When the next message may leave through a channel, for all processes.

Revision: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op


revision = '0034'
down_revision = '0033'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'channel_turns',
        sa.Column('channel', sa.String(length=20), nullable=False),
        sa.Column('next_at', sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_turns')),
    )


def downgrade() -> None:
    op.drop_table('channel_turns')
