"""An agency may say by telephone that it has taken something in.

Revision: 0015
Revises: 0014
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('acknowledgement', schema=None) as batch_op:
        batch_op.alter_column('account_id', existing_type=sa.Integer(), nullable=True)
        batch_op.alter_column('contact_id', existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column('recorded_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True))
        batch_op.add_column(sa.Column('told', storage.columns.EncryptedText(), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM acknowledgement WHERE account_id IS NULL")
    with op.batch_alter_table('acknowledgement', schema=None) as batch_op:
        batch_op.drop_column('told')
        batch_op.drop_column('recorded_by')
        batch_op.alter_column('contact_id', existing_type=sa.Integer(), nullable=False)
        batch_op.alter_column('account_id', existing_type=sa.Integer(), nullable=False)
