"""What is known of a stream from its chunks: one for all services, which the readers fill in."""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias, cast

Part: TypeAlias = Literal["text", "call"]

# So many characters are kept of what was said in place of a call.
_ASIDE = 200


class Reading:
    """What has been read: facts about the answer, and the text that the last chunk added.

    The text is that of the message or the arguments of a tool call, whichever comes first, or only
    what `part` says.
    """

    def __init__(self, part: Part | None = None) -> None:
        self.finish_reason: str | None = None
        """Why the language model stopped, once it has said so, in the service's own word."""
        self.usage: Any = None
        """What the service counted, once it has told: the SDK's own object."""
        self.response_id: str | None = None
        """What the service calls the answer."""
        self.is_blocked = False
        """Whether a filter has stopped the request, for the ``finish_reason``, whatever that is."""
        self.call_id: str | None = None
        """What the service calls the tool call, if that is what is read."""
        self.call_name: str | None = None
        """The name of its tool."""
        self.aside = ""
        """The beginning of what the language model has said beside a tool call."""
        self.kinds: dict[Any, str] = {}
        """What the parts of an answer are, by their index, where only a part's first chunk says."""
        self.inputs: dict[int, Any] = {}
        """What came with the beginning of a part, by its index. It counts if no more follows."""
        self.added = ""
        """The text of the last chunk."""
        self._part = part
        self._key: Any = None
        # Joined when somebody asks: to add each piece to a text would copy all of it so far.
        self._refusal: list[str] = []

    @property
    def refusal(self) -> str | None:
        """What the language model has said so far in place of an answer."""
        return "".join(self._refusal) or None

    def add_text(self, text: str | None) -> None:
        """Take in a piece of the message."""
        if text:
            if self._part is None:
                self._part = "text"
            if self._part == "text":
                self.added += text
            else:
                self.aside = (self.aside + text)[:_ASIDE]

    def add_call(self, key: Any, id_: str | None, name: str | None, arguments: Any) -> None:
        """Take in a piece of the tool call that `key` tells from others; None is the one before.

        Arguments of None are none yet. Raises ValueError for a second call.
        """
        if self._part is None:
            self._part = "call"
        if self._part == "text":
            return
        if self._key is None:
            self._key = key
        elif (key is not None and key != self._key) or (
            name and is_another(self.call_id, id_, name)
        ):
            raise ValueError("the language model made several tool calls where one was expected")
        # Some send one of them later than the first piece.
        if id_:
            self.call_id = self.call_id or id_
        if name:
            self.call_name = self.call_name or name
        self.added += arguments if type(arguments) is str else text_of_arguments(arguments)

    def add_refusal(self, text: str | None) -> None:
        """Take in a piece of what is said in place of an answer."""
        if text:
            self._refusal.append(text)


def is_another(call_id: str | None, id_: str | None, name: str | None) -> bool:
    """Whether a piece with that id and name is of another call than `call_id`, of the same number.

    Google, where it imitates OpenAI, gives all calls the number 0. An id alone tells nothing, since
    some give each piece a new one; a name comes with the first.
    """
    return bool(call_id and id_ and name) and id_ != call_id


def text_of_arguments(arguments: Any) -> str:
    """The JSON of a piece of arguments, which some services send as an object, and whole."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(plain(arguments), ensure_ascii=False)


_CONTAINERS = (dict, list)


class Fields:
    """The members of a JSON object as attributes, as SDKs show them; None where there is none."""

    __slots__ = ("plain",)

    def __init__(self, members: dict[str, Any]) -> None:
        self.plain = members

    def __getattr__(self, name: str) -> Any:
        value = self.plain.get(name)
        return self._shown(value) if type(value) in _CONTAINERS else value

    def _shown(self, value: Any) -> Any:
        kind = value.__class__
        if kind is dict:
            return type(self)(value)
        return [*map(self._shown, value)] if kind is list else value


class CamelFields(Fields):
    """Fields by their names as they are or, of Google's services, in camel case."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        first, *rest = name.split("_")
        camel = first + "".join(map(str.capitalize, rest))
        return self._shown(self.plain.get(name, self.plain.get(camel)))


class FlatFields(Fields):
    """Fields whose values are as they are, also those that are JSON objects."""

    __slots__ = ()

    def _shown(self, value: Any) -> Any:
        return value


def fields(value: Any) -> Any:
    """`value`, or what it shows if it is a JSON object: so SDKs leave what they do not know."""
    return Fields(cast("dict[str, Any]", value)) if isinstance(value, dict) else value


def plain(value: Any) -> Any:
    """The JSON object that `value` shows; anything else is itself."""
    return value.plain if isinstance(value, Fields) else value
