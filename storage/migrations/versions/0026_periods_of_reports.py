"""Reports by period, and what a version is to the one before it.

A report on a recurring task gets the period of its newest version: until now its versions stood for the months.

Revision: 0026
Revises: 0025
"""

from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
import sqlmodel.sql.sqltypes
from alembic import op


revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None

KINDS = ('first', 'supplement', 'replacement', 'correction')
MONTHS = {'monthly': 1, 'quarterly': 3, 'half_yearly': 6, 'yearly': 12}
LOCAL = timedelta(hours=7)


def _key(moment: object, months: int) -> str:
    """The period in which the moment lies; each ends on the 14th of its last month."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    assert isinstance(at, datetime)
    day = ((at if at.tzinfo is None else at.astimezone(UTC)) + LOCAL).date()
    month = date(day.year + day.month // 12, day.month % 12 + 1, 1) if day.day > 14 else day
    if months == 1:
        return f'{month:%Y-%m}'
    place = (month.month - 1) // months + 1
    return str(month.year) if months == 12 else f"{month.year}-{'Q' if months == 3 else 'H'}{place}"


def upgrade() -> None:
    with op.batch_alter_table('progress_report', schema=None) as batch_op:
        batch_op.add_column(
            sa.Column('period', sqlmodel.sql.sqltypes.AutoString(length=10), server_default='', nullable=False)
        )
        batch_op.drop_constraint(batch_op.f('uq_progress_report_task_id_agency_id'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_progress_report_task_id_agency_id_period'), ['task_id', 'agency_id', 'period']
        )
    with op.batch_alter_table('snapshot_part', schema=None) as batch_op:
        batch_op.alter_column('task_id', existing_type=sa.String(length=60), type_=sa.String(length=80))
    with op.batch_alter_table('report_version', schema=None) as batch_op:
        kind = sa.Enum(*KINDS, name='version_kind', native_enum=False, create_constraint=True, length=20)
        batch_op.add_column(sa.Column('kind', kind, server_default='first', nullable=False))
    op.execute("UPDATE report_version SET kind = 'replacement' WHERE version > 1")
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            'SELECT r.id, t.recurrence, COALESCE('
            '(SELECT MAX(v.submitted_at) FROM report_version v WHERE v.report_id = r.id), r.updated_at) '
            'FROM progress_report r JOIN task t ON t.id = r.task_id WHERE t.recurrence IS NOT NULL'
        )
    ).all()
    for number, recurrence, moment in found:
        if recurrence in MONTHS:
            connection.execute(
                sa.text('UPDATE progress_report SET period = :period WHERE id = :id'),
                {'period': _key(moment, MONTHS[recurrence]), 'id': number},
            )


def downgrade() -> None:
    op.execute('DELETE FROM snapshot_part WHERE length(task_id) > 60')
    with op.batch_alter_table('snapshot_part', schema=None) as batch_op:
        batch_op.alter_column('task_id', existing_type=sa.String(length=80), type_=sa.String(length=60))
    with op.batch_alter_table('report_version', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_report_version_version_kind'), type_='check')
        batch_op.drop_column('kind')
    newest = 'SELECT MAX(period) FROM progress_report o WHERE o.task_id = r.task_id AND o.agency_id = r.agency_id'
    old = f'SELECT r.id FROM progress_report r WHERE r.period < ({newest})'
    op.execute(f'DELETE FROM report_version WHERE report_id IN ({old})')
    op.execute(f'DELETE FROM progress_report WHERE id IN ({old})')
    with op.batch_alter_table('progress_report', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('uq_progress_report_task_id_agency_id_period'), type_='unique')
        batch_op.create_unique_constraint(
            batch_op.f('uq_progress_report_task_id_agency_id'), ['task_id', 'agency_id']
        )
        batch_op.drop_column('period')
