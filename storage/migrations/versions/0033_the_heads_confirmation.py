"""Reports that wait for their agency's head, and who confirmed a version.

Revision: 0033
Revises: 0032
"""

import sqlalchemy as sa
import storage.columns
from alembic import op


revision = '0033'
down_revision = '0032'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('task', sa.Column('head_confirms', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('progress_report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('awaiting', sa.JSON(), server_default='{}', nullable=False))
        batch_op.add_column(sa.Column('awaiting_since', storage.columns.UTCDateTime(timezone=True), nullable=True))
        batch_op.create_index(batch_op.f('ix_progress_report_awaiting_since'), ['awaiting_since'], unique=False)
    with op.batch_alter_table('report_version', schema=None) as batch_op:
        batch_op.add_column(sa.Column('confirmed_by', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f('fk_report_version_confirmed_by_contact'), 'contact', ['confirmed_by'], ['id']
        )


def downgrade() -> None:
    with op.batch_alter_table('report_version', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_report_version_confirmed_by_contact'), type_='foreignkey')
        batch_op.drop_column('confirmed_by')
    with op.batch_alter_table('progress_report', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_progress_report_awaiting_since'))
        batch_op.drop_column('awaiting_since')
        batch_op.drop_column('awaiting')
    op.drop_column('task', 'head_confirms')
