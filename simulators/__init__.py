"""Telegram and Zalo of our own: both platforms over real HTTP, with people, phones and faults.

They know nothing of the house. Tests talk through them, and ``loa simulate`` puts their phones on a page.
"""
