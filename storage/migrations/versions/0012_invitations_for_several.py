"""Invitations for a role, good for several officers.

Revision: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op


revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

ROLE = sa.Enum('main', 'deputy', 'head', name='invitation_role', native_enum=False, create_constraint=True, length=20)


def upgrade() -> None:
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role', ROLE, nullable=False, server_default='main'))
        batch_op.add_column(sa.Column('most_uses', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('uses', sa.Integer(), nullable=False, server_default='0'))
    op.execute("UPDATE invitation SET uses = 1 WHERE used_at IS NOT NULL")
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.alter_column('role', existing_type=ROLE, server_default=None)
        batch_op.alter_column('most_uses', existing_type=sa.Integer(), server_default=None)
        batch_op.alter_column('uses', existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_invitation_invitation_role'), type_='check')
        batch_op.drop_column('uses')
        batch_op.drop_column('most_uses')
        batch_op.drop_column('role')
