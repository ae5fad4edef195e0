"""Telegram, through the Bot API. Imported only when a token is set: aiogram alone takes seconds to load."""
