"""The hospital's own directory, which knows its people already: by OpenID Connect or by SAML 2."""

import os
from functools import cache

from salus.accounts.directories.common import LONGEST, Arrived, Directory, DirectoryFailed
from salus.accounts.directories.openid import OpenID

__all__ = ["LONGEST", "Arrived", "Directory", "DirectoryFailed", "directory"]


@cache
def directory() -> Directory | None:
    """The hospital's directory as the environment names it (`SALUS_OIDC_ISSUER` or `SALUS_SAML_METADATA`), or None.

    :raises ValueError: for an address without TLS, except on this machine, and where both are named
    """
    openid, saml = os.environ.get("SALUS_OIDC_ISSUER", ""), os.environ.get("SALUS_SAML_METADATA", "")
    if openid and saml:
        raise ValueError("name one directory: SALUS_OIDC_ISSUER or SALUS_SAML_METADATA")
    if openid:
        return OpenID.named(openid)
    if saml:
        from salus.accounts.directories.saml import Saml  # noqa: PLC0415 - what reads its XML is loaded where it is needed

        return Saml.named(saml)
    return None
