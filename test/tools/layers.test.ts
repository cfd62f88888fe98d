import { describe, expect, test } from "vitest";
import { breaches } from "./layers.ts";

const found = (files: Record<string, string>) => breaches(new Map(Object.entries(files)));

const SSH = { "cluster/node/ssh.ts": 'import { spawn } from "node:child_process";\n' };

describe("a folder imports", () => {
  test("what the table gives it, and whatever it likes of its own", () => {
    expect(
      found({
        "settings/settings.ts": 'import { problem } from "../cluster/problem.ts";\nimport "./keys.ts";\n',
        "components/step.ts": 'import * as pulumi from "@pulumi/pulumi";\nexport { a } from "../steps/contract.ts";\n',
      }),
    ).toEqual([]);
  });

  test.each([
    ['import type { Plan } from "../plan/plan.ts";', "plan/plan.ts"],
    ['import {\n  type Plan,\n  planOf,\n} from "../plan/plan.ts";', "plan/plan.ts"],
    ['export * from "../run/run.ts";', "run/run.ts"],
    ['import "../run/run.ts";', "run/run.ts"],
    ['  const { run } = await import("../run/run.ts");', "run/run.ts"],
    ['import { tempFolder } from "../test/support/folder.ts";', "test/support/folder.ts"],
  ])("nothing else, however it is written: %s", (line, named) => {
    expect(found({ "steps/restore.ts": `${line}\n` })).toEqual([
      `steps/restore.ts imports ${named}: steps/ imports cluster, messages`,
    ]);
  });

  test("of some only the file that is named", () => {
    expect(
      found({ "run/run.ts": 'import { a } from "../plan/plan.ts";\nimport { b } from "../plan/lost.ts";\n' }),
    ).toEqual(["run/run.ts imports plan/lost.ts: run/ imports cluster, messages, plan/plan.ts"]);
  });

  test("nothing of Pulumi where it is to run without", () => {
    expect(found({ "steps/main.ts": 'import { log } from "@pulumi/pulumi";\n' })).toEqual([
      "steps/main.ts imports @pulumi/pulumi: steps/ has nothing of Pulumi",
    ]);
  });

  test("nothing of ours where the table does not have it yet", () => {
    expect(found({ "new/a.ts": 'import { a } from "../cluster/a.ts";\n' })).toEqual([
      "new/a.ts imports cluster/a.ts: new/ imports nothing of ours",
    ]);
  });
});

describe("folders that import each other in a circle", () => {
  test("are named with the imports that make it, those of scripts too", () => {
    expect(
      found({
        "cluster/etcd/data.sh": "#!/bin/sh\n. ../node/hostFolder.sh\n",
        "cluster/node/facts.ts": 'import type { Lock } from "../lock/lock.ts";\nimport { a } from "../rke/run.ts";\n',
        "cluster/lock/lock.ts": 'import { a } from "../etcd/view.ts";\n',
        "cluster/rke/run.ts": "",
      }),
    ).toEqual([
      [
        "cluster/etcd → cluster/node → cluster/lock → cluster/etcd: these folders import each other in a circle",
        "  cluster/etcd/data.sh imports cluster/node/hostFolder.sh",
        "  cluster/node/facts.ts imports cluster/lock/lock.ts",
        "  cluster/lock/lock.ts imports cluster/etcd/view.ts",
      ].join("\n"),
    ]);
  });

  test("are found where what all rooms share imports one of them", () => {
    const files = {
      "cluster/unreadable.ts": 'import { a } from "./kubernetes/apiError.ts";\n',
      "cluster/kubernetes/apiError.ts": 'import { b } from "../problem.ts";\n',
    };
    expect(found(files).map((one) => one.split(":")[0])).toEqual(["cluster → cluster/kubernetes → cluster"]);
  });
});

describe("a folder that only knows of a cluster as data", () => {
  test("imports what opens a connection as a type alone, and is told the way to it", () => {
    const files = {
      ...SSH,
      "cluster/node/facts.ts": 'import { ssh } from "./ssh.ts";\n',
      "output/report.ts": 'import type { HostKeyPolicy } from "../cluster/node/ssh.ts";\n',
      "output/plan.ts": 'import { facts } from "../cluster/node/facts.ts";\n',
      "output/page.ts": 'import { plan } from "./plan.ts";\n',
    };
    expect(found(files)).toEqual([
      "output/plan.ts → cluster/node/facts.ts → cluster/node/ssh.ts: output/ opens no connection, and the last imports node:child_process",
    ]);
  });

  test("may have addresses looked at", () => {
    const files = {
      "cluster/address.ts": 'import { isIP, isIPv6 } from "node:net";\n',
      "output/plan.ts": 'import { address } from "../cluster/address.ts";\n',
    };
    expect(found(files)).toEqual([]);
  });

  test.each(["plan", "settings"])("may read by %s/ where it is components/", (by) => {
    const files = {
      ...SSH,
      [`${by}/read.ts`]: 'import { ssh } from "../cluster/node/ssh.ts";\n',
      "components/announcement.ts": `import { read } from "../${by}/read.ts";\n`,
      "components/step.ts": 'import { ssh } from "../cluster/node/ssh.ts";\n',
    };
    expect(found(files)).toEqual([
      "components/step.ts → cluster/node/ssh.ts: components/ opens no connection, and the last imports node:child_process",
    ]);
  });
});
