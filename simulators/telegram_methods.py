"""The Bot API methods the house calls, with Telegram's own refusals.

A request is read with aiogram's model of the method, and an answer is one of aiogram's types, so the simulator cannot
drift from the Bot API's shapes.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, get_args
from urllib.parse import urlsplit

from aiogram import methods, types
from aiogram.enums import ChatAction
from aiogram.methods import TelegramMethod
from pydantic import ValidationError

from simulators.telegram_markup import CannotParse, parse_html, utf16

if TYPE_CHECKING:
    from simulators.telegram import TelegramSimulator
    from simulators.telegram_people import Person

LONGEST_TEXT = 4096
LONGEST_DATA = 64
MOST_BUTTONS = 100
LARGEST_DOCUMENT = 50 * 1024 * 1024
LARGEST_FETCHED = 20 * 1024 * 1024
LARGEST_PHOTO = 10 * 1024 * 1024
ACTIONS = frozenset(ChatAction)


class Refused(Exception):
    """An answer with ``ok: false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


Method = Callable[["TelegramSimulator", Any], Awaitable[Any]]
METHODS: dict[str, tuple[type[TelegramMethod[Any]], Method]] = {}
"""Lower-case method name → how its request is read, and what it does."""


def implements(kind: type[TelegramMethod[Any]]) -> Callable[[Method], Method]:
    def note(function: Method) -> Method:
        METHODS[kind.__api_method__.lower()] = kind, function
        return function

    return note


def read_request(kind: type[TelegramMethod[Any]], fields: Mapping[str, Any]) -> TelegramMethod[Any]:
    """A method object from form fields or JSON. Raises Refused (400)."""
    values = dict(fields)
    for name, value in values.items():
        known = kind.model_fields.get(name)
        if isinstance(value, str) and value[:1] in ("{", "[") and not (known and _takes_text(known.annotation)):
            try:
                values[name] = json.loads(value)
            except ValueError:
                raise Refused(400, f"Bad Request: can't parse {name} JSON object") from None
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        wrong = {"text": "message text is empty", "reply_markup": "can't parse reply keyboard markup JSON object"}
        raise Refused(400, f"Bad Request: {wrong.get(field, f'invalid {field} specified')}") from None


def _takes_text(annotation: Any) -> bool:
    return str in (annotation, *get_args(annotation))


@implements(methods.GetMe)
async def get_me(sim: TelegramSimulator, _: methods.GetMe) -> types.User:
    return sim.me


@implements(methods.GetUpdates)
async def get_updates(sim: TelegramSimulator, request: methods.GetUpdates) -> list[dict[str, Any]]:
    if sim.webhook.url:
        raise Refused(
            409,
            "Conflict: can't use getUpdates method while webhook is active; "
            "use deleteWebhook to delete the webhook first",
        )
    return await sim.poll(request)


@implements(methods.SetWebhook)
async def set_webhook(sim: TelegramSimulator, request: methods.SetWebhook) -> bool:
    address = urlsplit(request.url)
    if request.url and address.scheme != "https" and address.hostname not in ("127.0.0.1", "localhost"):
        raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    if request.secret_token and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", request.secret_token):
        raise Refused(400, "Bad Request: secret token contains unallowed characters")
    sim.set_webhook(request.url, request.secret_token or "", request.allowed_updates)
    if request.drop_pending_updates:
        sim.forget_pending()
    return True


@implements(methods.DeleteWebhook)
async def delete_webhook(sim: TelegramSimulator, request: methods.DeleteWebhook) -> bool:
    sim.set_webhook("", "", None)
    if request.drop_pending_updates:
        sim.forget_pending()
    return True


@implements(methods.GetWebhookInfo)
async def get_webhook_info(sim: TelegramSimulator, _: methods.GetWebhookInfo) -> types.WebhookInfo:
    hook = sim.webhook
    return types.WebhookInfo(
        url=hook.url,
        has_custom_certificate=False,
        pending_update_count=len(sim.pending),
        last_error_date=hook.last_error_at,
        last_error_message=hook.last_error or None,
        allowed_updates=sim.allowed,
    )


@implements(methods.SetMyCommands)
async def set_my_commands(sim: TelegramSimulator, request: methods.SetMyCommands) -> bool:
    for command in request.commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command.command):
            raise Refused(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(command.description) <= 256:
            raise Refused(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    sim.commands = {command.command: command.description for command in request.commands}
    return True


@implements(methods.SendChatAction)
async def send_chat_action(sim: TelegramSimulator, request: methods.SendChatAction) -> bool:
    person = _reachable(sim, request.chat_id)
    if request.action not in ACTIONS:
        raise Refused(400, "Bad Request: wrong parameter action in request")
    if request.action == "typing":
        person.typing_since = time.monotonic()
    return True


@implements(methods.AnswerCallbackQuery)
async def answer_callback_query(sim: TelegramSimulator, request: methods.AnswerCallbackQuery) -> bool:
    for person in sim.people.values():
        if request.callback_query_id in person.spinning:
            person.spinning.discard(request.callback_query_id)
            return True
    raise Refused(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")


@implements(methods.SendMessage)
async def send_message(sim: TelegramSimulator, request: methods.SendMessage) -> types.Message:
    person = _reachable(sim, request.chat_id)
    text, entities = _text(request)
    markup = request.reply_markup
    if isinstance(markup, types.ReplyKeyboardRemove | types.ForceReply) and not markup.model_fields_set & {
        "remove_keyboard",
        "force_reply",
    }:  # these have no other field that must be there, so aiogram reads any object as one
        raise Refused(400, "Bad Request: can't parse reply keyboard markup JSON object")
    inline = markup if isinstance(markup, types.InlineKeyboardMarkup) else None
    if inline:
        _check_keyboard(inline)
    message = types.Message(
        message_id=sim.next_message_id(),
        date=sim.clock.now(),
        chat=person.chat,
        from_user=sim.me,
        text=text,
        entities=entities or None,
        reply_markup=inline,
    )
    person.show(message, silent=bool(request.disable_notification))
    if isinstance(markup, types.ReplyKeyboardMarkup):
        buttons = [button for row in markup.keyboard for button in row]
        person.keyboard = tuple(button.text for button in buttons)
        person.phone_button = next((button.text for button in buttons if button.request_contact), None)
    elif isinstance(markup, types.ReplyKeyboardRemove):
        person.keyboard, person.phone_button = (), None
    sim.note_sent()
    return message


@implements(methods.SendDocument)
async def send_document(sim: TelegramSimulator, request: methods.SendDocument) -> types.Message:
    person = _reachable(sim, request.chat_id)
    file_id, name, content = _file(sim, request.document, "document", LARGEST_DOCUMENT)
    document = types.Document(file_id=file_id, file_unique_id=file_id, file_name=name, file_size=len(content))
    return _shown(sim, person, document=document)


@implements(methods.SendPhoto)
async def send_photo(sim: TelegramSimulator, request: methods.SendPhoto) -> types.Message:
    person = _reachable(sim, request.chat_id)
    file_id, _, content = _file(sim, request.photo, "photo", LARGEST_PHOTO)
    if content[:2] != b"\xff\xd8" and content[:4] != b"\x89PNG":
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED")
    size = types.PhotoSize(file_id=file_id, file_unique_id=file_id, width=800, height=600, file_size=len(content))
    return _shown(sim, person, photo=[size])


@implements(methods.GetFile)
async def get_file(sim: TelegramSimulator, request: methods.GetFile) -> types.File:
    if request.file_id not in sim.files:
        raise Refused(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    size = len(sim.files[request.file_id][1])
    if size > LARGEST_FETCHED:
        raise Refused(400, "Bad Request: file is too big")
    path = f"documents/{request.file_id}"
    return types.File(file_id=request.file_id, file_unique_id="u", file_size=size, file_path=path)


def _file(sim: TelegramSimulator, named: Any, kind: str, largest: int) -> tuple[str, str, bytes]:
    """Id, name and bytes. Telegram keeps documents and pictures apart."""
    found = sim.files.get(str(named))
    if found is None or sim.file_kinds.setdefault(str(named), kind) != kind:
        raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
    name, content = found
    if len(content) > largest:
        raise Refused(413, "Request Entity Too Large")
    if not content:
        raise Refused(400, "Bad Request: file must be non-empty")
    return str(named), name, content


def _shown(sim: TelegramSimulator, person: Person, **content: Any) -> types.Message:
    message = types.Message(
        message_id=sim.next_message_id(), date=sim.clock.now(), chat=person.chat, from_user=sim.me, **content
    )
    person.show(message, silent=False)
    sim.note_sent()
    return message


def _reachable(sim: TelegramSimulator, chat_id: int | str) -> Person:
    person = sim.people.get(int(chat_id)) if re.fullmatch(r"-?\d+", str(chat_id)) else None
    if person is None:
        raise Refused(400, "Bad Request: chat not found")
    if person.deactivated:
        raise Refused(403, "Forbidden: user is deactivated")
    if person.blocking:
        raise Refused(403, "Forbidden: bot was blocked by the user")
    if not person.started:
        raise Refused(403, "Forbidden: bot can't initiate conversation with a user")
    return person


def _text(request: methods.SendMessage) -> tuple[str, list[types.MessageEntity]]:
    text, entities = request.text, list(request.entities or [])
    mode = request.parse_mode.lower() if isinstance(request.parse_mode, str) else ""
    if mode not in ("", "html"):
        raise Refused(400, "Bad Request: unsupported parse_mode")
    if mode:
        try:
            text, entities = parse_html(text)
        except CannotParse as error:
            raise Refused(400, f"Bad Request: can't parse entities: {error}") from None
    if not text.strip():
        raise Refused(400, "Bad Request: message text is empty")
    if utf16(text) > LONGEST_TEXT:
        raise Refused(400, "Bad Request: message is too long")
    return text, entities


def _check_keyboard(markup: types.InlineKeyboardMarkup) -> None:
    buttons = [button for row in markup.inline_keyboard for button in row]
    if len(buttons) > MOST_BUTTONS:
        raise Refused(400, "Bad Request: reply markup is too long")
    for button in buttons:
        if not button.text.strip():
            raise Refused(400, "Bad Request: can't parse inline keyboard button: Button text must be non-empty")
        if button.url is not None:
            if urlsplit(button.url).scheme not in ("http", "https", "tg"):
                raise Refused(400, f"Bad Request: inline keyboard button URL '{button.url}' is invalid: Wrong HTTP URL")
        elif button.callback_data is None:
            raise Refused(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed")
        elif not 1 <= len(button.callback_data.encode()) <= LONGEST_DATA:
            raise Refused(400, "Bad Request: BUTTON_DATA_INVALID")
