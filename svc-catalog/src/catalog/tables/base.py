"""The one metadata of svc-catalog's tables, with the chassis' own in it."""

from sqlalchemy import MetaData

from chassis.database import chassis_tables

metadata = MetaData()
chassis_tables(metadata)
