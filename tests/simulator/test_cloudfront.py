from typing import Any
from uuid import uuid4

from tests.simulator.server import Account

CLOUDFRONTS_OWN = {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1"}
ONE_OF_ITS_OWN = {
    "ACMCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/0b1e5c9e",
    "SSLSupportMethod": "sni-only",
    "MinimumProtocolVersion": "TLSv1.2_2021",
}


def distribution_of(account: Account, certificate: dict[str, Any] = CLOUDFRONTS_OWN) -> dict[str, Any]:
    """The settings, as they are told, of a distribution that reads a bucket by an origin access control."""
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
    told: dict[str, Any] = cloudfront.get_distribution(Id=made)["Distribution"]["DistributionConfig"]
    return {"control": control, **told}


class TestOriginAccessControlOfADistribution:
    def test_is_forgotten_by_moto_alone(self, moto_alone: Account) -> None:
        [origin] = distribution_of(moto_alone)["Origins"]["Items"]

        assert not origin.get("OriginAccessControlId")

    def test_is_kept_in_ours(self, account: Account) -> None:
        told = distribution_of(account)

        [origin] = told["Origins"]["Items"]
        assert origin["OriginAccessControlId"] == told["control"]


class TestCertificateOfADistribution:
    def test_has_a_method_that_nobody_gave_it_in_moto_alone(self, moto_alone: Account) -> None:
        assert distribution_of(moto_alone)["ViewerCertificate"]["SSLSupportMethod"] == "sni-only"

    def test_is_cloudfront_s_own_in_ours(self, account: Account) -> None:
        certificate = distribution_of(account)["ViewerCertificate"]

        assert certificate["CloudFrontDefaultCertificate"] is True
        assert not {"SSLSupportMethod", "ACMCertificateArn", "IAMCertificateId"} & certificate.keys()

    def test_is_cloudfront_s_too_beside_one_of_its_own_in_moto_alone(self, moto_alone: Account) -> None:
        told = distribution_of(moto_alone, ONE_OF_ITS_OWN)["ViewerCertificate"]

        assert told["CloudFrontDefaultCertificate"] is True

    def test_is_only_its_own_where_it_has_one_in_ours(self, account: Account) -> None:
        told = distribution_of(account, ONE_OF_ITS_OWN)["ViewerCertificate"]

        assert told["CloudFrontDefaultCertificate"] is False
        assert told["ACMCertificateArn"] == ONE_OF_ITS_OWN["ACMCertificateArn"]
