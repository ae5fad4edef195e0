"""What is counted for ``/metrics``; never anything about a person."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

REGISTRY = CollectorRegistry()

RECEIVED = Counter("loa_updates_received", "Updates written down", ["channel"], registry=REGISTRY)
ANSWERED = Counter("loa_updates_answered", "Updates answered or settled", ["channel"], registry=REGISTRY)
DELIVERED = Counter("loa_deliveries", "Deliveries settled, by state", ["channel", "state"], registry=REGISTRY)
WEBHOOK_SECONDS = Histogram(
    "loa_webhook_seconds",
    "Seconds from a webhook request to its durable acknowledgement",
    ["channel"],
    registry=REGISTRY,
)
STALLS = Counter("loa_loop_stalls", "Times something kept the event loop", registry=REGISTRY)
CHANNEL_WELL = Gauge(
    "loa_channel_well",
    "Whether the last check of a channel found it usable (1) or not (0)",
    ["channel"],
    registry=REGISTRY,
)
