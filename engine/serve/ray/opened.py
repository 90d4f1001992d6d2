"""Puts the models on a Ray cluster and opens them there, for as long as one server runs."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from engine.cluster import LOCAL, connect, homes
from engine.errors import InputError
from engine.paths import REPOSITORY
from engine.serve import shared
from engine.serve.base import Predictor
from engine.serve.memory import VARIABLE
from engine.serve.ray.inner import OPENINGS, Inner
from engine.serve.shared import LazyZoo

VARIANTS, ZOO = "dialatlas-variants", "dialatlas-zoo"
"""Names of the two applications on the cluster; each is one deployment."""
STORE_BYTES = 200_000_000
"""For questions and answers under way, where Ray is started here."""
BUSY = 4
"""Questions per replica at which Ray begins a further one."""
ONGOING = 16
"""Questions that a replica takes in hand: enough to read some together, few enough that others are asked although they do not hold the variant yet."""
WAITING = 1_000
"""Questions that may wait for a replica; one more is refused."""


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How many replicas of the predictor there are."""

    least: int = 1
    most: int = 4
    """Begun one by one while many ask; each takes one CPU."""
    held: int = 9
    """Variants that a replica holds at once; fewer take less memory and more loading."""

    def __post_init__(self) -> None:
        if not 1 <= self.least <= self.most:
            raise InputError(f"{self.least}-{self.most} is no number of replicas", where="--replicas", remedy="write it as MOST or LEAST-MOST, from 1 up")
        if self.held < 1:
            raise InputError(f"{self.held} variants are too few to hold", where="--held", remedy="give 1 or more")


@contextmanager
def on_ray(address: str, scale: Scale, opening: Callable[[], Inner] | None = None) -> Iterator[tuple[Predictor, LazyZoo]]:
    """The models that the environment names, on the cluster, shared with pages of this process.

    Deployments that another server has put there are used, and stay.

    Args:
        address: As `engine.cluster.connect`.
        scale: How many replicas.
        opening: What a replica opens, where not what the environment names.

    Raises:
        InputError: Nothing answers at the address, the cluster is too small, or ``ENGINE_URL`` or the environment names models that
            are none of a replica's.
        DialAtlasError: As the predictor's opening, over there.
    """
    name, zoo_name = shared.predictor_name(), shared.zoo_name()
    if opening is None and name not in OPENINGS:
        raise InputError(f"the predictor {name!r} cannot be put on Ray", where="--ray", remedy="unset ENGINE_URL and DIALATLAS_PREDICTOR, or leave --ray out")
    os.environ.setdefault("RAY_SERVE_QUEUE_LENGTH_RESPONSE_DEADLINE_S", "1")  # a replica that computes may take longer than Ray's 0.1 s to say so
    os.environ.setdefault("RAY_SERVE_MULTIPLEXED_MODEL_ID_MATCHING_TIMEOUT_S", "0.1")  # then a replica that does not hold the variant is asked
    connect(address, num_cpus=max(os.cpu_count() or 1, scale.least + 1), object_store_memory=STORE_BYTES)
    import ray

    ours: list[str] = []
    try:
        ours = _deployed(address, scale, opening or OPENINGS[name], zoo_name)
        predictor, zoo = _opened(zoo_name)
        shared.share(name, predictor)
        shared.share_zoo(zoo_name, zoo)
        yield predictor, zoo
    finally:
        if address != LOCAL:
            _delete(ours)
        ray.shutdown()  # a cluster that was started here ends with all that runs on it


def _opened(zoo_name: str) -> tuple[Predictor, LazyZoo]:
    from ray import serve

    from engine.serve.ray.predictor import RayPredictor
    from engine.serve.ray.zoo import RayZoo

    return RayPredictor(serve.get_app_handle(VARIANTS)), LazyZoo(zoo_name, lambda: RayZoo(serve.get_app_handle(ZOO)))


def _deployed(address: str, scale: Scale, opening: Callable[[], Inner], zoo_name: str) -> list[str]:
    """Which applications were put there, since they were not."""
    from ray import cluster_resources, serve

    from engine.serve.ray.replica import Variants
    from engine.serve.ray.zoo_replica import Zoo

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR"})
    wanted = {
        VARIANTS: partial(serve.deployment(**options(scale.least, scale.most, cpus=1))(Variants).bind, opening, scale.held),
        ZOO: partial(serve.deployment(**options(1, scale.most, cpus=1))(Zoo).bind, zoo_name),
    }
    missing = [name for name in wanted if name not in serve.status().applications]
    there = int(cluster_resources().get("CPU", 0))  # type: ignore[no-untyped-call]
    if VARIANTS in missing and there < scale.least + 1:
        raise InputError(f"{scale.least} replicas and the text-to-text model need {scale.least + 1} CPUs, the cluster has {there}", where=f"--ray {address}",
                         remedy="give fewer --replicas, or add machines to the cluster")
    serve.run_many([serve.RunTarget(wanted[name](), name=name, route_prefix=None) for name in missing])
    return missing


def options(least: int, most: int, *, cpus: int) -> dict[str, Any]:
    """A deployment's options; its replicas see this checkout, these folders and this limit of memory."""
    path = os.pathsep.join(filter(None, (str(REPOSITORY), os.environ.get("PYTHONPATH", ""))))
    known = {VARIABLE: os.environ[VARIABLE]} if VARIABLE in os.environ else {}
    return {
        "autoscaling_config": {"min_replicas": least, "initial_replicas": least, "max_replicas": most, "target_ongoing_requests": BUSY},
        "max_ongoing_requests": ONGOING, "max_queued_requests": WAITING, "health_check_period_s": 2, "health_check_timeout_s": 30,
        "ray_actor_options": {"num_cpus": cpus, "runtime_env": {"env_vars": {**homes(), **known, "PYTHONPATH": path}}},
    }


def _delete(names: list[str]) -> None:
    from ray import serve

    for name in names:
        serve.delete(name)
