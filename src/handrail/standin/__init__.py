"""A stand-in for a language model: the wire formats of OpenAI and Anthropic, answered by rules on this machine.

It isn't a language model, and nothing in the course says that it is. `docs/standin.md` says what it does. A notebook
reaches it through `handrail.kit.llm.connect`; the engine never imports it.
"""
