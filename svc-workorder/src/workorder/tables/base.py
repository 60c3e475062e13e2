"""The metadata that every table of this service stands in, with the chassis' own tables."""

from sqlalchemy import MetaData

from chassis.database import chassis_tables

metadata = MetaData()
chassis_tables(metadata)
