"""Makes one call for each body it is given, through the official Python SDK with its default settings, and prints what it was refused with.

Arguments: the gateway's base URL, its key, and a JSON list of request bodies.
"""

import json
import sys

from openai import APIStatusError, OpenAI

base_url, api_key, bodies = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = OpenAI(base_url=base_url, api_key=api_key)

for body in bodies:
    try:
        client.chat.completions.create(**body)
        print(json.dumps("answered"))
    except APIStatusError as error:
        print(json.dumps([error.status_code, error.code]))
