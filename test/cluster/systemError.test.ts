import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { systemErrorText } from "../../cluster/systemError.ts";

test("a system error is described in words", () => {
  const error = (read: () => unknown): unknown => {
    try {
      return read();
    } catch (thrown) {
      return thrown;
    }
  };
  expect(systemErrorText(error(() => readFileSync("/not/there")))).toBe("there is no such file or folder");
  expect(systemErrorText(error(() => readFileSync("/")))).toBe("it is a folder");
});

test("another error is described in its own words", () => {
  expect(
    systemErrorText(Object.assign(new Error("self-signed certificate"), { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })),
  ).toBe("self-signed certificate");
  expect(systemErrorText(Object.assign(new Error("odd"), { code: "constructor" }))).toBe("odd");
});
