import { expect, test } from "vitest";
import { stackConfig } from "../../cli/options.ts";

test("--config is KEY=VALUE, and the value may hold anything", () => {
  const { config } = stackConfig("prod", { config: ["a=b=c", "url=https://x/?y=z"], "config-folder": undefined });
  expect(config).toEqual({ a: "b=c", url: "https://x/?y=z" });
});
