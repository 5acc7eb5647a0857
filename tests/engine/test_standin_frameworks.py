"""The stand-in under LangChain's and LlamaIndex's clients."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import openai
import pytest

from handrail.standin.server import Server

pytest.importorskip("langchain")
pytest.importorskip("llama_index.core")

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.usefixtures("without_minilm")]


@pytest.fixture(scope="module", params=["openai", "anthropic"])
def model(request: pytest.FixtureRequest, server: Server) -> Iterator[Any]:
    if request.param == "openai":
        from langchain_openai import ChatOpenAI

        chat = ChatOpenAI(model="standin-small", base_url=f"{server.url}/v1", api_key="test", max_retries=0)
        yield chat
        chat.root_client.close()
        return
    from langchain_anthropic import ChatAnthropic

    claude = ChatAnthropic(model="standin-small", base_url=server.url, api_key="test", max_retries=0, max_tokens=300)
    yield claude
    claude._client.close()


CONTEXT = "Context:\nEmployees receive 25 days of paid leave.\n\nQuestion: How many days of paid leave?"


def test_a_chain_answers_streams_and_batches(model: Any) -> None:
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate

    prompt = ChatPromptTemplate([("system", "Answer in upper case."), ("user", "{text}")])
    chain = prompt | model | StrOutputParser()
    assert chain.invoke({"text": CONTEXT}) == "EMPLOYEES RECEIVE 25 DAYS OF PAID LEAVE."
    assert "".join(chain.stream({"text": CONTEXT})) == "EMPLOYEES RECEIVE 25 DAYS OF PAID LEAVE."
    assert len(set(chain.batch([{"text": CONTEXT.replace("25", str(n))} for n in range(5)]))) == 5

    async def waited() -> str:
        said = await chain.ainvoke({"text": CONTEXT})
        await (model._async_client if hasattr(model, "_async_client") else model.root_async_client).close()
        return str(said)

    assert asyncio.run(waited()).startswith("EMPLOYEES")


def test_usage_is_reported(model: Any) -> None:
    usage = model.invoke(CONTEXT).usage_metadata
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def test_a_structured_answer_is_an_object(model: Any) -> None:
    from pydantic import BaseModel

    class Bill(BaseModel):
        """A bill."""

        vendor: str
        total: float

    for method in ("function_calling", "json_schema"):
        found = model.with_structured_output(Bill, method=method).invoke("Bill from Acme Tools. Total: 37.50 EUR")
        assert found == Bill(vendor="Acme Tools", total=37.5), method


def get_weather(city: str) -> str:
    """Get the weather in a city."""
    return f"{city}: sunny, 21 degrees"


def test_an_agent_uses_its_tools(model: Any) -> None:
    from langchain.agents import create_agent

    agent = create_agent(model, [get_weather], system_prompt="Use the tools.")
    said = agent.invoke({"messages": [("user", "What is the weather in Paris and Berlin?")]})["messages"]
    assert [message.type for message in said] == ["human", "ai", "tool", "tool", "ai"]
    assert said[-1].text == (
        "get_weather returned Paris: sunny, 21 degrees. get_weather returned Berlin: sunny, 21 degrees."
    )


def test_an_agent_can_answer_in_a_structure(model: Any) -> None:
    from langchain.agents import create_agent
    from langchain.agents.structured_output import ToolStrategy
    from pydantic import BaseModel

    class Report(BaseModel):
        """A report for a city."""

        city: str
        degrees: int

    agent = create_agent(model, [get_weather], response_format=ToolStrategy(Report))
    said = agent.invoke({"messages": [("user", "What is the weather in Paris?")]})
    assert said["structured_response"] == Report(city="Paris", degrees=21)


def test_an_agent_waits_for_a_person_and_stops_at_its_limit(model: Any) -> None:
    from langchain.agents import create_agent
    from langchain.agents.middleware import HumanInTheLoopMiddleware, ModelCallLimitMiddleware
    from langgraph.checkpoint.memory import InMemorySaver
    from langgraph.types import Command

    asks = HumanInTheLoopMiddleware(interrupt_on={"get_weather": True})
    agent = create_agent(model, [get_weather], middleware=[asks], checkpointer=InMemorySaver())
    thread = {"configurable": {"thread_id": "1"}}
    paused = agent.invoke({"messages": [("user", "What is the weather in Paris?")]}, thread)
    assert paused["__interrupt__"]
    done = agent.invoke(Command(resume={"decisions": [{"type": "approve"}]}), thread)
    assert "sunny" in done["messages"][-1].text
    limited = create_agent(model, [get_weather], middleware=[ModelCallLimitMiddleware(run_limit=1)])
    stopped = limited.invoke({"messages": [("user", "What is the weather in Paris?")]})
    assert "limit" in stopped["messages"][-1].text.lower()


def test_langchains_embeddings_work_without_tokens(server: Server) -> None:
    from langchain_openai import OpenAIEmbeddings

    more = {"model": "standin-embed", "base_url": f"{server.url}/v1", "api_key": "test"}
    embeddings = OpenAIEmbeddings(**more, check_embedding_ctx_length=False)
    vectors = embeddings.embed_documents(["a cat", "a dog"])
    assert len(vectors) == 2 and len(vectors[0]) == 384
    assert embeddings.embed_query("a cat") == pytest.approx(vectors[0])
    embeddings.client._client.close()


def test_llamaindex_answers_and_refines(server: Server) -> None:
    from llama_index.core import Document, VectorStoreIndex
    from llama_index.core.embeddings import BaseEmbedding
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata
    from llama_index.core.llms.callbacks import llm_completion_callback

    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="test", max_retries=0)
    calls = []

    class Chat(CustomLLM):
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=8192, num_output=256, model_name="standin-small")

        @llm_completion_callback()
        def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
            calls.append(prompt)
            messages: list[Any] = [{"role": "user", "content": prompt}]
            answer = client.chat.completions.create(model="standin-small", messages=messages)
            return CompletionResponse(text=answer.choices[0].message.content or "")

        @llm_completion_callback()
        def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
            raise NotImplementedError

    class Vectors(BaseEmbedding):
        def _get_text_embedding(self, text: str) -> list[float]:
            return client.embeddings.create(model="standin-embed", input=text).data[0].embedding

        def _get_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_text_embedding(query)

    texts = ["Employees receive 25 days of paid leave.", "The office opens at eight.", "Lunch is at noon."]
    index = VectorStoreIndex.from_documents([Document(text=text) for text in texts], embed_model=Vectors())
    question = "How many days of paid leave do employees receive?"
    for mode, expected in (("compact", 1), ("refine", 3)):
        calls.clear()
        engine = index.as_query_engine(llm=Chat(), response_mode=mode, similarity_top_k=3)
        assert str(engine.query(question)) == "Employees receive 25 days of paid leave."
        assert len(calls) == expected
    client.close()
