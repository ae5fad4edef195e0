"""Forms of the department, drafts and submissions.

Revision: 0027
Revises: 0026
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('department_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
    sa.Column('title', sqlmodel.sql.sqltypes.AutoString(length=200), nullable=False),
    sa.Column('state', sa.Enum('prepared', 'open', 'closed', name='department_form_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('updated_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_department_form')),
    sa.UniqueConstraint('name', name=op.f('uq_department_form_name'))
    )
    with op.batch_alter_table('department_form', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_department_form_state'), ['state'], unique=False)
    op.create_table('form_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('definition', sa.JSON(), nullable=False),
    sa.Column('digest', sqlmodel.sql.sqltypes.AutoString(length=64), nullable=False),
    sa.Column('made_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['form_id'], ['department_form.id'], name=op.f('fk_form_version_form_id_department_form')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_version')),
    sa.UniqueConstraint('form_id', 'version', name=op.f('uq_form_version_form_id_version'))
    )
    with op.batch_alter_table('form_version', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_version_form_id'), ['form_id'], unique=False)
    op.create_table('form_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('updated_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_form_draft_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_form_draft_contact_id_contact')),
    sa.ForeignKeyConstraint(['form_id'], ['department_form.id'], name=op.f('fk_form_draft_form_id_department_form')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_draft')),
    sa.UniqueConstraint('form_id', 'contact_id', 'agency_id', 'period', name=op.f('uq_form_draft_form_id_contact_id_agency_id_period'))
    )
    with op.batch_alter_table('form_draft', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_draft_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_draft_form_id'), ['form_id'], unique=False)
    op.create_table('form_submission',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('form_id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('receipt', sqlmodel.sql.sqltypes.AutoString(length=16), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=True),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('submitted_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_form_submission_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_form_submission_contact_id_contact')),
    sa.ForeignKeyConstraint(['form_id'], ['department_form.id'], name=op.f('fk_form_submission_form_id_department_form')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_form_submission')),
    sa.UniqueConstraint('form_id', 'agency_id', 'period', 'revision', name=op.f('uq_form_submission_form_id_agency_id_period_revision')),
    sa.UniqueConstraint('receipt', name=op.f('uq_form_submission_receipt'))
    )
    with op.batch_alter_table('form_submission', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_form_submission_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_submission_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_submission_form_id'), ['form_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_form_submission_submitted_at'), ['submitted_at'], unique=False)


def downgrade() -> None:
    op.drop_table('form_submission')
    op.drop_table('form_draft')
    op.drop_table('form_version')
    op.drop_table('department_form')
