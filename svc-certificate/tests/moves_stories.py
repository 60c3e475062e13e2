"""What tests of moved powers tell alike: receivers, announcements, moves, and what is decided after them."""

from chassis.ids import new_id
from contracts.events.catalog import MovedItem, PowerMoveAnnounced, PowerMoved

COUNTY, TOWN = "11445103MB2X00995X", "11445103MB2X001011"
COUNTY_NAME, TOWN_NAME = "潮安区市场监督管理局", "潮安区庵埠镇人民政府"
POWER = "440118009000"


def item_of(department: str) -> str:
    return f"{department}4{POWER}"


def received(department: str, name: str) -> tuple[MovedItem, ...]:
    return (
        MovedItem(
            from_item_id=new_id(),
            to_item_id=new_id(),
            to_division="445103",
            to_department=department,
            to_item_code=item_of(department),
            to_department_name=name,
        ),
    )


def moved(
    city, *, giver: str = "", to: str = COUNTY, name: str = COUNTY_NAME, **more
) -> PowerMoved:
    values = {
        "adjustment_id": new_id(),
        "power_id": new_id(),
        "power_code": POWER,
        "kind": "move-down",
        "from_division": city.division,
        "from_department": giver or city.department,
        "items": received(to, name),
        "effective_at": city.house.clock.now(),
    }
    return PowerMoved(**{**values, **more})


def announced(fact: PowerMoved, **more) -> PowerMoveAnnounced:
    values = {
        "adjustment_id": fact.adjustment_id,
        "power_code": fact.power_code,
        "items": fact.items,
        "effective_at": fact.effective_at,
        "kind": fact.kind,
    }
    return PowerMoveAnnounced(**{**values, **more})


async def decided_by(city, department: str, **more) -> dict:
    """The certificate of an application that this department decided on its own item."""
    fact = city.decided(item_code=item_of(department), **more)
    await city.deliver(fact, division="445103", department=department)
    await city.make()
    [found] = [c for c in await city.own() if c["application_id"] == str(fact.application_id)]
    return await city.certificate(found["id"])


def issuer(certificate: dict) -> str:
    """As the identifier has it, after root and type."""
    return certificate["identifier"].split(".")[6]
