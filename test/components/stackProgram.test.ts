import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import type { Announced } from "../../components/announcement.ts";
import { stackProgram } from "../../components/stackProgram.ts";
import { program, tempFolder } from "../support/folder.ts";
import { complete } from "../support/givenSettings.ts";
import { recordProgram } from "../support/rollback.ts";

test("a stack's program warns of what its settings lead to, with what to do about it, before it asks for a resource", async () => {
  const rkePath = program(join(tempFolder(), "rke"), 'echo "rke version v0.1.18"');
  const config = Object.entries({ ...complete().given, rkePath });
  pulumi.runtime.setAllConfig(Object.fromEntries(config.map(([key, value]) => [`rancher-rollback:${key}`, value])));
  const announced: Announced[] = [];
  const rollback = await recordProgram(() => stackProgram({ announce: (one) => announced.push(one) }));
  expect(announced).toEqual([
    {
      kind: "warned",
      notice: {
        message: expect.stringContaining("RKE v0.1.18 checks nothing before it wipes"),
        remedy: expect.stringContaining("answers over SSH"),
      },
    },
  ]);
  expect([...rollback.keys()]).toContain("etcd-restore");
});
