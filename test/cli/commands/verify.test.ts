import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { verify } from "../../../cli/commands/verify.ts";
import { tempFolder } from "../../support/folder.ts";
import { someSettings } from "../../support/settings.ts";

const { NOT_READY } = vi.hoisted(() => ({
  NOT_READY: { message: "node2: not Ready", remedy: { text: "set it", pulumi: "config set x 1" } },
}));

vi.mock("../../../cli/workspace.ts", () => ({ settingsOfStack: async () => someSettings() }));
vi.mock("../../../cluster/verification/verification.ts", () => ({
  readClusterFacts: async () => ({
    rancher: { answers: [], settings: ["v2.5.8"], lock: [], runs: { error: "refused" } },
  }),
  verdictOf: () => ({
    checks: [
      { name: "etcd from every member", problems: [] },
      { name: "nodes in Kubernetes", problems: [NOT_READY] },
    ],
    problems: [NOT_READY],
    onlyLeadershipIsMissing: false,
  }),
}));

afterEach(() => vi.restoreAllMocks());

test("verify writes its result as JUnit XML into a file in the folder that it is typed in", async () => {
  const said: string[] = [];
  vi.spyOn(console, "log").mockImplementation((text) => said.push(text));
  const file = join(tempFolder(), "new/verify.xml");
  const options = { stack: "prod", config: [], "config-folder": undefined, json: false, junit: file };
  expect(await verify(options)).toBe(1);
  const xml = readFileSync(file, "utf8");
  expect(xml).toContain('name="verify prod"');
  expect(xml).toContain('tests="2" failures="1"');
  expect(xml).toContain("node2: not Ready");
  const remedy = "→ set it: pulumi config set x 1 --stack prod";
  expect(xml).toContain(`node2: not Ready\n  ${remedy}`);
  expect(said.join("\n")).toContain(`NOT verified:\n  node2: not Ready\n    ${remedy}`);
});
