"""The whole account as one pickle, and back.

Everything moto knows hangs together (an Auto Scaling group holds its instances, a database its secret), so it
is one object graph and must be one pickle. What moto keeps once per process, the dictionaries of backends, is
left out and attached again by name. AWS's own policies, 4 MB that every account has, are left out too and
made again from moto's list.
"""

import functools
import io
import json
import logging
import pickle
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any, Protocol, cast

import dill
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from moto import backends as moto_backends
from moto.core.base_backend import AccountSpecificBackend, BackendDict
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

log = logging.getLogger(__name__)

PROTOCOL = 5
# A thread lock is never held while no request is in flight; a new one is as good.
LOCKS: tuple[type, ...] = (type(threading.Lock()), type(threading.RLock()))
# What every BackendDict has; whatever else hangs on one (S3: which account owns which bucket) is kept.
COMMON_TO_BACKENDS = frozenset(
    {"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"}
)
# The simulator's own switches, not the account's content.
NOT_THE_ACCOUNT = frozenset({"moto_api", "instance_metadata"})


class Part(Protocol):
    """What belongs to the account and is kept with it, although moto knows nothing of it."""

    def dump(self) -> Any:
        """Plain values."""

    def restore(self, kept: Any) -> None:
        """Them back; None from a snapshot that had none."""


_beside: dict[str, Part] = {}


def keep_beside(name: str, part: Part) -> None:
    """Have a part kept with the account from now on."""
    _beside[name] = part


# Where this package lay when older snapshots were written.
_OLD_PACKAGE = "provisioner.simulator"


class CannotRestore(Exception):
    """The pickle does not describe an account that this version of moto can hold."""


def dump() -> bytes:
    """Everything in the account. The caller makes sure that no request is in flight."""
    content = {
        "backends": {name: _plain(owner) for name, owner in _in_use()},
        "extras": {name: _extras(owner) for name, owner in _in_use()},
        "beside": {name: part.dump() for name, part in _beside.items()},
    }
    buffer = io.BytesIO()
    try:
        _FastPickler(buffer, PROTOCOL).dump(content)
    except (pickle.PicklingError, TypeError, AttributeError) as refusal:
        # dill can pickle far more, in pure Python and ten times slower: only the rare service pays for it.
        log.info("the account holds something that only dill can pickle (%s)", refusal)
        buffer = io.BytesIO()
        _ThoroughPickler(buffer, PROTOCOL).dump(content)
    return buffer.getvalue()


def restore(data: bytes) -> None:
    """Put a dumped account in the place of the present one.

    Raises CannotRestore, and leaves the present account as it was, if the bytes are not such a dump.
    """
    try:
        # Our own file, readable by its owner only.
        content = _Unpickler(io.BytesIO(data)).load()
        owners: dict[str, Any] = {name: _backends_of(name) for name in content["backends"]}
        for name, owner in owners.items():
            _put(owner, content["backends"][name], content["extras"][name])
        for name, part in _beside.items():
            part.restore(content.get("beside", {}).get(name))
    except Exception as reason:  # whatever a foreign pickle makes of itself
        raise CannotRestore(f"{type(reason).__name__}: {reason}") from reason


def _put(owner: Any, accounts: dict[str, dict[str, Any]], extras: dict[str, Any]) -> None:
    for account_id, regions in accounts.items():
        for region, backend in regions.items():
            # Past moto's own __setitem__ and __getitem__, which would make a fresh backend first.
            dict.__setitem__(owner[account_id], region, backend)
    vars(owner).update(extras)


def size() -> int:
    """How many backends exist. Grows when a first look into a service or region makes its defaults."""
    return sum(len(regions) for _, owner in _in_use() for regions in list(dict.values(owner)))


def _in_use() -> Iterator[tuple[str, Any]]:
    for owner in _instances():
        name = _name_of(owner)
        if name not in NOT_THE_ACCOUNT:
            yield name, owner


def _instances() -> list[Any]:
    # A class attribute, typed by moto as if it hung on each instance.
    return list(vars(BackendDict)["_instances"])


def _plain(owner: Any) -> dict[str, dict[str, Any]]:
    return {account_id: dict(dict.items(regions)) for account_id, regions in dict.items(owner)}


def _extras(owner: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(owner).items() if name not in COMMON_TO_BACKENDS}


def _backends_of(name: str) -> Any:
    # moto types this with one overload per service, for names known beforehand.
    get_backend: Callable[[str], Any] = cast("Any", moto_backends).get_backend
    return get_backend(name)


def _account_of(name: str, account_id: str) -> Any:
    return _backends_of(name)[account_id]


_names: dict[int, str] = {}


def _name_of(owner: Any) -> str:
    """The name by which `get_backend` finds this very object."""
    if id(owner) not in _names:
        _names[id(owner)] = next(name for name in _candidates(owner) if _is_backend_of(name, owner))
    return _names[id(owner)]


def _candidates(owner: Any) -> Iterator[str]:
    yield owner.backend.__module__.split(".")[1]
    yield owner.service_name
    raise CannotRestore(f"moto has no name for the backends of {owner.service_name}")


def _is_backend_of(name: str, owner: Any) -> bool:
    try:
        return _backends_of(name) is owner
    except (ImportError, AttributeError):
        return False


def _owner_of(regions: Any) -> Any:
    return next(o for o in _instances() if dict.get(o, regions.account_id) is regions)


Reducer = Callable[[Any], Any]


def _find_reducer(kind: type[Any]) -> Reducer | None:
    """How to pickle objects of a type that pickle and dill cannot manage, or would take too far."""
    reducers: dict[tuple[type, ...], Reducer] = {
        (BackendDict,): lambda obj: (_backends_of, (_name_of(obj),)),
        (AccountSpecificBackend,): lambda obj: (_account_of, (_name_of(_owner_of(obj)), obj.account_id)),
        (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey): lambda obj: (_private_key, (_pem(obj),)),
        (x509.Certificate,): lambda obj: (_certificate, (obj.public_bytes(serialization.Encoding.DER),)),
        (x509.CertificateSigningRequest,): lambda obj: (
            _signing_request,
            (obj.public_bytes(serialization.Encoding.DER),),
        ),
        (AWSManagedPolicy,): _reduce_aws_policy,
        LOCKS: lambda obj: (_new_lock, (type(obj) is LOCKS[1],)),
    }
    for kinds, reducer in reducers.items():
        if issubclass(kind, kinds):
            return reducer
    if issubclass(kind, dict) and kind.__module__.startswith("moto."):
        return lambda obj: (_empty, (kind,), _insides(obj), None, None, _fill)
    return None


def _reduce_aws_policy(policy: AWSManagedPolicy) -> Any:
    if policy.tags or len(policy.versions) != 1:  # AWS would refuse to change it; moto does as it is told
        return policy.__reduce_ex__(PROTOCOL)
    # All as arguments: a state of its own, 1,500 times, would double the whole dump's time.
    given = (policy.name, policy.account_id, policy.partition, policy.id, policy.attachment_count)
    return _aws_policy, given


def _aws_policy(name: str, account_id: str, partition: str, own_id: str, attachment_count: int) -> Any:
    policy = AWSManagedPolicy.from_data(name, account_id, partition, _aws_policies()[name])
    policy.id, policy.attachment_count = own_id, attachment_count
    return policy


@functools.cache
def _aws_policies() -> Any:
    return json.loads(aws_managed_policies_data)


_reducers: dict[type[Any], Reducer | None] = {}


def _reducer_of(kind: type[Any]) -> Reducer | None:
    if kind not in _reducers:
        _reducers[kind] = _find_reducer(kind)
    return _reducers[kind]


def _reduce_nameless(obj: FunctionType) -> Any:
    # A function without captured values (the default of a defaultdict) is small enough for dill alone.
    if "<lambda>" in obj.__qualname__ and obj.__closure__ is None:
        return dill.loads, (dill.dumps(obj, PROTOCOL),)
    return NotImplemented


def _pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _private_key(pem: bytes) -> Any:
    return serialization.load_pem_private_key(pem, password=None)


def _certificate(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)


def _signing_request(der: bytes) -> x509.CertificateSigningRequest:
    return x509.load_der_x509_csr(der)


def _new_lock(reentrant: bool) -> Any:  # noqa: FBT001 - called by pickle, by position
    return threading.RLock() if reentrant else threading.Lock()


def _empty(kind: type[dict[Any, Any]]) -> dict[Any, Any]:
    return kind.__new__(kind)


def _insides(obj: dict[Any, Any]) -> tuple[dict[Any, Any], dict[str, Any], Any]:
    # Past the methods of moto's dictionaries: the one that holds the versions of an S3 object shows only the
    # newest of each, and pickled as usual it would keep only that.
    return dict(dict.items(obj)), vars(obj), getattr(obj, "default_factory", None)


def _fill(obj: dict[Any, Any], insides: tuple[dict[Any, Any], dict[str, Any], Any]) -> None:
    items, attributes, default_factory = insides
    for key, value in items.items():
        dict.__setitem__(obj, key, value)
    vars(obj).update(attributes)
    if isinstance(obj, defaultdict):
        obj.default_factory = default_factory


class _FastPickler(pickle.Pickler):
    """C speed, and ours only for what needs it: an account that takes dill 1.6 s takes this 0.05 s."""

    def reducer_override(self, obj: Any) -> Any:
        reducer = _reduce_nameless if type(obj) is FunctionType else _reducer_of(type(obj))
        return reducer(obj) if reducer else NotImplemented


class _ThoroughPickler(dill.Pickler):  # type: ignore[misc]  # dill has no types
    def reducer_override(self, obj: Any) -> Any:
        reducer = _reducer_of(type(obj))
        return reducer(obj) if reducer else NotImplemented


class _Unpickler(dill.Unpickler):  # type: ignore[misc]  # dill has no types
    """Finds the functions below also under the names that older snapshots hold."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(f"{_OLD_PACKAGE}."):
            module = module.removeprefix("provisioner.")
        return super().find_class(module, name)
