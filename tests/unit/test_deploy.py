"""What can be known of deploy/ without Docker, a hub or systemd's manager: files exist, commands parse, and all of them agree with the program."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import yaml

from engine.commands.serve import SERVE
from engine.paths import REPOSITORY
from engine.serve.memory import size
from tests.unit.http_server import TALK, whole
from tests.unit.test_house import pins, program, tracked

DEPLOY = REPOSITORY / "deploy"
INSTRUCTIONS = {"FROM", "ARG", "ENV", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}
HEALTH = "http://127.0.0.1:8501/healthz"
SERVED = ["python", "-m", "engine", "serve"]
SPACES = {"title", "emoji", "colorFrom", "colorTo", "sdk", "app_port", "pinned", "license", "short_description"}
"""Keys of the Spaces configuration reference that are used here."""
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
SERVICE = {"build", "image", "command", "environment", "networks", "read_only", "tmpfs", "user", "cap_drop", "cap_add", "security_opt", "mem_limit",
           "pids_limit", "init", "restart", "healthcheck", "volumes", "ports", "depends_on", "deploy"}
"""Keys of a service in the Compose specification that are used here."""


@cache
def instructions() -> tuple[tuple[str, str], ...]:
    """Name and rest of every instruction, continued lines joined."""
    rows = [row for row in (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines() if not row.startswith("#")]
    joined = "\n".join(rows).replace("\\\n", " ").splitlines()
    return tuple((row.partition(" ")[0], row.partition(" ")[2].strip()) for row in joined if row.strip())


def rests(name: str) -> list[str]:
    return [rest for one, rest in instructions() if one == name]


def parsed(flags: list[str]) -> argparse.Namespace:
    """What the program makes of the flags; an unknown one ends the test."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    SERVE.add(parser)
    return parser.parse_args(flags)


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name).read_text(encoding="utf-8"))
    return found


# The image


def test_every_instruction_is_one_of_dockers() -> None:
    assert {name for name, _ in instructions()} == INSTRUCTIONS and instructions()[0][0] == "FROM"


def test_all_that_is_copied_is_in_the_repository_and_let_in() -> None:
    ignore = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {row[1:] for row in ignore if row.startswith("!")}
    sources = [source for rest in rests("COPY") for source in rest.split()[:-1]]
    assert set(sources) == let_in and "*" in ignore
    assert [source for source in sources if not any(name == source or name.startswith(f"{source}/") for name in tracked())] == []


def test_all_that_the_program_reads_is_copied() -> None:
    """Every top-level folder or file that the program names, but for those that only its author needs."""
    copied = {source for rest in rests("COPY") for source in rest.split()[:-1]}
    named = {match for file in program() for match in re.findall(r'REPOSITORY / "([\w.]+)"', file.read_text(encoding="utf-8"))}
    assert named - copied == {"data", "runs", ".cache", "LOG.md"}
    assert {file.relative_to(REPOSITORY).parts[0] for file in program()} <= copied


@pytest.mark.parametrize("line", rests("RUN"))
def test_build_steps_are_shell(line: str) -> None:
    assert subprocess.run(["bash", "-n", "-c", line], check=False, timeout=30).returncode == 0


@pytest.mark.parametrize("index", ["", "https://packages.example/cpu"])
def test_the_install_steps_do_what_they_say(index: str, tmp_path: Path) -> None:
    """Run in a plain shell, with a pip that only notes what it is asked."""
    (tmp_path / "bin").mkdir()
    pip = tmp_path / "bin" / "pip"
    pip.write_text('#!/bin/sh\necho "$@" >> asked; for last; do :; done; cat "$last" >> asked\n')
    pip.chmod(0o755)
    shutil.copy(REPOSITORY / "requirements.txt", tmp_path)
    steps = [line for line in rests("RUN") if "pip install" in line]
    for line in steps:
        subprocess.run(["sh", "-c", line], cwd=tmp_path, env={"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "TORCH_INDEX": index}, check=True, timeout=30)
    first, *rest = (tmp_path / "asked").read_text().splitlines()
    assert len(steps) == 2 and first == f"install --no-cache-dir {f'--index-url {index} ' if index else ''}-r torch.txt"
    assert rest[0] == f"torch=={pins()['torch']}" and rest[1] == "install --no-cache-dir -r served.txt"
    served = {row.partition("==")[0] for row in rest[2:] if row and not row.startswith("#")}
    assert set(pins()) - served == {"hypothesis", "playwright", "pytest", "pytest-timeout", "mypy", "ruff"}
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".txt"} == {"requirements.txt"}


def test_what_is_left_out_is_not_imported() -> None:
    texts = "".join(file.read_text(encoding="utf-8") for file in program())
    assert not re.search(r"^\s*(from|import) (hypothesis|playwright|pytest|mypy|ruff)\b", texts, re.MULTILINE)


def test_the_command_is_the_programs() -> None:
    [entry], [more] = map(json.loads, rests("ENTRYPOINT")), map(json.loads, rests("CMD"))
    assert entry[:4] == SERVED
    found = parsed([*entry[4:], *more, "--allow-host", "atlas.example"])
    assert (found.host, found.port, found.allow_host) == ("0.0.0.0", int(rests("EXPOSE")[0]), ["atlas.example"])


def test_what_is_copied_suffices(tmp_path: Path) -> None:
    """Nothing but the image's own files, and its variables: pages, talk, API and health answer."""
    place = tmp_path / "app"
    for rest in rests("COPY"):
        *sources, _ = rest.split()
        for source in map(REPOSITORY.joinpath, sources):
            place.mkdir(exist_ok=True)
            if source.name == "checkpoints":
                (place / source.name).symlink_to(source)
            elif source.is_dir():
                shutil.copytree(source, place / source.name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, place)
    variables = dict(pair.split("=", 1) for rest in rests("ENV") for pair in shlex.split(rest) if not pair.startswith(("HOME", "DIALATLAS")))
    with whole(tmp_path / "home", place=place, HOME=str(tmp_path), **variables) as url, httpx.Client(base_url=url, trust_env=False, timeout=120) as client:
        assert all(client.get(path, follow_redirects=True).status_code == 200 for path in ("/", "/talk", "/api", "/metrics", urlsplit(HEALTH).path))
        assert client.post("/api/v1/predict", json={"dialogues": [TALK]}).status_code == 200
    assert not list(place.rglob("__pycache__"))  # the image's root is read only


def test_the_image_runs_as_nobody_in_particular_and_is_asked_how_it_is() -> None:
    assert rests("USER") == ["1000:1000"] and "--uid 1000" in " ".join(rests("RUN"))
    assert HEALTH in rests("HEALTHCHECK")[0] and f":{rests('EXPOSE')[0]}/" in HEALTH
    assert "DIALATLAS_TOKEN" not in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.skipif(not shutil.which("hadolint"), reason="hadolint is not installed")
def test_hadolint_finds_nothing() -> None:
    done = subprocess.run(["hadolint", str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout


# Compose


@pytest.mark.parametrize("name", ["compose.yaml", "compose.cuda.yaml"])
def test_compose_files_hold_what_compose_knows(name: str) -> None:
    found = compose(name)
    assert set(found) <= {"services", "networks", "volumes"}
    assert {key for service in found["services"].values() for key in service} <= SERVICE
    assert all(re.search(r"\$\{\w+(:[-?][^}]*)?\}", text) for text in re.findall(r"\$\{[^}]*\}", (DEPLOY / name).read_text(encoding="utf-8")))


def test_the_app_in_compose() -> None:
    found = compose()
    app, proxy = found["services"]["app"], found["services"]["proxy"]
    assert (DEPLOY / app["build"]["context"]).resolve() == REPOSITORY and (REPOSITORY / app["build"]["dockerfile"]).is_file()
    assert set(app["build"]["args"]) == {rest.partition("=")[0] for rest in rests("ARG")}
    [subnet] = [one["subnet"] for one in found["networks"]["inside"]["ipam"]["config"]]
    flags = parsed(app["command"])
    assert flags.proxy == [subnet] and len(flags.allow_host) == 1
    assert app["read_only"] and app["user"] == rests("USER")[0] and app["cap_drop"] == ["ALL"] and "no-new-privileges:true" in app["security_opt"]
    assert app["healthcheck"]["test"] == ["CMD", *json.loads(rests("HEALTHCHECK")[0].partition(" CMD ")[2])]
    budget = re.fullmatch(r"\$\{DIALATLAS_MEMORY:-(.+)\}", app["environment"]["DIALATLAS_MEMORY"])
    assert budget and size(budget[1]) < size(app["mem_limit"])
    assert "ports" not in app and proxy["depends_on"]["app"]["condition"] == "service_healthy"
    written = {path.partition(":")[0] for path in app["tmpfs"]}
    homes = dict(pair.split("=", 1) for rest in rests("ENV") for pair in shlex.split(rest))
    assert {homes["HOME"], homes["DIALATLAS_CACHE"]} == written


def test_the_proxy_asks_the_app() -> None:
    text, proxy = (DEPLOY / "Caddyfile").read_text(encoding="utf-8"), compose()["services"]["proxy"]
    assert f"reverse_proxy app:{rests('EXPOSE')[0]}\n" in text and "{$DIALATLAS_SITE:" in text and "DIALATLAS_SITE" in proxy["environment"]
    assert all((DEPLOY / volume.partition(":")[0]).is_file() for volume in proxy["volumes"] if volume.startswith("./"))


def test_a_gpu_is_added_to_the_same_service() -> None:
    [device] = compose("compose.cuda.yaml")["services"]["app"]["deploy"]["resources"]["reservations"]["devices"]
    assert device == {"driver": "nvidia", "count": 1, "capabilities": ["gpu"]} and set(compose("compose.cuda.yaml")["services"]) <= set(compose()["services"])


# Spaces


def test_the_spaces_front_matter() -> None:
    text = (DEPLOY / "spaces" / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\n")
    found = yaml.safe_load(text.split("---\n")[1])
    assert set(found) == SPACES and found["sdk"] == "docker" and found["app_port"] == int(rests("EXPOSE")[0])
    assert {found["colorFrom"], found["colorTo"]} <= COLOURS and len(found["short_description"]) <= 60


def test_the_steps_to_a_space_make_its_dockerfile(tmp_path: Path) -> None:
    """Those that copy and change files, run in a plain shell."""
    block = (DEPLOY / "spaces" / "README.md").read_text(encoding="utf-8").split("```")[1].splitlines()
    local = [row for row in block if row.startswith(("cp ", "sed "))]
    assert len(local) == 4 and [row.split()[1] for row in block if row.startswith(".venv/bin/hf")] == ["repos", "upload"]
    (tmp_path / "dist" / "space").mkdir(parents=True)
    shutil.copytree(DEPLOY, tmp_path / "deploy")
    subprocess.run(["bash", "-euc", "\n".join(local)], cwd=tmp_path, check=True, timeout=30)
    made = (tmp_path / "dist" / "space" / "Dockerfile").read_text(encoding="utf-8")
    [flags] = re.findall(r"^CMD (.*)$", made, re.MULTILINE)
    assert parsed(json.loads(flags)).allow_host == ["USER-dialatlas.hf.space"] and 'ARG TORCH_INDEX="ADDRESS"\n' in made
    assert (tmp_path / "dist" / "space" / "README.md").read_text(encoding="utf-8").startswith("---\n")
    assert (tmp_path / "dist" / "space" / ".dockerignore").is_file()


# systemd


def unit() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in (DEPLOY / "dialatlas.service").read_text(encoding="utf-8").splitlines():
        if "=" in row and not row.startswith("#"):
            found.setdefault(row.partition("=")[0], []).append(row.partition("=")[2])
    return found


def test_the_unit_starts_the_program_hardened() -> None:
    found = unit()
    [start] = found["ExecStart"]
    words = shlex.split(start.replace("$FLAGS", "--allow-host atlas.example"))
    assert words[:4] == [f"{found['WorkingDirectory'][0]}/.venv/bin/python", *SERVED[1:]]
    flags = parsed(words[4:])
    assert (flags.host, flags.port, flags.proxy) == ("127.0.0.1", int(rests("EXPOSE")[0]), ["127.0.0.1"])
    wanted = {"NoNewPrivileges": "yes", "ProtectSystem": "strict", "DynamicUser": "yes", "PrivateTmp": "yes", "Restart": "on-failure", "MemoryMax": "4G"}
    assert {name: found[name] for name in wanted} == {name: [value] for name, value in wanted.items()}
    assert size("1.2GB") < size(found["MemoryMax"][0]) and "DIALATLAS_MEMORY=1.2GB" in found["Environment"][0]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """Where the checkout lies here; the score runs from 0 (best) to 10."""
    place = tmp_path / "dialatlas.service"
    text = (DEPLOY / "dialatlas.service").read_text(encoding="utf-8")
    (tmp_path / "python").write_text("#!/bin/sh\n")
    (tmp_path / "python").chmod(0o755)
    place.write_text(text.replace("/opt/dialatlas/.venv/bin", str(tmp_path)).replace("/opt/dialatlas", str(tmp_path)))
    for command in (["verify"], ["security", "--offline=true", "--threshold=20"]):  # the threshold is in tenths
        done = subprocess.run(["systemd-analyze", *command, str(place)], capture_output=True, text=True, check=False, timeout=60)
        assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_words_of_the_guide_are_the_programs() -> None:
    """Flags, variables and addresses that deploy/README.md names exist."""
    text = (DEPLOY / "README.md").read_text(encoding="utf-8")
    known = "".join(file.read_text(encoding="utf-8") for file in program())
    assert set(re.findall(r"`(--[a-z-]+)", text)) <= set(re.findall(r'"(--[a-z-]+)"', known)) | {"--gpus", "--build-arg"}
    assert all(f'"{name}"' in known for name in re.findall(r"DIALATLAS_(?:TOKEN|MEMORY)|ENGINE_URL", text))
    listed = set(re.findall(r"^\| `([^`]+)`", text, re.MULTILINE))
    assert {path.relative_to(DEPLOY).as_posix() for path in DEPLOY.rglob("*") if path.is_file()} - {"README.md"} == listed
    assert text.count("<!-- sizing -->") == 1
