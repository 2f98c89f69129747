from uuid import uuid4

from simulator.json_types import JsonObject
from tests.simulator.server import Account

DEFAULT_CERTIFICATE = {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"}
OWN_CERTIFICATE = {
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0b1e5c9e",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.2_2021",
}


def distribution_of(account: Account, certificate: JsonObject = DEFAULT_CERTIFICATE) -> JsonObject:
    """The returned settings of a distribution that reads a bucket through an origin access control."""
    cloudfront, name = account.client("cloudfront"), uuid4().hex
    control = cloudfront.create_origin_access_control(
        OriginAccessControlConfig={
            "Name": name,
            "SigningProtocol": "sigv4",
            "SigningBehavior": "always",
            "OriginAccessControlOriginType": "s3",
        }
    )["OriginAccessControl"]["Id"]
    origin = {
        "Id": "bucket",
        "DomainName": "site.s3.ap-northeast-2.amazonaws.com",
        "S3OriginConfig": {"OriginAccessIdentity": ""},
        "OriginAccessControlId": control,
    }
    made = cloudfront.create_distribution(
        DistributionConfig={
            "CallerReference": name,
            "Comment": "",
            "Enabled": True,
            "Origins": {"Quantity": 1, "Items": [origin]},
            "DefaultCacheBehavior": {"TargetOriginId": "bucket", "ViewerProtocolPolicy": "https-only"},
            "ViewerCertificate": certificate,
        }
    )["Distribution"]["Id"]
    config: JsonObject = cloudfront.get_distribution(Id=made)["Distribution"]["DistributionConfig"]
    return {"control": control, **config}


class TestOriginAccessControl:
    def test_is_not_stored_by_plain_moto(self, plain_moto: Account) -> None:
        [origin] = distribution_of(plain_moto)["Origins"]["Items"]

        assert not origin.get("OriginAccessControlId")

    def test_is_stored(self, account: Account) -> None:
        config = distribution_of(account)

        [origin] = config["Origins"]["Items"]
        assert origin["OriginAccessControlId"] == config["control"]


class TestCertificate:
    def test_has_an_ssl_method_by_default_in_plain_moto(self, plain_moto: Account) -> None:
        assert distribution_of(plain_moto)["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"

    def test_is_cloudfronts_default_without_other_settings(self, account: Account) -> None:
        certificate = distribution_of(account)["ViewerCertificate"]

        assert certificate["CloudFrontDefaultCertificate"] is True
        assert not {"SSLSupportMethod", "ACMCertificateArn", "IAMCertificateId"} & certificate.keys()

    def test_is_own_and_default_at_once_in_plain_moto(self, plain_moto: Account) -> None:
        certificate = distribution_of(plain_moto, OWN_CERTIFICATE)["ViewerCertificate"]

        assert certificate["CloudFrontDefaultCertificate"] is True

    def test_is_only_the_own_one_if_it_is_set(self, account: Account) -> None:
        certificate = distribution_of(account, OWN_CERTIFICATE)["ViewerCertificate"]

        assert certificate["CloudFrontDefaultCertificate"] is False
        assert certificate["ACMCertificateArn"] == OWN_CERTIFICATE["ACMCertificateArn"]
