"""Requests of agencies for more time on a report.

Revision: 0029
Revises: 0028
"""

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
import storage.columns
from alembic import op


revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None

STATES = ('waiting', 'granted', 'refused', 'withdrawn')
WAITS = sa.text("state = 'waiting'")


def upgrade() -> None:
    op.create_table('extension',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('task_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('agency_id', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=False),
    sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=10), nullable=False),
    sa.Column('due', sa.Date(), nullable=False),
    sa.Column('until', sa.Date(), nullable=False),
    sa.Column('reason', storage.columns.EncryptedText(), nullable=False),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('asked_at', storage.columns.UTCDateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum(*STATES, name='extension_state', native_enum=False, create_constraint=True, length=20), nullable=False),
    sa.Column('granted_until', sa.Date(), nullable=True),
    sa.Column('answer', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('decided_by', sqlmodel.sql.sqltypes.AutoString(length=60), nullable=True),
    sa.Column('decided_at', storage.columns.UTCDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['agency_id'], ['agency.id'], name=op.f('fk_extension_agency_id_agency')),
    sa.ForeignKeyConstraint(['contact_id'], ['contact.id'], name=op.f('fk_extension_contact_id_contact')),
    sa.ForeignKeyConstraint(['task_id'], ['task.id'], name=op.f('fk_extension_task_id_task')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_extension'))
    )
    for column in ('agency_id', 'contact_id', 'state', 'task_id'):
        op.create_index(op.f(f'ix_extension_{column}'), 'extension', [column], unique=False)
    op.create_index('uq_extension_waiting', 'extension', ['task_id', 'agency_id', 'period'], unique=True,
        sqlite_where=WAITS, postgresql_where=WAITS)


def downgrade() -> None:
    op.drop_table('extension')
