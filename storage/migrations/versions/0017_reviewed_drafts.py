"""The review of imported directives, what a directive ends, and plans that are closed.

Revision: 0017
Revises: 0016
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('directive_review',
    sa.Column('directive_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=True),
    sa.Column('file_id', sa.Integer(), nullable=True),
    sa.Column('source', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('doubts', sa.JSON(), nullable=False),
    sa.Column('draft', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['directive_id'], ['directive.id'], name=op.f('fk_directive_review_directive_id_directive')),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_directive_review_file_id_stored_file'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('directive_id', name=op.f('pk_directive_review')),
    sa.UniqueConstraint('sha256', name=op.f('uq_directive_review_sha256'))
    )
    op.create_table('review_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('directive_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('actor', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('action', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['directive_id'], ['directive.id'], name=op.f('fk_review_change_directive_id_directive')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_review_change'))
    )
    with op.batch_alter_table('review_change', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_review_change_directive_id'), ['directive_id'], unique=False)

    op.create_table('directive_link',
    sa.Column('directive_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('earlier_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('replaces', sa.Boolean(), nullable=False),
    sa.Column('closes_on', sa.Date(), nullable=False),
    sa.Column('items', sa.JSON(), nullable=False),
    sa.Column('ended', sa.JSON(), nullable=False),
    sa.Column('settled', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['directive_id'], ['directive.id'], name=op.f('fk_directive_link_directive_id_directive')),
    sa.ForeignKeyConstraint(['earlier_id'], ['directive.id'], name=op.f('fk_directive_link_earlier_id_directive')),
    sa.PrimaryKeyConstraint('directive_id', 'earlier_id', name=op.f('pk_directive_link'))
    )
    with op.batch_alter_table('directive_link', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_directive_link_earlier_id'), ['earlier_id'], unique=False)

    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('closed', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.alter_column('closed', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('plan', schema=None) as batch_op:
        batch_op.drop_column('closed')
    op.drop_table('directive_link')
    op.drop_table('review_change')
    op.drop_table('directive_review')
