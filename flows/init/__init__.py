"""A first mapping folder from a ZGW catalogue: by its API, or from an export."""

from flows.init.begin import init_from_api, init_from_export

__all__ = ["init_from_api", "init_from_export"]
