import { join } from "node:path";
import { expect, test } from "vitest";
import { readDefaultKubernetes } from "../../../cluster/rke/defaultKubernetes.ts";
import { program, tempFolder } from "../../support/folder.ts";

const asked = (script: string) => readDefaultKubernetes(program(join(tempFolder(), "rke"), script));

test("RKE says which Kubernetes it installs where the cluster file names none", () => {
  const script = '[ "$*" = "config --list-version" ] && echo v1.32.2-rancher1-1';
  expect(asked(script)).toBe("v1.32.2-rancher1-1");
  const logs = 'echo \'time="2026-11-23T14:00:00Z" level=info msg="Running RKE version: v1.2.3"\'';
  expect(asked(`${logs}; printf 'v1.19.4-rancher1-1\\r\\n'`)).toBe("v1.19.4-rancher1-1");
});

test.each([
  [
    "knows no such question, as before v0.3.0",
    "echo 'Incorrect Usage: flag provided but not defined: -list-version'; exit 1",
  ],
  ["fails after it has said something", "echo v1.32.2-rancher1-1; exit 1"],
  ["says something else", "echo 'Cluster Level SSH Private Key Path [~/.ssh/id_rsa]: '"],
])("an RKE that %s has no default that is known", (_, script) => {
  expect(asked(script)).toBeUndefined();
});

test("an RKE that is not there has no default that is known", () => {
  expect(readDefaultKubernetes(join(tempFolder(), "rke"))).toBeUndefined();
});
