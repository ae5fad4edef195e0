"""Reports the department has sent upward.

Revision: 0030
Revises: 0029
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('obligation_done',
    sa.Column('plan_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('obligation_id', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('occasion', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('number', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=False),
    sa.Column('done_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('done_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plan.id'], name=op.f('fk_obligation_done_plan_id_plan')),
    sa.PrimaryKeyConstraint('plan_id', 'obligation_id', 'occasion', name=op.f('pk_obligation_done'))
    )


def downgrade() -> None:
    op.drop_table('obligation_done')
