"""Pickles the whole account, and restores it.

moto's objects refer to each other (an Auto Scaling group to its instances, a database to its secret), so
they are one object graph and must be one pickle. The dictionaries of backends, which moto has once per
process, are not pickled; references to them are restored by name. AWS managed policies, 4 MB in every
account, are not pickled either; they are created again from moto's list.

Do not rename the functions that a reducer returns (`_backends_of`, `_account_of`, `_private_key`,
`_certificate`, `_signing_request`, `_new_lock`, `_empty`, `_fill`, `_aws_policy`): snapshots contain their
names.
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

Backends = BackendDict[Any]
PlainDict = dict[Any, Any]

PROTOCOL = 5
# No thread lock is held while no request is in flight, so a new lock can replace it.
LOCKS: tuple[type, ...] = (type(threading.Lock()), type(threading.RLock()))
# Attributes of every BackendDict. Others are saved (S3: which account owns which bucket).
COMMON_TO_BACKENDS = frozenset(
    {"backend", "service_name", "_use_boto3_regions", "_additional_regions", "_id"}
)
# Settings of the simulator, not content of the account.
NOT_THE_ACCOUNT = frozenset({"moto_api", "instance_metadata"})


class Part(Protocol):
    """Data of the account that is not in moto and is saved with it."""

    def dump(self) -> Any:
        """The data as plain values."""

    def restore(self, saved: Any) -> None:
        """Replace the data by what `dump` returned; None if the snapshot has no data of this part."""


_parts: dict[str, Part] = {}


def save_with_account(name: str, part: Part) -> None:
    """Include a part in all snapshots from now on."""
    _parts[name] = part


# The path of this package when older snapshots were written.
_OLD_PACKAGE = "provisioner.simulator"


class CannotRestore(Exception):
    """The pickle is not an account, or not one that this version of moto can hold."""


def dump() -> bytes:
    """The pickled account. The caller makes sure that no request is in flight."""
    content = {
        "backends": {name: _regions_by_account(backends) for name, backends in _saved_backends()},
        "extras": {name: _extra_attributes(backends) for name, backends in _saved_backends()},
        "beside": {name: part.dump() for name, part in _parts.items()},
    }
    buffer = io.BytesIO()
    try:
        _FastPickler(buffer, PROTOCOL).dump(content)
    except (pickle.PicklingError, TypeError, AttributeError) as reason:
        # dill can pickle more, but in pure Python and ten times slower. Few services need it.
        log.info("pickling the account with dill, because pickle failed: %s", reason)
        buffer = io.BytesIO()
        _ThoroughPickler(buffer, PROTOCOL).dump(content)
    return buffer.getvalue()


def restore(data: bytes) -> None:
    """Replace the present account by a dumped one.

    Raises CannotRestore, and leaves the present account unchanged, if the bytes are not such a dump.
    """
    try:
        # Unpickling is safe: only the owner can write the file.
        content = _Unpickler(io.BytesIO(data)).load()
        owners: dict[str, Backends] = {name: _backends_of(name) for name in content["backends"]}
        for name, backends in owners.items():
            _replace(backends, content["backends"][name], content["extras"][name])
        for name, part in _parts.items():
            part.restore(content.get("beside", {}).get(name))
    except Exception as reason:  # a foreign pickle can raise anything
        raise CannotRestore(f"{type(reason).__name__}: {reason}") from reason


def _replace(backends: Backends, accounts: dict[str, dict[str, Any]], extras: dict[str, Any]) -> None:
    for account_id, regions in accounts.items():
        for region, backend in regions.items():
            # moto's own __setitem__ and __getitem__ would create a new backend first.
            dict.__setitem__(backends[account_id], region, backend)
    vars(backends).update(extras)


def backend_count() -> int:
    """How many backends exist. The first request to a service or region creates a backend."""
    return sum(len(regions) for _, backends in _saved_backends() for regions in list(dict.values(backends)))


def _saved_backends() -> Iterator[tuple[str, Backends]]:
    for backends in _all_backends():
        name = _name_of(backends)
        if name not in NOT_THE_ACCOUNT:
            yield name, backends


def _all_backends() -> list[Backends]:
    # A class attribute, which moto annotates as an attribute of each instance.
    return list(vars(BackendDict)["_instances"])


def _regions_by_account(backends: Backends) -> dict[str, dict[str, Any]]:
    return {account_id: dict(dict.items(regions)) for account_id, regions in dict.items(backends)}


def _extra_attributes(backends: Backends) -> dict[str, Any]:
    return {name: value for name, value in vars(backends).items() if name not in COMMON_TO_BACKENDS}


def _backends_of(name: str) -> Backends:
    # moto annotates get_backend with one overload per service, for literal names only.
    get_backend: Callable[[str], Backends] = cast("Any", moto_backends).get_backend
    return get_backend(name)


def _account_of(name: str, account_id: str) -> Any:
    return _backends_of(name)[account_id]


_names: dict[int, str] = {}


def _name_of(backends: Backends) -> str:
    """The name for which `get_backend` returns this very object."""
    if id(backends) not in _names:
        _names[id(backends)] = next(name for name in _candidate_names(backends) if _has_name(backends, name))
    return _names[id(backends)]


def _candidate_names(backends: Backends) -> Iterator[str]:
    yield backends.backend.__module__.split(".")[1]
    yield backends.service_name
    raise CannotRestore(f"moto has no name for the backends of {backends.service_name}")


def _has_name(backends: Backends, name: str) -> bool:
    try:
        return _backends_of(name) is backends
    except (ImportError, AttributeError):
        return False


def _backends_with(regions: AccountSpecificBackend[Any]) -> Backends:
    return next(each for each in _all_backends() if dict.get(each, regions.account_id) is regions)


Reducer = Callable[[Any], Any]


def _find_reducer(kind: type[Any]) -> Reducer | None:
    """The reducer for a type that pickle and dill cannot pickle, or of which they would pickle too much."""
    reducers: dict[tuple[type, ...], Reducer] = {
        (BackendDict,): lambda obj: (_backends_of, (_name_of(obj),)),
        (AccountSpecificBackend,): lambda obj: (_account_of, (_name_of(_backends_with(obj)), obj.account_id)),
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
        return lambda obj: (_empty, (kind,), _content_of(obj), None, None, _fill)
    return None


def _reduce_aws_policy(policy: AWSManagedPolicy) -> Any:
    if policy.tags or len(policy.versions) != 1:  # AWS rejects changes of these policies; moto accepts them
        return policy.__reduce_ex__(PROTOCOL)
    # All values as arguments: a separate state for each of 1,500 policies would double the time of the dump.
    arguments = (policy.name, policy.account_id, policy.partition, policy.id, policy.attachment_count)
    return _aws_policy, arguments


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


def _reduce_lambda(obj: FunctionType) -> Any:
    # dill is fast enough for a lambda without captured values, such as the factory of a defaultdict.
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


def _empty(kind: type[PlainDict]) -> PlainDict:
    return kind.__new__(kind)


def _content_of(obj: PlainDict) -> tuple[PlainDict, dict[str, Any], Any]:
    # Bypass the methods of moto's dictionaries. The one that holds the versions of an S3 object returns only
    # the newest version, so the others would be lost.
    return dict(dict.items(obj)), vars(obj), getattr(obj, "default_factory", None)


def _fill(obj: PlainDict, content: tuple[PlainDict, dict[str, Any], Any]) -> None:
    items, attributes, default_factory = content
    for key, value in items.items():
        dict.__setitem__(obj, key, value)
    vars(obj).update(attributes)
    if isinstance(obj, defaultdict):
        obj.default_factory = default_factory


class _FastPickler(pickle.Pickler):
    """The C pickler, with our reducers where needed: 0.05 s for an account that takes dill 1.6 s."""

    def reducer_override(self, obj: Any) -> Any:
        reducer = _reduce_lambda if type(obj) is FunctionType else _reducer_of(type(obj))
        return reducer(obj) if reducer else NotImplemented


class _ThoroughPickler(dill.Pickler):  # type: ignore[misc]  # dill has no types
    def reducer_override(self, obj: Any) -> Any:
        reducer = _reducer_of(type(obj))
        return reducer(obj) if reducer else NotImplemented


class _Unpickler(dill.Unpickler):  # type: ignore[misc]  # dill has no types
    """Finds the functions that snapshots name, also by the module path of older snapshots."""

    def find_class(self, module: str, name: str) -> Any:
        if module.startswith(f"{_OLD_PACKAGE}."):
            module = module.removeprefix("provisioner.")
        return super().find_class(module, name)
