"""Who took a digest or an item in, whom it was given to, what was unclear about it.

Revision: 0009
Revises: 0008
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('acknowledgement',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('channel', sqlmodel.sql.sqltypes.AutoString(length=20), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_acknowledgement_account_id_account')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_acknowledgement_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_acknowledgement_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_acknowledgement')),
    sa.UniqueConstraint('agency_id', 'subject', 'revision', name=op.f('uq_acknowledgement_agency_id_subject_revision'))
    )
    op.create_index(op.f('ix_acknowledgement_agency_id'), 'acknowledgement', ['agency_id'], unique=False)
    op.create_index(op.f('ix_acknowledgement_subject'), 'acknowledgement', ['subject'], unique=False)

    op.create_table('hand_over',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('from_contact_id', sa.Integer(), nullable=False),
    sa.Column('to_contact_id', sa.Integer(), nullable=True),
    sa.Column('to_words', storage.columns.EncryptedText(), nullable=True),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_hand_over_agency_id_agency')),
    sa.ForeignKeyConstraint(['from_contact_id'], ['contact.id'], name=op.f('fk_hand_over_from_contact_id_contact')),
    sa.ForeignKeyConstraint(['to_contact_id'], ['contact.id'], name=op.f('fk_hand_over_to_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hand_over'))
    )
    op.create_index(op.f('ix_hand_over_agency_id'), 'hand_over', ['agency_id'], unique=False)
    op.create_index(op.f('ix_hand_over_subject'), 'hand_over', ['subject'], unique=False)

    op.create_table('clarification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('subject', sqlmodel.sql.sqltypes.AutoString(length=80), nullable=False),
    sa.Column('digest_id', sa.Integer(), nullable=False),
    sa.Column('account_id', sa.Integer(), nullable=False),
    sa.Column('drafter', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('opened_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('asked_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('answered_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('closed_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.Column('closed_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['account.id'], name=op.f('fk_clarification_account_id_account')),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_clarification_agency_id_agency')),
    sa.ForeignKeyConstraint(['digest_id'], ['digest.id'], name=op.f('fk_clarification_digest_id_digest')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clarification'))
    )
    for column in ('agency_id', 'subject', 'digest_id'):
        op.create_index(op.f(f'ix_clarification_{column}'), 'clarification', [column], unique=False)

    op.create_table('clarification_entry',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('clarification_id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('answered_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('text', storage.columns.EncryptedText(), nullable=False),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.Column('to_all', sa.Boolean(), nullable=False),
    sa.Column('at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['clarification_id'], ['clarification.id'], name=op.f('fk_clarification_entry_clarification_id_clarification')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_clarification_entry_contact_id_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clarification_entry'))
    )
    op.create_index(op.f('ix_clarification_entry_clarification_id'), 'clarification_entry', ['clarification_id'], unique=False)


def downgrade() -> None:
    for table in ('clarification_entry', 'clarification', 'hand_over', 'acknowledgement'):
        op.drop_table(table)
