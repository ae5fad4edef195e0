"""Appointments: in which role, from which day to which a contact speaks for an agency.

Revision: 0005
Revises: 0004
"""

from datetime import timedelta

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

VIET_NAM = timedelta(hours=7)


def upgrade() -> None:
    op.create_table('appointment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('role', sa.Enum('main', 'deputy', 'head', name='contact_role', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('first_day', sa.Date(), nullable=False),
    sa.Column('last_day', sa.Date(), nullable=True),
    sa.Column('stands_in_for', sa.Integer(), nullable=True),
    sa.Column('made_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('made_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_appointment_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_appointment_contact_id_contact')),
    sa.ForeignKeyConstraint(['stands_in_for'], ['contact.id'], name=op.f('fk_appointment_stands_in_for_contact')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_appointment'))
    )
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_appointment_agency_id'), ['agency_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_appointment_contact_id'), ['contact_id'], unique=False)
    _appoint_present_contacts()


def _appoint_present_contacts() -> None:
    """Whoever was a contact was the main one, from registration until they left."""
    moment = storage.columns.UTCDateTime(timezone=True)
    contact = sa.table('contact', sa.column('id'), sa.column('agency_id'), sa.column('created_at', moment), sa.column('ended_at', moment))
    appointment = sa.table(
        'appointment', sa.column('contact_id'), sa.column('agency_id'), sa.column('role'), sa.column('first_day', sa.Date()),
        sa.column('last_day', sa.Date()), sa.column('made_by'), sa.column('made_at', moment),
    )
    rows = [
        {
            'contact_id': row.id,
            'agency_id': row.agency_id,
            'role': 'main',
            'first_day': (row.created_at + VIET_NAM).date(),
            'last_day': (row.ended_at + VIET_NAM).date() if row.ended_at else None,
            'made_by': 'clock',
            'made_at': row.created_at,
        }
        for row in op.get_bind().execute(sa.select(contact))
    ]
    if rows:
        op.bulk_insert(appointment, rows)


def downgrade() -> None:
    with op.batch_alter_table('appointment', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_appointment_contact_id'))
        batch_op.drop_index(batch_op.f('ix_appointment_agency_id'))

    op.drop_table('appointment')
