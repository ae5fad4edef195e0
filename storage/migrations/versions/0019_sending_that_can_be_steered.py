"""Sending that can be steered: paused, ranked, repeated; messages kept once; channels that rest.

Revision: 0019
Revises: 0018
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None

KINDS = ['digest', 'reminder', 'notice']


def _take_kinds(values: list[str]) -> None:
    """Let ``delivery.kind`` take these values and no others."""
    allowed = ', '.join(f"'{value}'" for value in values)
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_delivery_delivery_kind'), type_='check')
        batch_op.create_check_constraint(op.f('ck_delivery_delivery_kind'), sa.text(f'kind IN ({allowed})'))


def upgrade() -> None:
    op.create_table('channel_rest',
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('until', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('since', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('share', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_channel_rest'))
    )
    with op.batch_alter_table('digest', schema=None) as batch_op:
        batch_op.add_column(sa.Column('paused_at', storage.columns.UTCDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('paused_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True))
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.add_column(sa.Column('message', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
    _take_kinds([*KINDS, 'repeat'])
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.add_column(sa.Column('fingerprint', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True))
        batch_op.add_column(sa.Column('rank', sa.SmallInteger(), server_default='2', nullable=False))
        batch_op.alter_column('reply', existing_type=sa.JSON(), nullable=True)
        batch_op.drop_index(batch_op.f('ix_delivery_channel'))
        batch_op.drop_index(batch_op.f('ix_delivery_due_at'))
    op.create_index('ix_delivery_claim', 'delivery', ['channel', 'rank', 'due_at', 'id'],
        sqlite_where=sa.text("state = 'queued'"), postgresql_where=sa.text("state = 'queued'"))
    op.create_index('ix_delivery_fingerprint_created_at', 'delivery', ['fingerprint', 'created_at'])


def downgrade() -> None:
    op.drop_index('ix_delivery_fingerprint_created_at', table_name='delivery')
    op.drop_index('ix_delivery_claim', table_name='delivery')
    op.execute("DELETE FROM delivery WHERE kind = 'repeat'")
    op.execute(
        'UPDATE delivery SET reply = (SELECT message FROM edition WHERE edition.id = delivery.edition_id) '
        'WHERE reply IS NULL'
    )
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_delivery_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_delivery_channel'), ['channel'], unique=False)
        batch_op.alter_column('reply', existing_type=sa.JSON(), nullable=False)
        batch_op.drop_column('rank')
        batch_op.drop_column('fingerprint')
    _take_kinds(KINDS)
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.drop_column('fingerprint')
        batch_op.drop_column('message')
    with op.batch_alter_table('digest', schema=None) as batch_op:
        batch_op.drop_column('paused_by')
        batch_op.drop_column('paused_at')
    op.drop_table('channel_rest')
