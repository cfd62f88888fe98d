import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { program, tempFolder, textFile } from "../../../support/folder.ts";

const ENTRYPOINT = join(import.meta.dirname, "../../../../lab/images/rke-tools/entrypoint.sh");

/** The arguments with which the stand-in for rke-tools starts a component, on a machine of a cloud or on none. */
function started(command: string[], cloud?: string): string[] {
  const folder = tempFolder();
  for (const tool of ["mount", "mkdir", "cp"]) program(join(folder, tool), "exit 0");
  for (const component of ["kubelet", "kube-proxy"]) program(join(folder, component), 'printf "%s\\n" "$@"');
  const script = readFileSync(ENTRYPOINT, "utf8").replaceAll("/run/lab-cloud", join(folder, "cloud"));
  if (cloud) textFile(join(folder, "cloud"), `${cloud}\n`);
  const path = textFile(join(folder, "entrypoint"), script);
  const printed = execFileSync("/bin/bash", [path, ...command], { encoding: "utf8", env: { PATH: folder } });
  return printed.trim().split("\n");
}

const CLOUD = "ip-198-18-0-33.lab.internal 198.18.0.33";

test("a cloud's machine gets the cloud's name, and RKE's as its hostname label", () => {
  expect(started(["kubelet", "--hostname-override=node3", "--v=2"], CLOUD)).toEqual([
    ...["--hostname-override=node3", "--v=2", "--cgroup-driver=cgroupfs"],
    ...["--hostname-override=ip-198-18-0-33.lab.internal", "--node-labels=kubernetes.io/hostname=node3"],
  ]);
  expect(started(["kube-proxy", "--hostname-override=node3"], CLOUD)).toContain("--bind-address=198.18.0.33");
});

test("any other machine keeps RKE's name", () => {
  expect(started(["kubelet", "--hostname-override=node3"])).toEqual([
    "--hostname-override=node3",
    "--cgroup-driver=cgroupfs",
  ]);
  expect(started(["kube-proxy", "--hostname-override=node3"]).join()).not.toContain("--bind-address");
});
