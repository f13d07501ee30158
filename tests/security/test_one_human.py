"""No sequence of calls by one human, from any accounts in any agencies, proposes and decides the same flag (law 5).

The human holds accounts in two agencies, one of which decides for the other, and either administers accounts or
decides on flags; some of the accounts were found to be theirs only after they had proposed. Everybody else is
honest and does nothing. The human tries whatever the interface offers, in any order, making accounts as they go.
"""

import random
import uuid
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest

from tests.factories.flags import assessment, decision, incident, terms
from tests.factories.register import WHY, Partner, Person, founded
from tests.fixtures.service import Service

SEED = 20261124
ROLES = ["practitioner", "flag-decision-maker", "agency-administrator", "line-manager", "dpo-ig"]
GOVERNANCE = "flag-governance"
OWN = 4
"""How many accounts the human has from the start."""


@dataclass
class Human:
    """One human: accounts that are known to be theirs, accounts they made, and the flags those proposed."""

    rng: random.Random
    agencies: tuple[Partner, Partner]
    accounts: list[Person]
    flags: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)

    def anyone(self) -> Person:
        """Speak from any account, for its own agency or for the other."""
        account = self.rng.choice(self.accounts)
        return replace(
            account, acting_for=self.rng.choice([None, None, None, *(agency.code for agency in self.agencies)])
        )

    def operator(self) -> Person:
        """Mostly speak from an account that has more to do than propose: it gets further."""
        return self.rng.choice(self.accounts[2:OWN]) if self.rng.random() < 0.8 else self.anyone()

    def note(self, move: str, answer: httpx.Response) -> Any:
        self.done[f"{move} {answer.status_code}"] += 1
        assert answer.status_code < 500, answer.text
        return answer.json() if answer.is_success else None

    async def propose(self) -> None:
        who = (
            self.rng.choice(self.accounts[OWN:])
            if len(self.accounts) > OWN and self.rng.random() < 0.6
            else self.anyone()
        )
        body = {"names": [{"family": f"Un{uuid.uuid4().hex[:8]}", "given": ["Ifor"]}], "birthDate": "1971-03-04"}
        person = self.note("person", await who.post("/v1/persons", body, "adult-safeguarding"))
        if person is None:
            return
        cited = await who.post("/v1/incidents", incident(person["id"], towardsAgency=who.agency), "adult-safeguarding")
        proposal = {"subject": {"personId": person["id"]}, "category": "threat-violence", "reason": "A visit is due."}
        answer = await who.post("/v1/flags", {**proposal, "incidents": [cited.json()["id"]]}, "adult-safeguarding")
        made = self.note("propose", answer)
        if made is not None:
            self.flags.append(made["id"])

    async def step_on_a_flag(self) -> None:
        if not self.flags:
            return
        path, body = self.rng.choice([
            ("decision", decision()), ("decision", decision()),
            ("decision", decision(terms=terms(recipients={"agencies": ["wast"]}))),
            ("decision", {"outcome": "decline", "assessment": assessment(), **WHY}),
            ("removal", WHY), ("challenges/answer", {"outcome": "upheld", **WHY}),
        ])  # fmt: skip
        flag, small = self.rng.choice(self.flags[-4:]), self.agencies[0].code
        who = replace(self.rng.choice(self.accounts), acting_for=self.rng.choice([None, small, small]))
        read = self.rng.choice([1, 1, 1, 2])
        answer = await who.post(f"/v1/flags/{flag}/{path}", body, GOVERNANCE, version=read)
        self.note(path, answer)

    async def make_an_account(self) -> None:
        who = self.operator()
        made = self.note("account", await who.post("/v1/users", {"displayName": "Another Test"}))
        if made is not None:
            agency = next(each for each in self.agencies if each.code == made["ownerAgency"])
            self.accounts.append(agency.person(made["id"]))

    async def give_a_role(self) -> None:
        made_up = self.accounts[OWN:] if self.rng.random() < 0.8 else []
        role = self.rng.choice(["practitioner", *ROLES])
        body = {"userId": self.rng.choice(made_up or self.accounts).user, "role": role, **WHY}
        if self.rng.random() < 0.3:
            body["agency"] = self.rng.choice(self.agencies).code
        made = self.note("role", await self.operator().post("/v1/role-assignments", body))
        if made is not None and made["state"] == "pending":
            self.requests.append(made["id"])

    async def end_a_role(self) -> None:
        who = self.anyone()
        listed = self.note("roles", await who.get("/v1/role-assignments", limit=200))
        held = [] if listed is None else [each for each in listed["roles"] if each["state"] == "held"]
        mine = {account.user for account in self.accounts}
        if held := [each for each in held if each["userId"] in mine]:
            role = self.rng.choice(held)
            answer = await who.post(f"/v1/role-assignments/{role['id']}/end", WHY, version=role["version"])
            self.note("end-role", answer)

    async def link_or_separate(self) -> None:
        first, second = self.rng.choice(self.accounts), self.rng.choice(self.accounts)
        path, body = f"/v1/users/{first.user}/separation", dict(WHY)
        if self.rng.random() < 0.5:
            path, body = f"/v1/users/{first.user}/links", {"otherUserId": second.user, **WHY}
        made = self.note(path.rpartition("/")[2], await self.anyone().post(path, body))
        identifier = None if made is None else made.get("requestId", made.get("id"))
        if identifier is not None:
            self.requests.append(identifier)

    async def decide_a_request(self) -> None:
        if self.requests:
            path = f"/v1/register-requests/{self.rng.choice(self.requests)}/decision"
            answer = await self.anyone().post(path, {"outcome": "confirm", **WHY}, version=1)
            self.note("confirm", answer)

    async def agree(self) -> None:
        who, other = self.anyone(), self.rng.choice(self.agencies).code
        path = self.rng.choice(["/v1/deciders", f"/v1/clients/{who.client}/acting-for"])
        made = self.note("agree", await who.post(path, {"agency": other, **WHY}))
        if made is not None:
            self.requests.append(made["id"])

    async def stand(self) -> None:
        path = f"/v1/users/{self.rng.choice(self.accounts).user}/standing"
        body = {"standing": self.rng.choice(["suspended", "active"]), **WHY}
        self.note("stand", await self.anyone().post(path, body, version=self.rng.choice([1, 2])))

    async def move(self) -> None:
        moves = [
            (self.propose, 3), (self.step_on_a_flag, 8), (self.make_an_account, 3), (self.give_a_role, 4),
            (self.end_a_role, 0.2), (self.link_or_separate, 2), (self.decide_a_request, 4), (self.agree, 1), (self.stand, 0.3),
        ]  # fmt: skip
        (chosen,) = self.rng.choices([move for move, _ in moves], [weight for _, weight in moves])
        await chosen()


DUTIES = [
    ("flag-decision-maker", "flag-decision-maker"),
    ("agency-administrator", "agency-administrator"),
    ("agency-administrator", "flag-decision-maker"),
]
"""What the human does in the small agency and in the large one besides proposing; never both once it is known."""


async def world(service: Service, rng: random.Random, duties: tuple[str, str]) -> Human:
    """Two agencies, one deciding for the other, and a human with two accounts in each."""
    small, large = await founded(service), await founded(service)
    await large.first.confirms(await small.first.does("/v1/deciders", {"agency": large.code, **WHY}))
    proposers = [await small.joined("practitioner"), await large.joined("practitioner")]
    others = [await small.joined(duties[0]), await large.joined(duties[1])]
    human = Human(rng, (small, large), [*proposers, *others])
    for _ in range(3):
        await human.propose()
    for agency, pair in zip((small, large), zip(proposers, others, strict=True), strict=True):
        link = {"otherUserId": pair[1].user, **WHY}
        await agency.second.does(f"/v1/users/{pair[0].user}/links", link)
    across = await small.second.does(f"/v1/users/{proposers[0].user}/links", {"otherUserId": proposers[1].user, **WHY})
    await large.second.confirms({"id": across["requestId"], "version": 1})
    return human


async def decided_by(service: Service, accounts: list[Person]) -> list[str]:
    """Flags that went into force, were declined or removed by one of some accounts."""
    admin = await service.database.as_admin()
    try:
        rows = await admin.fetch(
            "SELECT DISTINCT flag_id FROM rhannu.flag_versions WHERE recorded_by = ANY ($1) "
            "AND state IN ('active', 'provisional', 'declined', 'removed')",
            [uuid.UUID(account.user) for account in accounts],
        )
    finally:
        await admin.close()
    return [str(row["flag_id"]) for row in rows]


async def play(service: Service, worlds: int, moves: int) -> Counter[str]:
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    done: Counter[str] = Counter()
    for number in range(worlds):
        human = await world(service, rng, DUTIES[number % len(DUTIES)])
        for _ in range(moves):
            await human.move()
        assert set(await decided_by(service, human.accounts)) & set(human.flags) == set(), human.done
        done += human.done
    return done


async def test_one_human_never_proposes_and_decides(service: Service) -> None:
    done = await play(service, worlds=6, moves=90)
    assert done["propose 201"] > 10, done
    assert done["decision 403"] > 20, done
    assert done["role 201"] > 5, done


@pytest.mark.soak
async def test_one_human_never_proposes_and_decides_in_ten_thousand_moves(service: Service) -> None:
    done = await play(service, worlds=50, moves=200)
    assert done["decision 403"] > 1_000, done
    assert done["account 201"] > 20, done


async def test_another_human_decides_what_this_one_proposed(service: Service) -> None:
    """The guard is no wall: the same flag, asked by somebody else, goes into force."""
    human = await world(service, random.Random(SEED), DUTIES[0])
    small, large = human.agencies
    deciders = {agency.code: await agency.joined("flag-decision-maker") for agency in (small, large)}
    came = []
    for flag in human.flags:
        for decider in deciders.values():
            answer = await decider.post(f"/v1/flags/{flag}/decision", decision(), GOVERNANCE, version=1)
            came.append(answer.status_code)
    assert came.count(200) == len(human.flags) > 0
