"""Small workflows that the tests of the Temporal plumbing run. Two releases of the same one."""

from datetime import date, timedelta
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field
from temporalio import activity, workflow
from temporalio.exceptions import ApplicationError


class State(BaseModel):
    rung: int = 0


class Start(BaseModel):
    """What a journey starts with, and what it carries on with."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    carries_state: ClassVar[bool] = True

    client: str
    reported: date
    household: int = Field(ge=1, default=1)
    carried: State | None = None


class LaterState(BaseModel):
    rung: int
    ladder: str


class LaterStart(BaseModel):
    """The same start in a release that reads the carried state in another way."""

    carries_state: ClassVar[bool] = True

    client: str
    reported: date
    household: int = 1
    carried: LaterState | None = None


class StricterStart(BaseModel):
    """The same start in a release that refuses what an earlier one accepted."""

    carries_state: ClassVar[bool] = True

    client: str = Field(pattern="^never$")
    reported: date
    household: int = 1
    carried: State | None = None


class Answer(BaseModel):
    grade: int


class StricterAnswer(BaseModel):
    grade: int
    reason: str


@activity.defn(name="look_up")
async def look_up(question: str) -> Answer:
    return Answer(grade=7)


@activity.defn(name="look_up")
async def look_up_with_reason(question: Answer) -> Answer:
    raise AssertionError("an unreadable input never reaches the activity")


@activity.defn(name="break_down")
async def break_down(words: str) -> None:
    raise ApplicationError(words, {"bijlage": words}, non_retryable=True)


@workflow.defn(name="Journey")
class Journey:
    @workflow.init
    def __init__(self, start: Start) -> None:
        self._start = start
        self._go_on = False

    @workflow.run
    async def run(self, start: Start) -> str:
        await workflow.wait_condition(lambda: self._go_on)
        if start.carried is None:
            workflow.continue_as_new(start.model_copy(update={"carried": State(rung=3)}))
        return f"trede {start.carried.rung}"

    @workflow.update
    async def go_on(self) -> None:
        self._go_on = True

    @workflow.query
    def client(self) -> str:
        return self._start.client


@workflow.defn(name="Journey")
class JourneyLaterRelease:
    @workflow.init
    def __init__(self, start: LaterStart) -> None:
        self._go_on = False

    @workflow.run
    async def run(self, start: LaterStart) -> str:
        await workflow.wait_condition(lambda: self._go_on)
        return "later"

    @workflow.update
    async def go_on(self) -> None:
        self._go_on = True


@workflow.defn(name="Journey")
class JourneyStricterRelease:
    @workflow.run
    async def run(self, start: StricterStart) -> str:
        await workflow.sleep(timedelta(days=400))
        return "stricter"

    @workflow.update
    async def go_on(self) -> None:
        pass


@workflow.defn
class Asks:
    @workflow.run
    async def run(self, question: str) -> int:
        answer: Answer = await workflow.execute_activity(
            "look_up", question, result_type=Answer, start_to_close_timeout=timedelta(seconds=5)
        )
        return answer.grade


@workflow.defn(name="Asks")
class AsksMore:
    @workflow.run
    async def run(self, question: str) -> str:
        answer: StricterAnswer = await workflow.execute_activity(
            "look_up", question, result_type=StricterAnswer, start_to_close_timeout=timedelta(seconds=5)
        )
        return answer.reason


@workflow.defn
class Fails:
    @workflow.run
    async def run(self, words: str) -> None:
        await workflow.execute_activity(
            "break_down", words, start_to_close_timeout=timedelta(seconds=5), summary=words
        )


@workflow.defn
class Talks:
    @workflow.run
    async def run(self) -> None:
        for step in range(3):
            workflow.logger.info("stap %d", step)
            await workflow.sleep(0.001)


class Count(BaseModel):
    """State without a word about being state."""

    number: int = 0


class LaterCount(BaseModel):
    number: int
    unit: str


@workflow.defn
class Counts:
    @workflow.run
    async def run(self, count: Count) -> None:
        if count.number == 0:
            workflow.continue_as_new(Count(number=1))
        await workflow.wait_condition(lambda: False)


@workflow.defn(name="Counts")
class CountsLaterRelease:
    @workflow.run
    async def run(self, count: LaterCount) -> None:
        pass
