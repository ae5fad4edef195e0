"""Zalo Official Account: API v3 for sending, OAuth v4 for tokens, webhooks for what people do."""
