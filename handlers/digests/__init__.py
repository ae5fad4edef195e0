"""Weekly digests: composed per agency, approved by a second person, sent, acknowledged, chased.

What the console and the command line build on. Every function works in the caller's session and never commits; ``now``
is aware UTC; ``actor`` is a console account's name, ``cli`` or ``clock``. Each change writes an audit entry. A refusal
is a :class:`DigestError`; ``catalog.text(error.key, **error.params)`` is its Vietnamese sentence.

``compose(db, catalog, week)``
    ``list[Composed]`` (``agency_id``, ``body``) in order of agency; dry: it stores nothing.
``edition_reply(catalog, body)``, ``details_reply(catalog, body)``
    The main message of an edition, and all of it as "Xem chi tiết" shows it, as a Reply;
    ``bot.channels.layout.lay_out`` makes a channel's messages of it.
``save_draft(db, catalog, week, actor, now)``
    The ``Digest``; may be repeated while it is a draft.
``begin_urgent(db, catalog, item_ids, actor, now)``, ``recompose_urgent(db, catalog, digest_id, actor, now)``
    An urgent digest of chosen items: approved like any other, sent at once.
``submit_for_approval(db, catalog, digest_id, actor, now)``
    Draft → waiting.
``approve(db, catalog, digest_id, user, now)``
    Waiting → approved, with its week's moment; ``user`` is a ``ConsoleUser`` with the role approver or admin, not the
    composer.
``return_to_draft(db, catalog, digest_id, actor, reason, now)``
    Waiting or approved → draft.
``schedule(db, catalog, digest_id, send_at, actor, now)``
    Sets the moment of an approved digest; None takes it away.
``plan_of(db, catalog, weeks)``, ``set_rhythm(…)``, ``skip_week(…)``, ``unskip_week(…)``
    The rhythm: ``Planned`` weeks with their moment; another day or time; a week left out, and not.
``start_due(db, catalog, now)``, ``note_missed(db, catalog, now)``, ``note_uncomposed(db, catalog, now)``
    What the clock does: starts what is due, once; writes down what was missed.
``start_sending(db, catalog, digest_id, actor, now, same=False, urgent=False)``
    Approved → sending; the number of deliveries queued. Wake the outbox after the commit.
``pause(db, catalog, digest_id, actor, now)``, ``resume(…)``
    Nothing more leaves until it is resumed; how many wait.
``cancel(db, catalog, digest_id, actor, now)``
    Takes a scheduled digest's moment away, or skips what is still queued; ``Stopped`` with exact counts.
``reach_of(db, digest_id, verb, seen_channels, now)``, ``send_again(db, catalog, digest_id, verb, …)``
    How many sending again to those who failed, have not seen or not acknowledged it would be for; doing it.
``causes(db, catalog, digest_id)``
    ``list[Cause]``: why deliveries did not arrive, how many of each, and the one thing to do about it.
``progress(db, digest, now)``
    ``Progress``: how far, how fast, until when, and what it waits for.
``settle_unclear(db, delivery_id, arrived, actor, now)``
    A person decides what became of an unclear delivery.
``resend_unclear(db, delivery_id, actor, now)``
    A person is sure that it did not arrive: queued again.
``finish_sent(db, now)``
    Sending → sent where nothing is left (the outbox calls it); ids of those.
``audience(db, digest_id, day)``
    ``Audience``: recipients per channel, and the agencies nobody would receive for.
``status(db, digest_id)``
    ``{"digest", "week", "state", "send_at", …, "editions", "deliveries", "counts": {state: number}}``, ready for JSON.
``delivery_rows(db, catalog, digest_id, wanted, limit, offset)``
    ``list[DeliveryRow]``: agency, officer, channel, state, reason and times, per account.
``wanted(db, states, agency)``
    Which of them: in these states, of agencies with these words in their name.

The digest of a week by name is ``storage.digests.digest_of_week(db, "2024-W46")``. Weeks are ISO weeks, see
:mod:`handlers.digests.weeks`.
"""

from handlers.digests import acknowledging, answering, reading
from handlers.digests.approval import approve, return_to_draft, save_draft, schedule, submit_for_approval
from handlers.digests.causes import Cause, causes
from handlers.digests.composing import Composed, compose
from handlers.digests.ledger import DeliveryRow, delivery_rows, status, wanted
from handlers.digests.progress import Progress, progress
from handlers.digests.punctuality import due_digests, note_missed, note_uncomposed, refuse_due, start_due
from handlers.digests.refusals import DigestError
from handlers.digests.rendering import details_reply, edition_reply
from handlers.digests.rhythm import Planned, plan_of, set_rhythm, skip_week, unskip_week
from handlers.digests.sending import Audience, audience, finish_sent, start_sending
from handlers.digests.steering import (
    SAME_WITHIN,
    Again,
    Reach,
    Stopped,
    cancel,
    pause,
    reach_of,
    resend_unclear,
    resume,
    send_again,
    settle_unclear,
)
from handlers.digests.urgent import begin_urgent, recompose_urgent
from handlers.digests.weeks import Week, week_of

CHOICES = reading.CHOICES | acknowledging.CHOICES | answering.CHOICES
INTENTS = reading.INTENTS | acknowledging.INTENTS

__all__ = [
    "CHOICES",
    "INTENTS",
    "SAME_WITHIN",
    "Again",
    "Audience",
    "Cause",
    "Composed",
    "DeliveryRow",
    "DigestError",
    "Planned",
    "Progress",
    "Reach",
    "Stopped",
    "Week",
    "approve",
    "audience",
    "begin_urgent",
    "cancel",
    "causes",
    "compose",
    "delivery_rows",
    "details_reply",
    "due_digests",
    "edition_reply",
    "finish_sent",
    "note_missed",
    "note_uncomposed",
    "pause",
    "plan_of",
    "progress",
    "reach_of",
    "recompose_urgent",
    "refuse_due",
    "resend_unclear",
    "resume",
    "return_to_draft",
    "save_draft",
    "schedule",
    "send_again",
    "set_rhythm",
    "settle_unclear",
    "skip_week",
    "start_due",
    "start_sending",
    "status",
    "submit_for_approval",
    "unskip_week",
    "wanted",
    "week_of",
]
