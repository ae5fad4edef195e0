"""The rhythm of digests, weeks left out and missed, urgent digests, chats of console accounts.

Revision: 0007
Revises: 0006
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('rhythm',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('at', sqlmodel.sql.sqltypes.AutoString(length=5), nullable=False),
    sa.Column('late_hours', sa.Integer(), nullable=False),
    sa.Column('changed_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('changed_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_rhythm'))
    )
    op.create_table('skipped_week',
    sa.Column('week', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=1000), nullable=False),
    sa.Column('skipped_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('skipped_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('week', name=op.f('pk_skipped_week'))
    )
    op.create_table('missed_week',
    sa.Column('week', sqlmodel.sql.sqltypes.AutoString(length=8), nullable=False),
    sa.Column('planned_for', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('noted_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('week', name=op.f('pk_missed_week'))
    )
    op.create_table('console_link',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('code_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('code_until', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('account_id', sa.Integer(), nullable=True),
    sa.Column('linked_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_console_link_account_id_account')),
    sa.ForeignKeyConstraint(['user_id'], ['console_user.id'], name=op.f('fk_console_link_user_id_console_user')),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_console_link')),
    sa.UniqueConstraint('account_id', name=op.f('uq_console_link_account_id'))
    )
    with op.batch_alter_table('console_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_console_link_code_hash'), ['code_hash'], unique=False)
    with op.batch_alter_table('digest', schema=None) as batch_op:
        batch_op.add_column(sa.Column('number', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('items', sa.JSON(none_as_null=True), nullable=True))
        batch_op.drop_constraint(op.f('uq_digest_week'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_digest_week_number'), ['week', 'number'])


def downgrade() -> None:
    op.execute('DELETE FROM delivery WHERE digest_id IN (SELECT id FROM digest WHERE number > 0)')
    op.execute('DELETE FROM edition WHERE digest_id IN (SELECT id FROM digest WHERE number > 0)')
    op.execute('DELETE FROM digest WHERE number > 0')
    with op.batch_alter_table('digest', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_digest_week_number'), type_='unique')
        batch_op.create_unique_constraint(op.f('uq_digest_week'), ['week'])
        batch_op.drop_column('items')
        batch_op.drop_column('number')
    op.drop_table('console_link')
    op.drop_table('missed_week')
    op.drop_table('skipped_week')
    op.drop_table('rhythm')
