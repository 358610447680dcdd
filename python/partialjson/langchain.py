"""An output parser for LangChain, whose objects grow. Needs ``langchain-core``.

Write ``chain = model | PartialOutputParser(pydantic_object=User)`` where `JsonOutputParser` would
stand, and ``for user in chain.stream(...)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from partialjson._extras import needing
from partialjson._partialjson import MISSING
from partialjson._reading import Part

with needing("langchain", "langchain"):
    from langchain_core.exceptions import OutputParserException
    from langchain_core.output_parsers import BaseTransformOutputParser, JsonOutputParser
    from langchain_core.outputs import ChatGeneration, Generation
    from pydantic import ConfigDict, SkipValidation

    from partialjson._any_source import astream, stream
    from partialjson._partial import is_model, whole_type

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from langchain_core.messages import BaseMessage

__all__ = ["PartialOutputParser"]

T = TypeVar("T")


class PartialOutputParser(BaseTransformOutputParser[T], Generic[T]):
    """A Runnable that turns the output of a language model into objects of type T.

    Streamed, synchronously or not, it yields growing objects, the last one validated, and raises
    errors as `partialjson.stream` does. Invoked, it returns the validated object, or raises
    LangChain's OutputParserException. It reads the text of messages, or the arguments of a tool
    call for a model with ``bind_tools``.
    """

    # An option of another parser, as `diff` of JsonOutputParser, is not passed over in silence.
    model_config = ConfigDict(extra="forbid")

    pydantic_object: SkipValidation[type[T]]
    """T, or `Partial[T]`: a Pydantic model, or whatever else `partialjson.ModelParser` takes."""
    strict: bool | None = None
    """Whether Pydantic validates strictly."""
    context: Any = None
    """What Pydantic passes to validators as their context."""
    part: Part | None = None
    """Which part of messages is read: ``"text"`` or a tool ``"call"``; None: whichever is first."""

    @property
    def _options(self) -> dict[str, Any]:
        return {"strict": self.strict, "context": self.context, "part": self.part}

    def _open(self, source: Iterator[Any]) -> Any:
        return stream(source, self.pydantic_object, **self._options)

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[T]:
        yield from self._open(input)

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[T]:
        async with astream(input, self.pydantic_object, **self._options) as values:
            async for value in values:
                yield value

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> T:
        """The validated object of a whole answer; with `partial`, as far as it has come, or None.

        Raises OutputParserException, with the underlying error as its cause.
        """
        [said, *_] = result
        chunk = said.message if isinstance(said, ChatGeneration) else said.text
        values = self._open(iter([chunk]))
        try:
            for _ in values:
                pass
        except ValueError as error:
            # Malformed, cut off, unfit, or several tool calls.
            if partial:
                return cast("T", None if values.value is MISSING else values.value)
            raise OutputParserException(str(error), llm_output=values.text) from error
        return cast("T", values.final)

    def parse(self, text: str) -> T:
        """The validated object in `text`. Raises as `parse_result` does."""
        return self.parse_result([Generation(text=text)])

    def get_format_instructions(self) -> str:
        """Instructions for a language model, with the schema of T, which must be a model."""
        model = whole_type(self.pydantic_object)
        if not is_model(model):
            raise TypeError(f"only a model has format instructions, not {model!r}")
        return JsonOutputParser(pydantic_object=model).get_format_instructions()

    @property
    def OutputType(self) -> Any:
        """T."""
        return whole_type(self.pydantic_object)

    @property
    def _type(self) -> str:
        return "partialjson"
