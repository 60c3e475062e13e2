"""The event door of svc-catalog: which facts are heard, and the use case each calls. None yet."""

from chassis.consumers import Consumers

consumers = Consumers("catalog")
