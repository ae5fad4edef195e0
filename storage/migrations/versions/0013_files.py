"""Files people send and are sent, and what the platforms call them.

Revision: 0013
Revises: 0012
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('stored_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('name', storage.columns.EncryptedText(), nullable=False),
    sa.Column('media_type', sqlmodel.sql.sqltypes.AutoString(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('purpose', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('owner', sqlmodel.sql.sqltypes.AutoString(length=120), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_stored_file'))
    )
    with op.batch_alter_table('stored_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_stored_file_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_stored_file_owner'), ['owner'], unique=False)
        batch_op.create_index(batch_op.f('ix_stored_file_expires_at'), ['expires_at'], unique=False)

    op.create_table('stored_content',
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_stored_content_file_id_stored_file')),
    sa.PrimaryKeyConstraint('file_id', name=op.f('pk_stored_content'))
    )
    op.create_table('file_upload',
    sa.Column('platform', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('file_id', sa.Integer(), nullable=False),
    sa.Column('reference', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('expires_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['file_id'], ['stored_file.id'], name=op.f('fk_file_upload_file_id_stored_file')),
    sa.PrimaryKeyConstraint('platform', 'file_id', name=op.f('pk_file_upload'))
    )


def downgrade() -> None:
    op.drop_table('file_upload')
    op.drop_table('stored_content')
    op.drop_table('stored_file')
