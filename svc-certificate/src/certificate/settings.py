"""What svc-certificate is told beside the common settings."""

from pathlib import Path

from chassis.settings import ServiceSettings


class CertificateSettings(ServiceSettings):
    pki_dir: Path
    """The folder of the issuer's keys (documents/pki.py)."""
