import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { awaitNode } from "../../steps/awaitNode.ts";
import { clusterFileIn, clusterNode } from "../support/clusterFile.ts";
import { program, tempFolder } from "../support/folder.ts";
import { failureOf, stepTools } from "../support/steps.ts";

const READY = "docker-installed yes\ndocker 20.10.24\ns3cmd yes\nfolder yes\n";
const BARE = "docker-installed no\ndocker-said sh: docker: not found\ns3cmd yes\nfolder yes\n";

/** A machine that gives these answers one after the other, and the last one for ever. */
function step(answers: string[], { setsItselfUp = false, timeoutSeconds = 60 } = {}) {
  const folder = tempFolder();
  const ways = answers.map((answer, at) => `${at === answers.length - 1 ? "*" : at}) ${answer} ;;`);
  program(
    join(folder, "ssh"),
    `cd "\${0%/*}"; count=$(ls | grep -c '^asked'); : >asked$count; cat >/dev/null; case $count in ${ways.join("\n")} esac`,
  );
  vi.stubEnv("PATH", `${folder}:/usr/bin:/bin`);
  const input = {
    node: clusterNode({ name: "node4", address: "10.0.0.4" }),
    kubernetesVersion: "v1.20.15-rancher2-2",
    s3cmd: true,
    setsItselfUp,
    timeoutSeconds,
  };
  const tools = stepTools(clusterFileIn(folder));
  return { folder, said: tools.said, run: () => awaitNode(input, tools) };
}

const prints = (text: string) => `printf '${text.replaceAll("\n", "\\n")}'`;
const REFUSED = "echo 'connect to host 10.0.0.4: Connection refused' >&2; exit 255";
const UNKNOWN = "echo 'Host key verification failed.' >&2; exit 255";

describe("waiting for a node", { timeout: 60_000 }, () => {
  test("does not take a new machine for ready before its user data has begun", async () => {
    const { run } = step([prints(READY)], { setsItselfUp: true, timeoutSeconds: 2 });
    expect(await failureOf(run())).toMatchObject({ waitedSeconds: 2, happened: ["its user data has not begun"] });
  });

  test("waits for a new machine's user data to its end", async () => {
    const { said, run } = step(
      [
        REFUSED,
        REFUSED,
        prints(`${BARE}provisioning running\n`),
        prints(`${READY}provisioning running\n`),
        prints(`${READY}provisioning done\n`),
      ],
      { setsItselfUp: true },
    );
    expect(await run()).toEqual({ node: "node4", address: "10.0.0.4", docker: "20.10.24" });
    expect(said).toEqual([
      "waiting for node4: node4 (10.0.0.4): cannot be reached over SSH: connect to host 10.0.0.4: Connection refused",
      "waiting for node4: Docker is not installed; its user data is running",
      "waiting for node4: its user data is running",
    ]);
  });

  test("ends at once when its user data has failed, with what that said", async () => {
    const { run } = step([prints(`${BARE}provisioning failed no docker.io that RKE supports\n`)], {
      setsItselfUp: true,
    });
    expect((await failureOf(run())).happened).toEqual(["its user data failed: no docker.io that RKE supports"]);
  });

  test("waits for an existing machine that is not up yet, and asks for nothing that it has", async () => {
    const { run } = step([REFUSED, prints(BARE), prints(READY)]);
    expect(await run()).toMatchObject({ docker: "20.10.24" });
  });

  test("gives an existing machine up that goes on lacking something, with the command that fixes it", async () => {
    const { folder, run } = step([prints(BARE)]);
    expect(await failureOf(run())).toMatchObject({
      kind: "check",
      node: "node4",
      happened: ["Docker is not installed"],
      remedies: ["on the node, install Docker 20.10, for example: apt-get install docker.io"],
      pointOfNoReturn: { state: "not reached" },
    });
    expect([existsSync(join(folder, "asked4")), existsSync(join(folder, "asked5"))]).toEqual([true, false]);
  });

  test("ends at once at a host key that is not known", async () => {
    const { folder, run } = step([UNKNOWN]);
    expect((await failureOf(run())).happened[0]).toContain("has a host key that is not known here");
    expect(existsSync(join(folder, "asked1"))).toBe(false);
  });

  test("ends after its time, with what it waited for", async () => {
    const { run } = step([REFUSED], { timeoutSeconds: 2 });
    expect(await failureOf(run())).toMatchObject({
      waitedSeconds: 2,
      happened: ["node4 (10.0.0.4): cannot be reached over SSH: connect to host 10.0.0.4: Connection refused"],
    });
  });
});
