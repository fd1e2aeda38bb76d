"""The provider's libraries alone, as a script uses them: the floor under what a call can take here.

``python bench/libraries.py ENDPOINT REQUEST CALLS JOBS`` sends the recorded request of a file so many times, so many at
once, with pydantic-ai over the openai library and its HTTP client as they are. Nothing is checked, kept or recorded.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from pydantic_ai.direct import model_request
from pydantic_ai.messages import ModelRequest, SystemPromptPart, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.output import OutputObjectDefinition
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.settings import ModelSettings


async def ask(endpoint: str, request: dict[str, object], calls: int, jobs: int) -> None:
    """Send the request until all calls are made."""
    model = OpenAIChatModel(str(request["model"]), provider=OpenAIProvider(base_url=endpoint, api_key="sk-bench"))
    form = OutputObjectDefinition(json_schema=request["schema"], name=str(request["schema_name"]), strict=True)
    parameters = ModelRequestParameters(output_mode="native", output_object=form)
    settings = ModelSettings(temperature=float(str(request["temperature"] or 0)))
    kinds = {"system": SystemPromptPart, "user": UserPromptPart}
    parts = [kinds[one["role"]](one["text"]) for one in request["messages"]]
    left = iter(range(calls))

    async def work() -> None:
        for _ in left:
            await model_request(
                model, [ModelRequest(parts)], model_settings=settings, model_request_parameters=parameters
            )

    await asyncio.gather(*(work() for _ in range(jobs)))


if __name__ == "__main__":
    place, file, count, at_once = sys.argv[1:]
    asyncio.run(ask(place, json.loads(Path(file).read_text()), int(count), int(at_once)))
