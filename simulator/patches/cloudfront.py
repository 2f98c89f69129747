"""A distribution stores its origin access control, and returns only the certificate settings that it has."""

from typing import Any

from moto.cloudfront.models import Origin, ViewerCertificate

from simulator.patches import patching


def apply() -> None:
    @patching.wrap(Origin, "__init__")
    def init_origin(original: patching.Method, self: Any, origin: dict[str, Any]) -> None:
        original(self, origin)
        # moto does not store it, so every plan would set it again.
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    @patching.wrap(ViewerCertificate, "__init__")
    def init_certificate(original: patching.Method, self: ViewerCertificate, config: dict[str, Any]) -> None:
        original(self, config)
        # moto sets these for CloudFront's default certificate, too, which has none of them.
        self.iam_certificate_id = config.get("IAMCertificateId") or None
        self.acm_certificate_arn = config.get("ACMCertificateArn") or None
        self.ssl_support_method = config.get("SSLSupportMethod") or None
        if self.acm_certificate_arn or self.iam_certificate_id:
            # With its own certificate a distribution does not use CloudFront's default certificate.
            self.cloud_front_default_certificate = False
