"""LangChain: a chain that ends in objects that grow, with a tool and with plain text.

Uses the service that OPENAI_API_KEY and OPENAI_BASE_URL say; ``python -m examples.local_server``
is one that needs no key.
"""

from __future__ import annotations

import asyncio

from langchain_core.prompts import ChatPromptTemplate
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from partialjson.langchain import PartialOutputParser


class User(BaseModel):
    """A user profile."""

    name: str
    bio: str
    skills: list[str]


prompt = ChatPromptTemplate.from_messages([("human", "Make up a Python expert named {name}.")])
model = ChatOpenAI(model="gpt-4o")
parser = PartialOutputParser(pydantic_object=User)


def with_a_tool() -> None:
    """The language model calls a tool; its arguments are the object."""
    chain = prompt | model.bind_tools([User], tool_choice="User") | parser
    for user in chain.stream({"name": "Jason"}):
        print(repr(user))


async def with_text() -> None:
    """The language model answers with JSON, by the schema that the service holds it to."""
    schema = {"name": "User", "schema": User.model_json_schema()}
    bound = model.bind(response_format={"type": "json_schema", "json_schema": schema})
    chain = prompt | bound | parser
    async for user in chain.astream({"name": "Jason"}):
        if user.bio:
            print(f"{user.name}: {user.bio}")
            break
    print(repr(await chain.ainvoke({"name": "Jason"})))


if __name__ == "__main__":
    with_a_tool()
    asyncio.run(with_text())
