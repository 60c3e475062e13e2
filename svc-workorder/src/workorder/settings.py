"""What svc-workorder is told beside what every service is told."""

from chassis.settings import ServiceSettings


class WorkOrderSettings(ServiceSettings):
    notice_networks: str = ""
    """Networks (CIDR, by commas) that are not public and in which an office platform may stand all the same, such as
    the government's own: without them no endpoint reaches into them, and all of them speak TLS.
    """
