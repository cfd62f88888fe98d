import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { Semaphore } from "../../../cluster/node/semaphore.ts";
import { ssh } from "../../../cluster/node/ssh.ts";
import { clusterNode } from "../../support/clusterFile.ts";
import { program, tempFolder, textFile, until } from "../../support/folder.ts";

test("no more work is done at once than was allowed, in the order in which it was asked for, after failures too", async () => {
  const semaphore = new Semaphore(2);
  const begun: number[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const all = gates.map(({ promise }, at) =>
    semaphore.run(async () => {
      begun.push(at);
      await promise;
    }),
  );
  await Promise.resolve();
  expect(begun).toEqual([0, 1]);
  gates[1]?.reject(new Error("failed"));
  await expect(all[1]).rejects.toThrow("failed");
  expect(begun).toEqual([0, 1, 2]);
  for (const { resolve } of gates) resolve();
  await Promise.allSettled(all);
  expect(begun).toEqual([0, 1, 2, 3]);
});

test("of very many nodes only some are asked at once, so that each has the time that it is given", async () => {
  const [bin, running] = [tempFolder(), tempFolder()];
  // Each writes how many there are while it runs, itself among them.
  program(
    join(bin, "ssh"),
    `cat >/dev/null; : >${running}/$$; ls ${running} | wc -l >>${bin}/counts; until [ -e ${bin}/go ]; do sleep 0.1; done; rm ${running}/$$`,
  );
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  const atOnce = 16 * availableParallelism();
  let begun = 0;
  const begins = () => {
    begun++;
  };
  const asked = Array.from({ length: atOnce + 8 }, (_, at) =>
    ssh({
      ...{ node: clusterNode({ name: `node${at}` }), script: "", hostKeys: { allowUnknown: true } },
      ...{ timeoutSeconds: 60, begins },
    }),
  );
  await until(() => readdirSync(running).length === atOnce);
  expect(begun).toBe(atOnce);
  textFile(join(bin, "go"), "");
  await Promise.all(asked);
  expect(begun).toBe(atOnce + 8);
  expect(Math.max(...readFileSync(join(bin, "counts"), "utf8").trim().split("\n").map(Number))).toBeLessThanOrEqual(
    atOnce,
  );
  expect(readdirSync(running)).toEqual([]);
});
