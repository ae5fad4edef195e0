"""XLSForm (.xlsx), the form language of ODK and KoboToolbox: read into forms of the department, and written back."""
