"""What svc-workorder is told beside what every service is told."""

from pydantic import SecretStr

from chassis.settings import ServiceSettings


class WorkOrderSettings(ServiceSettings):
    notice_networks: str = ""
    """Networks (CIDR, by commas) that are not public and in which an office platform may stand all the same, such as
    the government's own: without them no endpoint reaches into them, and all of them speak TLS.
    """
    city_division: str = "445100"
    """Where a matter lies of which a line that hands it over says no more than that it is ours."""
    province_url: str = ""
    """Where the province's platform (省热线平台) takes batches; empty: it comes and fetches them."""
    province_secret: SecretStr = SecretStr("")
    """`whsec_…`, with which they are signed (Standard Webhooks)."""
    open311_contact: str = "潮州市12345政务服务便民热线，电话 12345"
    """Whom builders of applications ask; told by Open311's service discovery."""
    open311_key_service: str = (
        "api_key 由市政务服务数据管理部门的系统管理员发放，请向 12345 热线申请"
    )
    """How an api_key is got; told likewise."""
    open311_is_test: bool = False
    """Whether what is reported here is only tried."""
