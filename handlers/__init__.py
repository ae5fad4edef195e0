"""What the bot does with a message or a tick.

A message comes in at ``desk``, which makes a ``turn`` of it, and is answered by whoever ``router`` finds; ``messages``
are the words every room uses, ``open_forms`` knows the form a conversation is in the middle of. The rooms:

- ``emergencies`` and ``questions``: citizens who are in danger, who ask, who want a person;
- ``registration`` and ``officers``: who speaks for an agency, under which accounts, and who takes over;
- ``directives``, ``digests`` and ``loudspeaker``: what the province tells its agencies, and communes their people;
- ``plans``, ``reports`` and ``forms``: what an agency owes by when, and how it is reported; ``questionnaires`` are the
  department's own forms;
- ``reminders``: who hears of what was not done; ``succession``: agencies that merge, split or change their names.
"""
