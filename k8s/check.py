#!/usr/bin/env python3
"""Check the cluster files against each other, and against Kubernetes' schemas.

The linters read one object at a time; what breaks a release is mostly between two: a file that no
kustomization lists, a patch whose target was renamed, a selector that selects nothing, a variable
that is no setting, more pods than connections. The operator's `Cluster` has no schema offline, so
the promises that Rhannu needs from it are asked for here by name.
"""

import argparse
import ast
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).resolve().parent
SETTINGS = HERE.parent / "services" / "core" / "settings.py"
COMMAND_LINE = HERE.parent / "api" / "cli.py"
HEALTH = HERE.parent / "api" / "health.py"
README = HERE / "README.md"
OVERFLOW = 5  # connections a pool may open beyond RHANNU_POOL_SIZE
POOLS_OF_API = 2  # one as the application's role, one as the auditor's
POOLS_OF_WORKER = 1
MIGRATION = 5
KEPT_BACK = 10  # superuser, operator, metrics
WORKLOADS = ("Deployment", "Job")
PROBES = ("startupProbe", "livenessProbe", "readinessProbe")
SELECTORS = {
    "Service": ("spec", "selector"),
    "PodDisruptionBudget": ("spec", "selector", "matchLabels"),
    "NetworkPolicy": ("spec", "podSelector", "matchLabels"),
}

Object = dict[str, Any]


class Report:
    """What was looked at and what was found wrong."""

    def __init__(self) -> None:
        self.checks = 0
        self.faults: list[str] = []

    def expect(self, holds: object, fault: str) -> None:
        """Count one check and keep the sentence when it fails."""
        self.checks += 1
        if not holds:
            self.faults.append(fault)


def documents(path: Path) -> list[Object]:
    """Read every object of one file."""
    return [item for item in yaml.safe_load_all(path.read_text(encoding="utf-8")) if item]


def identity(item: Object) -> str:
    """Name an object as a reader would."""
    return f"{item['kind']}/{item['metadata']['name']}"


def collect(folder: Path, report: Report) -> list[Object]:
    """Follow a kustomization to all its objects, checking each step of the way."""
    (kustomization,) = documents(folder / "kustomization.yaml")
    listed = kustomization.get("resources", [])
    objects: list[Object] = []
    for entry in listed:
        target = folder / entry
        report.expect(target.exists(), f"{folder.name}: the resource {entry} does not exist")
        if target.is_dir():
            objects += collect(target, report)
        elif target.exists():
            objects += documents(target)
    for path in folder.glob("*.yaml"):
        report.expect(
            path.name in {*listed, "kustomization.yaml"}, f"{folder.name}: no kustomization lists {path.name}"
        )
    names = [identity(item) for item in objects]
    report.expect(len(names) == len(set(names)), f"{folder.name}: an object is given twice")
    for patch in kustomization.get("patches", []):
        goal = patch["target"]
        report.expect(f"{goal['kind']}/{goal['name']}" in names, f"{folder.name}: a patch has no target: {goal}")
    for image in kustomization.get("images", []):
        used = {container["image"].split(":")[0] for item in objects for container in containers(item)}
        report.expect(image["name"] in used, f"{folder.name}: no container uses the image {image['name']}")
    return objects


def pod(item: Object) -> Object:
    """Give the pod's spec of a workload."""
    spec: Object = item["spec"]["template"]["spec"]
    return spec


def containers(item: Object) -> list[Object]:
    """Give the containers that an object starts, none if it is no workload."""
    return pod(item)["containers"] if item["kind"] in WORKLOADS else []


def secret_keys(item: Object) -> Iterator[tuple[str, str]]:
    """Give each (Secret, key) that a workload refers to."""
    for container in containers(item):
        for variable in container.get("env", []):
            reference = variable.get("valueFrom", {}).get("secretKeyRef")
            if reference:
                yield reference["name"], reference["key"]
    for volume in pod(item).get("volumes", []):
        for entry in volume.get("secret", {}).get("items", []):
            yield volume["secret"]["secretName"], entry["key"]


def settings_names() -> set[str]:
    """Read the names of the settings from their source, which cannot be imported here."""
    tree = ast.parse(SETTINGS.read_text(encoding="utf-8"))
    return {
        f"RHANNU_{line.target.id.upper()}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }


def commands() -> set[str]:
    """Read the subcommands of `rhannu` from their source."""
    tree = ast.parse(COMMAND_LINE.read_text(encoding="utf-8"))
    (found,) = [
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "COMMANDS"
    ]
    return set(found)


def health_paths() -> set[str]:
    """Read the addresses of the health routes from their source."""
    tree = ast.parse(HEALTH.read_text(encoding="utf-8"))
    return {
        str(ast.literal_eval(node.args[0]))
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "router.get"
    }


def check_processes(objects: list[Object], report: Report) -> None:
    """A container must start a command that exists, and a probe must ask at an address that answers."""
    known, paths = commands(), health_paths()
    for item in objects:
        for container in containers(item):
            arguments = container.get("args", [])
            report.expect(len(arguments) == 1 and arguments[0] in known, f"{identity(item)}: no command {arguments}")
            ports = {port["name"] for port in container.get("ports", [])}
            for probe in (container[name]["httpGet"] for name in PROBES if name in container):
                report.expect(probe["path"] in paths, f"{identity(item)}: a probe asks at {probe['path']}")
                report.expect(probe["port"] in ports, f"{identity(item)}: a probe asks at the port {probe['port']}")


def check_workloads(objects: list[Object], report: Report) -> None:
    """Everything a workload names must exist, or be described to whoever has to make it."""
    names = {identity(item) for item in objects}
    known = settings_names()
    readme = README.read_text(encoding="utf-8")
    for item in (item for item in objects if item["kind"] in WORKLOADS):
        account = pod(item)["serviceAccountName"]
        report.expect(f"ServiceAccount/{account}" in names, f"{identity(item)}: no account {account}")
        for container in containers(item):
            for source in container.get("envFrom", []):
                report.expect(f"ConfigMap/{source['configMapRef']['name']}" in names, f"{identity(item)}: {source}")
            for variable in container.get("env", []):
                report.expect(variable["name"] in known, f"{identity(item)}: {variable['name']} is no setting")
        for secret, key in secret_keys(item):
            described = f"`{secret}`" in readme and f"`{key}`" in readme
            report.expect(described, f"{identity(item)}: README.md does not describe {secret}, {key}")
    for item in (item for item in objects if item["kind"] == "ConfigMap"):
        for name in item["data"]:
            ours = name in known or not name.startswith("RHANNU_")
            report.expect(ours, f"{identity(item)}: {name} is no setting")


def check_selectors(objects: list[Object], report: Report) -> None:
    """A selector that selects nothing is a policy, a budget or a service that does nothing."""
    names = {identity(item) for item in objects}
    labels = [item["spec"]["template"]["metadata"]["labels"] for item in objects if item["kind"] in WORKLOADS]
    labels += [item["spec"]["inheritedMetadata"]["labels"] for item in objects if item["kind"] == "Cluster"]
    for item in objects:
        if item["kind"] == "HorizontalPodAutoscaler":
            goal = item["spec"]["scaleTargetRef"]
            report.expect(f"{goal['kind']}/{goal['name']}" in names, f"{identity(item)}: nothing to scale")
        if item["kind"] in SELECTORS:
            wanted: Object = item
            for step in SELECTORS[item["kind"]]:
                wanted = wanted.get(step, {})
            found = any(wanted.items() <= each.items() for each in labels)
            report.expect(found, f"{identity(item)}: selects no pod")


def one(objects: list[Object], kind: str, name: str) -> Object:
    """Find the object of that kind and name, without which nothing more can be said."""
    found = [item for item in objects if identity(item) == f"{kind}/{name}"]
    if not found:
        sys.exit(f"  wrong: there is no {kind}/{name}")
    return found[0]


def patched(folder: Path, item: Object, pointer: str) -> Any:  # noqa: ANN401 - a YAML value may be anything
    """Give a value of an object as this folder's JSON patches leave it."""
    (kustomization,) = documents(folder / "kustomization.yaml")
    value: Any = item
    for step in pointer.strip("/").split("/"):
        value = value[step]
    for patch in kustomization.get("patches", []):
        if f"{patch['target']['kind']}/{patch['target']['name']}" == identity(item):
            for change in yaml.safe_load(patch["patch"]):
                value = change["value"] if change["path"] == pointer else value
    return value


def check_database(folder: Path, objects: list[Object], report: Report) -> None:
    """The promises that Rhannu's laws need from the replicated database."""
    spec = one(objects, "Cluster", "rhannu-database")["spec"]
    synchronous, parameters = spec["postgresql"]["synchronous"], spec["postgresql"]["parameters"]
    report.expect(spec["instances"] >= 3, "the database needs three instances")
    report.expect(int(re.split(r"[:.\-@]", spec["imageName"].rsplit(":", 1)[1])[0]) >= 15, "PostgreSQL 15 or newer")
    report.expect(synchronous["method"] in {"any", "first"} and synchronous["number"] >= 1, "a replica must confirm")
    report.expect(synchronous["dataDurability"] == "required", "commits must wait when no replica is there")
    report.expect(parameters["synchronous_commit"] == "on", "synchronous_commit must be on")
    report.expect(set(spec["managed"]["services"]["disabledDefaultServices"]) == {"ro", "r"}, "no door to a replica")
    report.expect(not spec.get("enableSuperuserAccess"), "the superuser must have no password")
    for role in spec["managed"]["roles"]:
        rights = [role.get(right) for right in ("superuser", "bypassrls", "createrole", "createdb", "replication")]
        report.expect(not any(rights), f"the role {role['name']} has more rights than it may have")
    pool = int(one(objects, "ConfigMap", "rhannu-settings")["data"]["RHANNU_POOL_SIZE"]) + OVERFLOW
    scaler, api = one(objects, "HorizontalPodAutoscaler", "rhannu-api"), one(objects, "Deployment", "rhannu-api")
    pods = patched(folder, scaler, "/spec/maxReplicas") + api["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
    needed = (pods * POOLS_OF_API + POOLS_OF_WORKER) * pool + MIGRATION + KEPT_BACK
    allowed = int(parameters["max_connections"])
    report.expect(needed < allowed, f"{pods} pods may ask for {needed} connections; the database has {allowed}")
    sys.stdout.write(f"  connections at most {needed} of {allowed} ({pods} API pods, pool {pool})\n")


def is_built_in(item: Object) -> bool:
    """Say whether Kubernetes itself defines this kind, so that the validator has its schema."""
    group = item["apiVersion"].rpartition("/")[0]
    return "." not in group or (group.endswith(".k8s.io") and not group.endswith("config.k8s.io"))


def check_schemas(objects: list[Object], place: Path, validator: str, report: Report) -> None:
    """Hand each object of a built-in kind to the schema validator, strictly."""
    place.mkdir(parents=True, exist_ok=True)
    files = []
    for item in filter(is_built_in, objects):
        files.append(place / f"{identity(item).replace('/', '-').lower()}.yaml")
        files[-1].write_text(yaml.safe_dump(item), encoding="utf-8")
    done = subprocess.run([validator, "--strict", *files], capture_output=True, text=True, check=False)  # noqa: S603 - our own linter, by path
    passed = done.stdout.count(" passed ") + done.stderr.count(" passed ")
    report.checks += passed
    said = (done.stdout + done.stderr).splitlines()
    amiss = "; ".join(line for line in said if not line.startswith("INFO")) or "the validator passed over an object"
    report.expect(done.returncode == 0 and passed == len(files), amiss)


def render(folder: Path) -> list[Object] | None:
    """Build the folder with kustomize where a machine has it, else give nothing."""
    kubectl, kustomize = shutil.which("kubectl"), shutil.which("kustomize")
    command = [kustomize, "build"] if kustomize else [kubectl, "kustomize"] if kubectl else None
    if command is None:
        return None
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, check=True)  # noqa: S603 - found by name above
    return [item for item in yaml.safe_load_all(done.stdout) if item]


def main() -> int:
    """Check base and overlays; tell what was not checked, and why."""
    parser = argparse.ArgumentParser(description="Check the cluster files.")
    parser.add_argument("--validator", required=True, help="kubernetes-validate")
    parser.add_argument("--scratch", required=True, type=Path, help="where to write objects, one file each")
    arguments = parser.parse_args()
    report = Report()
    for folder in (HERE / "base", *sorted(path for path in (HERE / "overlays").iterdir() if path.is_dir())):
        objects = collect(folder, report)
        check_workloads(objects, report)
        check_processes(objects, report)
        check_selectors(objects, report)
        if folder.name != "base":
            check_database(folder, objects, report)
            unknown = sorted(identity(item) for item in objects if not is_built_in(item))
            sys.stdout.write(f"  {folder.name}: no schema offline, checked by name only: {', '.join(unknown)}\n")
        rendered = render(folder)
        if rendered is None:
            sys.stdout.write(f"  {folder.name}: neither kustomize nor kubectl is here: patches not applied\n")
        check_schemas(rendered or objects, arguments.scratch / folder.name, arguments.validator, report)
    for fault in dict.fromkeys(report.faults):
        sys.stdout.write(f"  wrong: {fault}\n")
    sys.stdout.write(f"  {report.checks} checks, {len(report.faults)} faults\n")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
