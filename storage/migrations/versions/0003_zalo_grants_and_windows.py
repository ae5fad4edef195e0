"""Consents and checks of a platform account, the interaction window, template messages.

Revision: 0003
Revises: 0002
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('platform_check',
    sa.Column('platform', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('checked_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('well_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('key', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('code', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('reason', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('package', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.PrimaryKeyConstraint('platform', name=op.f('pk_platform_check'))
    )
    op.create_table('platform_consent',
    sa.Column('state_hash', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('platform', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('verifier', storage.columns.EncryptedText(), nullable=False),
    sa.Column('started_by', sa.Integer(), nullable=False),
    sa.Column('started_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('used_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['started_by'], ['console_user.id'], name=op.f('fk_platform_consent_started_by_console_user')),
    sa.PrimaryKeyConstraint('state_hash', name=op.f('pk_platform_consent'))
    )
    op.create_table('template_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('tracking_id', sqlmodel.sql.sqltypes.AutoString(length=48), nullable=False),
    sa.Column('provider_id', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=True),
    sa.Column('asked_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('delivered_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('error', sqlmodel.sql.sqltypes.AutoString(length=300), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_template_message_account_id_account')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_template_message')),
    sa.UniqueConstraint('tracking_id', name=op.f('uq_template_message_tracking_id'))
    )
    with op.batch_alter_table('template_message', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_template_message_account_id'), ['account_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_template_message_provider_id'), ['provider_id'], unique=False)

    op.add_column('account', sa.Column('last_interaction_at', storage.columns.UTCDateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('account', schema=None) as batch_op:
        batch_op.drop_column('last_interaction_at')

    with op.batch_alter_table('template_message', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_template_message_provider_id'))
        batch_op.drop_index(batch_op.f('ix_template_message_account_id'))

    op.drop_table('template_message')
    op.drop_table('platform_consent')
    op.drop_table('platform_check')
