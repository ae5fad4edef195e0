"""What was announced to agencies as open, and when a form was opened.

Revision: 0036
Revises: 0035
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0036'
down_revision = '0035'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('opening',
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('subject', name=op.f('pk_opening'))
    )
    with op.batch_alter_table('department_form', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opened_at', storage.columns.UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('department_form', schema=None) as batch_op:
        batch_op.drop_column('opened_at')
    op.drop_table('opening')
