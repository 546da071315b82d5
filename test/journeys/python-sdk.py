"""Calls every model it is given through the official Python SDK, and prints what came of it as JSON.

Arguments: the gateway's base URL, its key, and a JSON list of [model, can call tools].
The server behind the gateway is told which provider to be by the reader of standard output, who answers each line on standard input.
"""

import json
import sys

from openai import BadRequestError, OpenAI

base_url, api_key, models = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = OpenAI(base_url=base_url, api_key=api_key, max_retries=0)
messages = [{"role": "system", "content": "«be brief»"}, {"role": "user", "content": "«hello»"}]
weather = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


def whole(model):
    answer = client.chat.completions.create(model=model, messages=messages, user="cus_42")
    return [answer.choices[0].message.content, answer.choices[0].finish_reason, answer.usage.total_tokens]


def streamed(model):
    text, finish, total = "", None, None
    stream = client.chat.completions.create(
        model=model, messages=messages, stream=True, stream_options={"include_usage": True}
    )
    for chunk in stream:
        for choice in chunk.choices:
            text += choice.delta.content or ""
            finish = choice.finish_reason or finish
        total = chunk.usage.total_tokens if chunk.usage else total
    return [text, finish, total]


def tools(model):
    try:
        first = client.chat.completions.create(model=model, messages=messages, tools=[weather])
    except BadRequestError as error:
        return [error.code, error.param]
    message = first.choices[0].message
    call = message.tool_calls[0]
    result = {"role": "tool", "tool_call_id": call.id, "content": "«12 degrees»"}
    with client.chat.completions.stream(
        model=model, messages=[*messages, message.model_dump(exclude_none=True), result], tools=[weather]
    ) as stream:
        for _ in stream:
            pass
        last = stream.get_final_completion()
    return [call.function.name, json.loads(call.function.arguments), last.choices[0].message.content]


for model in models:
    print(json.dumps({"at": model}), flush=True)
    sys.stdin.readline()
    print(json.dumps({"of": model, "whole": whole(model), "streamed": streamed(model), "tools": tools(model)}), flush=True)
