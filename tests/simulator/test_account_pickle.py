import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from moto.core.base_backend import BackendDict
from moto.iam.models import iam_backends
from moto.sqs.models import sqs_backends

from simulator import account_pickle
from tests.simulator import certificates

ACCOUNT, REGION = "111122223333", "ap-northeast-2"


@pytest.fixture
def backend() -> Iterator[Any]:
    """A small moto backend in this process, for attributes that are hard to pickle."""
    yield sqs_backends[ACCOUNT][REGION]
    BackendDict.reset()


@pytest.fixture
def aws_policies(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The objects of the AWS managed policies in an account."""
    monkeypatch.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    yield iam_backends[ACCOUNT]["aws"].aws_managed_policies
    BackendDict.reset()


def attributes_of(policy: Any) -> Any:
    return vars(policy) | {"versions": [vars(version) for version in policy.versions]}


def restored_copy(backend: Any) -> Any:
    """The backend after a dump and a restore."""
    data = account_pickle.dump()
    del sqs_backends[ACCOUNT][REGION]

    account_pickle.restore(data)

    restored = sqs_backends[ACCOUNT][REGION]
    assert restored is not backend
    return restored


def test_a_snapshot_from_before_the_simulator_moved_is_restored(backend: Any) -> None:
    vars(backend)["marker"] = threading.Lock()
    with pytest.MonkeyPatch.context() as patch:
        before = "provisioner.simulator.account_pickle"
        patch.setitem(sys.modules, before, account_pickle)
        for function in (account_pickle._new_lock, account_pickle._backends_of, account_pickle._account_of):
            patch.setattr(function, "__module__", before)
        old = account_pickle.dump()
    assert before.encode() in old
    del sqs_backends[ACCOUNT][REGION]

    account_pickle.restore(old)

    assert isinstance(vars(sqs_backends[ACCOUNT][REGION])["marker"], type(threading.Lock()))


def create_counter() -> Callable[[], int]:
    count = 0

    def increment() -> int:
        nonlocal count
        count += 1
        return count

    return increment


class TestAccountPickle:
    def test_references_between_services_lead_to_the_present_backends(self, backend: Any) -> None:
        backend.others, backend.account = sqs_backends, sqs_backends[ACCOUNT]

        restored = restored_copy(backend)

        assert restored.others is sqs_backends
        assert restored.account is sqs_backends[ACCOUNT]

    def test_saves_objects_that_only_dill_can_pickle(self, backend: Any) -> None:
        backend.count = create_counter()
        backend.count()

        assert restored_copy(backend).count() == 2

    def test_replaces_locks_by_new_locks(self, backend: Any) -> None:
        backend.lock, backend.rlock = threading.Lock(), threading.RLock()

        restored = restored_copy(backend)

        assert restored.lock.acquire(blocking=False)
        assert restored.rlock.acquire(blocking=False)
        assert restored.rlock.acquire(blocking=False)

    def test_saves_certificates_and_signing_requests(self, backend: Any) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = certificates.issue("app.example.com", key)
        request = x509.CertificateSigningRequestBuilder(certificate.subject).sign(key, hashes.SHA256())
        backend.certificate, backend.request = certificate, request

        restored = restored_copy(backend)

        assert restored.certificate == certificate
        assert restored.request == request

    def test_creates_aws_managed_policies_again_from_motos_list(self, aws_policies: Any) -> None:
        attached, tagged, versioned, *_ = aws_policies
        attached.attachment_count = 3
        tagged.tags = {"team": {"Key": "team", "Value": "shop"}}
        versioned.versions = [*versioned.versions, *attached.versions]
        before = [attributes_of(policy) for policy in aws_policies]

        data = account_pickle.dump()
        del iam_backends[ACCOUNT]["aws"]
        account_pickle.restore(data)

        restored = iam_backends[ACCOUNT]["aws"]
        assert len(before) > 1000
        assert [attributes_of(policy) for policy in restored.aws_managed_policies] == before
        assert restored.managed_policies[attached.arn] is restored.aws_managed_policies[0]
        assert len(data) < 500_000

    def test_other_data_is_rejected(self) -> None:
        with pytest.raises(account_pickle.CannotRestore):
            account_pickle.restore(b"not a pickle")
