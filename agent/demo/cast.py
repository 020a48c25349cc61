"""The people of the demonstration; everyone is invented, every address is at an example domain.

``rhythm`` says how the calendars show them: ``(every, until)`` in days, a meeting alone with them
about every ``every`` days, the last one ``until`` days ago; ``None`` for no such meeting.
"""

from __future__ import annotations

from typing import NamedTuple

OWNER_NAME = "Elin Strand"
OWNER_ADDRESSES = ("elin.strand@northwind.example.com", "elin@example.org")
OWNER_ZONE = "Europe/Stockholm"


class Role(NamedTuple):
    """One person of the cast; empty strings are unknown."""

    name: str
    address: str
    priority: str
    relation: str
    organisation: str
    function: str
    role: str
    seniority: str
    rhythm: tuple[int, int] | None
    zone: str = ""
    place: str = "Stockholm"
    common: tuple[str, ...] = ()
    how_met: str = ""
    groups: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    declines: bool = False


_NW = "Northwind"
CAST = (
    # Her own team: met every week without any effort, as day-to-day work has it.
    Role("Jonas Lindqvist", "jonas.lindqvist@northwind.example.com", "B", "team", _NW, "Product", "Product designer", "professional", (7, 2)),
    Role("Priya Raman", "priya.raman@northwind.example.com", "B", "team", _NW, "Product", "Data scientist", "professional", (7, 4)),
    Role("Tom Okafor", "tom.okafor@northwind.example.com", "B", "team", _NW, "Product", "Engineer", "professional", (14, 9)),
    Role("Saga Holm", "saga.holm@northwind.example.com", "C", "team", _NW, "Product", "Researcher", "junior", (21, 6)),
    Role("Emil Vik", "emil.vik@northwind.example.com", "C", "team", _NW, "Product", "Engineer", "junior", (30, 12)),
    Role("Karin Öberg", "karin.oberg@northwind.example.com", "A", "manager", _NW, "Product", "Head of Product", "director", (14, 5)),
    # Senior people who decide, and whom work does not require her to meet.
    Role("Margareta Sjöström", "margareta.sjostrom@northwind.example.com", "A", "senior leader", _NW, "Executive", "Chief operating officer", "executive", (28, 134), common=("the Gothenburg roll-out",), how_met="the Gothenburg roll-out", formats=("coffee",)),
    Role("Daniel Abrahamsson", "daniel.abrahamsson@northwind.example.com", "A", "senior leader", _NW, "Finance", "Chief financial officer", "executive", (90, 61), common=("last year's budget work",), formats=("coffee", "lunch")),
    Role("Ines Carvalho", "ines.carvalho@northwind.example.com", "A", "senior leader", _NW, "Commercial", "Director, southern Europe", "director", (60, 97), zone="Europe/Lisbon", place="Lisbon", common=("the pricing project",)),
    Role("Henrik Dahl", "henrik.dahl@northwind.example.com", "B", "senior leader", _NW, "Operations", "Director of operations", "director", (45, 20), declines=True),
    Role("Yuki Tanaka", "yuki.tanaka@northwind.example.com", "B", "senior leader", _NW, "Engineering", "Chief architect", "director", (60, 118), zone="Asia/Tokyo", place="Tokyo", common=("the data platform",)),
    # Other functions.
    Role("Amira Haddad", "amira.haddad@northwind.example.com", "B", "other function", _NW, "Finance", "Controller", "manager", (45, 71), common=("the month-end reports",), groups=("Green Office committee",)),
    Role("Viktor Persson", "viktor.persson@northwind.example.com", "B", "other function", _NW, "Legal", "Counsel", "manager", (60, 33), groups=("Green Office committee",)),
    Role("Lena Fors", "lena.fors@northwind.example.com", "C", "other function", _NW, "People", "Talent partner", "manager", (90, 140), groups=("Green Office committee",)),
    Role("Oskar Nyman", "oskar.nyman@northwind.example.com", "C", "other function", _NW, "Sales", "Account lead", "professional", (60, 48), groups=("Green Office committee",)),
    Role("Chidi Eze", "chidi.eze@northwind.example.com", "C", "other function", _NW, "Support", "Support lead", "manager", None, groups=("Green Office committee",)),
    Role("Maja Blom", "maja.blom@northwind.example.com", "C", "other function", _NW, "Marketing", "Brand lead", "manager", (75, 230)),
    Role("Rasmus Falk", "rasmus.falk@northwind.example.com", "D", "other function", _NW, "IT", "Service manager", "professional", (120, 15)),
    # Clients.
    Role("Sofia Marchetti", "sofia.marchetti@fabrikam.example.net", "A", "client", "Fabrikam", "Operations", "Head of logistics", "director", (30, 26), zone="Europe/Rome", place="Milan", common=("the pilot in Milan",)),
    Role("Pieter de Wit", "pieter.dewit@contoso.example.net", "A", "client", "Contoso", "Buying", "Category manager", "manager", (35, 52), zone="Europe/Amsterdam", place="Amsterdam", common=("the autumn trade fair",)),
    Role("Grace Mwangi", "grace.mwangi@adatum.example.net", "B", "client", "Adatum", "Digital", "Product director", "director", (60, 84), zone="Africa/Nairobi", place="Nairobi"),
    Role("Luca Ferri", "luca.ferri@fabrikam.example.net", "C", "client", "Fabrikam", "IT", "Integration lead", "professional", (45, 40), zone="Europe/Rome", place="Milan"),
    Role("Hannah Weiss", "hannah.weiss@litware.example.net", "B", "client", "Litware", "Strategy", "Programme manager", "manager", (70, 66), zone="Europe/Berlin", place="Berlin", common=("the Berlin workshop",)),
    # Mentors, partners, former colleagues, community.
    Role("Birgitta Lund", "birgitta.lund@example.org", "A", "mentor", "", "", "Board member", "executive", (45, 38), common=("the mentoring programme",), how_met="the mentoring programme", formats=("lunch", "coffee")),
    Role("Samir Nasser", "samir.nasser@example.net", "B", "mentor", "Proseware", "Product", "Chief product officer", "executive", (90, 101), zone="Europe/London", place="London"),
    Role("Anna Bergström", "anna.bergstrom@example.net", "B", "friend", "Tailspin", "Product", "Product manager", "manager", (40, 29), common=("the years at Tailspin",), formats=("walk", "coffee")),
    Role("Marcus Thörn", "marcus.thorn@tailspin.example.net", "C", "friend", "Tailspin", "Engineering", "Engineering manager", "manager", (120, 420), common=("the years at Tailspin",)),
    Role("Elisabeth Krantz", "elisabeth.krantz@tailspin.example.net", "D", "friend", "Tailspin", "Finance", "Finance director", "director", (150, 610)),
    Role("Noor Jansen", "noor.jansen@wingtip.example.net", "B", "partner", "Wingtip", "Alliances", "Partner manager", "manager", (30, 22), zone="Europe/Amsterdam", place="Amsterdam"),
    Role("Diego Ruiz", "diego.ruiz@wingtip.example.net", "C", "partner", "Wingtip", "Engineering", "Solution architect", "professional", (60, 190), zone="Europe/Madrid", place="Madrid"),
    Role("Fatima Zahra Idrissi", "fatima.idrissi@example.org", "C", "community", "Women in Product", "", "Organiser", "manager", (90, 75), groups=("Women in Product",)),
    Role("Ebba Rosén", "ebba.rosen@example.org", "C", "community", "Women in Product", "", "Speaker coach", "professional", (120, 160), groups=("Women in Product",)),
    Role("Johan Ek", "johan.ek@trey.example.net", "C", "supplier", "Trey Research", "Sales", "Account manager", "professional", (30, 11)),
    Role("Linnea Åkesson", "linnea.akesson@trey.example.net", "D", "supplier", "Trey Research", "Research", "Panel lead", "professional", (180, 300)),
    Role("Gustav Hellman", "gustav.hellman@lucerne.example.net", "B", "investor", "Lucerne Capital", "", "Partner", "executive", (100, 112), common=("the scale-up day",)),
    # People she wants to meet: on the list, no meeting yet.
    Role("Ingrid Solberg", "ingrid.solberg@northwind.example.com", "A", "senior leader", _NW, "Executive", "Chief executive", "executive", None, zone="Europe/Oslo", place="Oslo", common=("the Nordic strategy group",)),
    Role("Rahul Mehta", "rahul.mehta@example.net", "B", "community", "Northstar", "Product", "VP Product", "executive", None, zone="Asia/Kolkata", place="Bengaluru", common=("his talk on pricing",)),
    Role("Clara Nyström", "clara.nystrom@northwind.example.com", "B", "other function", _NW, "Strategy", "Head of strategy", "director", None, common=("the Nordic strategy group",)),
    Role("Per Wallin", "per.wallin@northwind.example.com", "C", "other function", _NW, "Procurement", "Head of procurement", "director", None),
    Role("Agnes Moreau", "agnes.moreau@example.net", "C", "community", "Atelier Produit", "", "Founder", "executive", None, zone="Europe/Paris", place="Paris"),
)  # fmt: skip

# Met, and never listed: for `fika people discover` and `fika triage`.
UNLISTED = (
    ("Kim Sandberg", "kim.sandberg@northwind.example.com"),
    ("Olivia Hart", "olivia.hart@contoso.example.net"),
    ("Bo Hedlund", "bo.hedlund@northwind.example.com"),
    ("Meriem Benali", "meriem.benali@adatum.example.net"),
)
