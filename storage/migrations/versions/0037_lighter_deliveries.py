"""Fewer keys and indexes for every delivery queued, claimed and settled: an account's deliveries and the same words
twice share an index, what is rare (being sent, unclear, failed, known to the platform) is indexed alone, and one key
holds the edition together with its digest.

Revision: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op


revision = '0037'
down_revision = '0036'
branch_labels = None
depends_on = None

RARE = sa.text("state = 'sending' OR state = 'unclear' OR state = 'failed'")
KNOWN = sa.text('provider_id IS NOT NULL')


def upgrade() -> None:
    for name in ('state', 'provider_id', 'account_id', 'fingerprint_created_at'):
        op.drop_index(f'ix_delivery_{name}', table_name='delivery')
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.create_unique_constraint(op.f('uq_edition_id_digest_id'), ['id', 'digest_id'])
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_delivery_edition_id_edition'), type_='foreignkey')
        batch_op.drop_constraint(op.f('fk_delivery_digest_id_digest'), type_='foreignkey')
        batch_op.create_foreign_key(
            op.f('fk_delivery_edition_id_edition'), 'edition', ['edition_id', 'digest_id'], ['id', 'digest_id']
        )
    op.create_index('ix_delivery_account_id_fingerprint', 'delivery', ['account_id', 'fingerprint'])
    op.create_index('ix_delivery_state', 'delivery', ['state'], sqlite_where=RARE, postgresql_where=RARE)
    op.create_index('ix_delivery_provider_id', 'delivery', ['provider_id'], sqlite_where=KNOWN, postgresql_where=KNOWN)


def downgrade() -> None:
    for name in ('state', 'provider_id', 'account_id_fingerprint'):
        op.drop_index(f'ix_delivery_{name}', table_name='delivery')
    with op.batch_alter_table('delivery', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_delivery_edition_id_edition'), type_='foreignkey')
        batch_op.create_foreign_key(op.f('fk_delivery_edition_id_edition'), 'edition', ['edition_id'], ['id'])
        batch_op.create_foreign_key(op.f('fk_delivery_digest_id_digest'), 'digest', ['digest_id'], ['id'])
    with op.batch_alter_table('edition', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('uq_edition_id_digest_id'), type_='unique')
    op.create_index('ix_delivery_fingerprint_created_at', 'delivery', ['fingerprint', 'created_at'])
    for name in ('state', 'provider_id', 'account_id'):
        op.create_index(f'ix_delivery_{name}', 'delivery', [name])
