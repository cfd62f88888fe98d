import { AsyncLocalStorage } from "node:async_hooks";
import * as pulumi from "@pulumi/pulumi";
import { expect, test, vi } from "vitest";
import { setRemedy } from "../cluster/problem.ts";
import type { Announce } from "../components/announcement.ts";
import { announceOnTerminal } from "../underPulumi.ts";

const inStack = async (stack: string) =>
  await pulumi.runtime.setMocks({ call: () => ({}), newResource: () => ({ id: "", state: {} }) }, "p", stack);

test("a warning is logged with its remedy as one message, with the stack and in the context of the program: a hook has neither", async () => {
  const context = new AsyncLocalStorage<string>();
  const logged: unknown[] = [];
  vi.spyOn(pulumi.log, "warn").mockImplementation(async (text) => void logged.push([context.getStore(), text]));
  await inStack("prod");
  let announce: Announce | undefined;
  context.run("program", () => {
    announce = announceOnTerminal();
  });
  await inStack("");
  announce?.({
    kind: "warned",
    notice: { message: "the add-on was not read", remedy: setRemedy("set it", "run", "2") },
  });
  announce?.({ kind: "warned", notice: { message: "so it is" } });
  expect(logged).toEqual([
    ["program", "the add-on was not read\n  → set it: pulumi config set run 2 --stack prod"],
    ["program", "so it is"],
  ]);
});
