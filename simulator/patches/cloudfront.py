"""A distribution keeps how it reads its bucket, and says of its certificate only what it was told."""

from typing import Any

from moto.cloudfront.models import Origin, ViewerCertificate

from simulator.patches import replacing


def apply() -> None:
    @replacing.wrap(Origin, "__init__")
    def init_origin(original: replacing.Method, self: Any, origin: dict[str, Any]) -> None:
        original(self, origin)
        # moto forgets it, and every plan wants to give it again.
        self.origin_access_control_id = origin.get("OriginAccessControlId") or ""

    @replacing.wrap(ViewerCertificate, "__init__")
    def init_certificate(original: replacing.Method, self: Any, config: dict[str, Any]) -> None:
        original(self, config)
        # moto fills these in where CloudFront's own certificate has none of them.
        self.iam_certificate_id = config.get("IAMCertificateId") or None
        self.acm_certificate_arn = config.get("ACMCertificateArn") or None
        self.ssl_support_method = config.get("SSLSupportMethod") or None
        if self.acm_certificate_arn or self.iam_certificate_id:
            # Who has a certificate of its own does not also have CloudFront's.
            self.cloud_front_default_certificate = False
