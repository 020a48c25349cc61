from __future__ import annotations

import time
from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from policies.people.importing import Incoming, LeftOut, Plan, Rules, plan
from policies.people.person import Person, PersonId, Priority, PrivateNotes
from tests.make import person

TODAY = date(2026, 3, 2)
RULES = Rules(TODAY, owner=frozenset({"olle@example.com"}))


def record(name: str, *addresses: str, organisation: str = "", stated: str = "") -> Incoming:
    made = Person(PersonId(""), name, addresses, organisation=organisation)
    return Incoming(made, frozenset(stated.split()))


def carried_out(known: tuple[Person, ...], done: Plan) -> tuple[Person, ...]:
    after = {each.id: each for each in known}
    after |= {each.after.id: each.after for each in done.completed}
    after |= {each.id: each for each in done.added}
    return tuple(after[key] for key in sorted(after))


def test_someone_new_is_listed_today_with_the_wanted_priority_and_group() -> None:
    done = plan(
        (),
        [record("Ana Silva", "ana@example.com")],
        RULES._replace(priority=Priority.B, groups=("vip",)),
    )

    (added,) = done.added
    assert (added.id, added.priority, added.listed_on, added.groups) == (
        "ana-silva",
        Priority.B,
        TODAY,
        ("vip",),
    )


def test_a_shared_address_completes_who_is_listed_and_keeps_what_the_owner_has() -> None:
    known = replace(person("Ana Silva"), organisation="Acme", priority=Priority.A)
    found = record("A. Silva", "ana.silva@example.com", "ana@home.example", organisation="Other")

    done = plan((known,), [found], RULES._replace(priority=Priority.D))

    (completed,) = done.completed
    assert completed.on == "ana.silva@example.com"
    assert completed.after == replace(
        known, addresses=("ana.silva@example.com", "ana@home.example")
    )


def test_a_shared_name_alone_never_merges_and_is_pointed_out() -> None:
    done = plan((person("Ana Silva"),), [record("ana silva", "other@example.org")], RULES)

    assert [each.id for each in done.added] == ["ana-silva-2"]
    assert not done.completed
    assert "has the name of ana-silva" in done.remarks[0].text


def test_records_of_one_file_that_share_an_address_become_one() -> None:
    found = [
        record("Ana Silva", "a@example.com"),
        record("Ana Silva", "a@example.com", "b@example.com", organisation="Acme"),
    ]

    (added,) = plan((), found, RULES).added

    assert (added.addresses, added.organisation) == (("a@example.com", "b@example.com"), "Acme")


def test_the_owner_is_left_out() -> None:
    done = plan((), [record("Me", "olle@example.com", "old@example.com")], RULES)

    assert (done.added, done.left_out) == ((), (LeftOut("Me", "this is you"),))


def test_an_address_never_to_be_listed_is_dropped_and_its_bearer_if_it_is_the_only_one() -> None:
    rules = RULES._replace(ignored=frozenset({"spam@example.com"}))
    found = [record("Spam", "spam@example.com"), record("Bo", "spam@example.com", "bo@example.com")]

    done = plan((), found, rules)

    assert [each.addresses for each in done.added] == [("bo@example.com",)]
    assert done.left_out == (LeftOut("Spam", "you said never to list this address"),)


def test_several_people_behind_one_mailbox_stay_several() -> None:
    found = [record("Ana", "info@acme.example"), record("Bo", "info@acme.example")]

    done = plan((), found, RULES)

    assert [each.addresses for each in done.added] == [("info@acme.example",), ()]
    assert ("bo", "info@acme.example stays with ana") in done.remarks
    assert ("ana", "info@acme.example: a shared mailbox, not one person") in done.remarks


def test_a_shared_mailbox_stands_behind_the_persons_own_address() -> None:
    (added,) = plan((), [record("Bo", "info@bo.example", "bo@bo.example")], RULES).added

    assert added.addresses == ("bo@bo.example", "info@bo.example")


def test_a_couple_with_one_address_is_pointed_out() -> None:
    known = replace(person("Ana Silva"), addresses=("home@example.com",))

    done = plan((known,), [record("Bo Ek", "home@example.com")], RULES)

    assert ("ana-silva", "has the address of Bo Ek: home@example.com") in done.remarks


def test_a_record_that_bridges_two_people_joins_the_first_and_takes_nothing_from_the_other() -> (
    None
):
    ana, bo = person("Ana Silva"), person("Bo Ek")

    done = plan((ana, bo), [record("Ana Silva", *ana.addresses, *bo.addresses)], RULES)

    assert not done.completed
    assert ("ana-silva", "bo.ek@example.com stays with bo-ek") in done.remarks


def test_a_record_without_an_address_is_recognised_by_name_and_organisation() -> None:
    known = replace(person("Ana Silva"), organisation="Acme", priority=Priority.A)

    done = plan((known,), [record("Ana Silva", organisation="ACME")], RULES)

    assert (done.added, done.completed, done.unchanged) == ((), (), 1)


def test_two_namesakes_in_one_organisation_without_addresses_are_two_people() -> None:
    found = [record("Jo Li", organisation="Acme"), record("Jo Li", organisation="Acme")]

    added = plan((), found, RULES).added

    assert [each.id for each in added] == ["jo-li", "jo-li-2"]
    assert plan(added, found, RULES).added == ()


def test_the_owners_own_file_replaces_what_it_states_and_leaves_the_rest() -> None:
    known = replace(person("Ana Silva"), organisation="Acme", notes=PrivateNotes("tea"))
    theirs = Incoming(
        replace(known, priority=Priority.D, organisation="", addresses=("new@example.com",),
                notes=PrivateNotes()),
        frozenset({"id", "name", "priority", "organisation", "addresses"}),
    )  # fmt: skip

    (completed,) = plan((known,), [theirs], RULES).completed

    assert completed.after == replace(
        known, priority=Priority.D, organisation="", addresses=("new@example.com",)
    )


def test_the_key_of_somebody_else_makes_nobody_the_same() -> None:
    known = person("Ana Silva")
    theirs = Incoming(replace(person("Bo Ek"), id=known.id), frozenset({"id", "name", "addresses"}))

    done = plan((known,), [theirs], RULES)

    assert (done.completed, [each.id for each in done.added]) == ((), ["bo-ek"])


def test_an_address_can_be_handed_from_one_person_to_another_in_the_owners_file() -> None:
    ana, bo = person("Ana Silva"), person("Bo Ek")
    stated = frozenset({"id", "name", "addresses"})
    found = [
        Incoming(replace(bo, addresses=ana.addresses), stated),
        Incoming(replace(ana, addresses=()), stated),
    ]

    done = plan((ana, bo), found, RULES)

    after = carried_out((ana, bo), done)
    assert [each.addresses for each in after] == [(), ana.addresses]


def test_an_address_that_is_given_up_further_down_is_still_handed_on() -> None:
    ana = replace(person("Ana Silva"), addresses=("ana@x.example", "info@x.example"))
    found = [
        record("Bo Ek", "info@x.example"),
        record("Ana Silva", "ana@x.example", stated="addresses"),
    ]

    after = carried_out((ana,), plan((ana,), found, RULES))

    assert [each.addresses for each in after] == [("ana@x.example",), ("info@x.example",)]


def test_nobody_listed_is_taken_for_two_records_without_an_address() -> None:
    known = (person("Jo Li"), replace(person("Jo Li"), id=PersonId("jo-li-2"), addresses=()))
    known = (replace(known[0], organisation="Acme"), known[1])
    found = [record("Jo Li"), record("Jo Li", organisation="Acme"), record("Jo Li")]

    done = plan(known, found, RULES)

    assert ([each.id for each in done.added], done.unchanged) == (["jo-li-3"], 2)


def test_many_of_one_name_take_no_longer_than_many_of_many() -> None:
    found = [record("Jo Li", f"jo{number}@x.example") for number in range(5_000)]
    found += [record("Jo Li", organisation="Acme")] * 5_000
    started = time.process_time()

    done = plan((), found, RULES)

    assert time.process_time() - started < 5
    assert len({each.id for each in done.added}) == 10_000
    assert max(len(remark.text) for remark in done.remarks) < 200


def test_a_new_address_that_looks_like_a_known_one_is_pointed_out() -> None:
    done = plan((person("Ana Silva"),), [record("Eve", "eve@examp1e.com")], RULES)

    assert ("eve", "eve@examp1e.com: looks like another address") in done.remarks


def test_an_address_goes_to_whom_the_file_gives_it_in_whatever_order() -> None:
    """Also where who had it is known by another address, and not by their key."""
    bo, shared = "bo.ek@example.com", "both@example.com"
    known = (
        replace(person("Ana Silva"), addresses=()),
        replace(person("Bo Ek"), addresses=(shared, bo)),
    )
    anas = Incoming(replace(known[0], addresses=(shared,)), frozenset({"id", "name"}))
    other_key = replace(known[1], id=PersonId("b"), addresses=(bo,))
    bos = Incoming(other_key, frozenset({"id", "name", "addresses"}))

    for order in ([anas, bos], [bos, anas]):
        after = carried_out(known, plan(known, order, RULES))
        assert [each.addresses for each in after] == [(shared,), (bo,)]


ADDRESSES = [f"{name}@example.com" for name in ("a", "b", "info", "olle")] + ["c@x.example"]
NAMES = {"ana-silva": "Ana Silva", "bo-ek": "Bo Ek", "x": "Xu Li", "": "ana silva"}
people = st.builds(
    lambda key, **known: Person(PersonId(key), NAMES[key], **known),
    st.sampled_from(list(NAMES)),
    addresses=st.lists(st.sampled_from(ADDRESSES), unique=True, max_size=3).map(tuple),
    organisation=st.sampled_from(["", "Acme", "Other"]),
    groups=st.lists(st.sampled_from(["x", "X", "y"]), max_size=2).map(tuple),
    notes=st.sampled_from(["", "tea", "likes tea"]).map(PrivateNotes),
)
address_books = st.lists(people.map(Incoming), max_size=6)
own_files = st.lists(
    st.builds(
        Incoming,
        people.filter(lambda each: each.id),
        st.sampled_from(["id name", "id name addresses groups"]).map(
            lambda w: frozenset(w.split())
        ),
    ),
    unique_by=lambda each: each.person.id,
)
files = address_books | own_files
rules = st.builds(
    Rules,
    today=st.just(TODAY),
    owner=st.just(frozenset({"olle@example.com"})),
    ignored=st.sampled_from([frozenset(), frozenset({"c@x.example"})]),
    priority=st.sampled_from([None, Priority.B]),
    groups=st.sampled_from([(), ("vip",)]),
)


@given(files, files, rules)
def test_importing_the_same_file_twice_changes_nothing(
    before: list[Incoming], found: list[Incoming], wanted: Rules
) -> None:
    known = carried_out((), plan((), before, wanted))
    once = carried_out(known, plan(known, found, wanted))

    again = plan(once, found, wanted)

    assert (again.added, again.completed) == ((), ())


@given(files, files, rules)
def test_nobody_is_lost_and_no_address_has_two_bearers(
    before: list[Incoming], found: list[Incoming], wanted: Rules
) -> None:
    known = carried_out((), plan((), before, wanted))

    after = carried_out(known, plan(known, found, wanted))

    everywhere = [address for each in after for address in each.addresses]
    assert len(everywhere) == len(set(everywhere))
    assert {each.id for each in known} <= {each.id for each in after}
    assert not set(everywhere) & (wanted.owner | wanted.ignored)
    if not any("addresses" in each.stated for each in found):
        assert {a for each in known for a in each.addresses} <= set(everywhere)
