"""How the reports on a task stand, and what was handed in on a form: told by an index alone.

Revision: 0035
Revises: 0034
"""

from alembic import op


revision = '0035'
down_revision = '0034'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_progress_report_standing', 'progress_report',
        ['task_id', 'period', 'state', 'version', 'agency_id'], unique=False)
    op.create_index('ix_form_submission_listed', 'form_submission',
        ['form_id', 'period', 'submitted_at', 'id', 'agency_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_form_submission_listed', table_name='form_submission')
    op.drop_index('ix_progress_report_standing', table_name='progress_report')
