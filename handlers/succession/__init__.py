"""Agencies are renamed, merged, split or end: looked at first, confirmed, carried out on the day, undone for some days.

What the State decided is content; what the department confirmed is a row. Reports, acknowledgements, editions and
receipts stay with the agency they are of; people and what is still open go to those that have its part.
"""
