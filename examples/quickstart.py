from openai import OpenAI
from pydantic import BaseModel
import partialjson
from partialjson import Partial

class User(BaseModel):
    name: str
    bio: str
    skills: list[str]

client = partialjson.from_openai(OpenAI())
for user in client.chat.completions.create(
    model="gpt-4o", response_model=Partial[User], stream=True,
    messages=[{"role": "user", "content": "Create a user profile for a Python expert named Jason."}],
):
    print(f"\033[H\033[J{user.model_dump_json(indent=2)}")
