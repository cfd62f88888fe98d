import { describe, expect, test } from "vitest";
import { apiErrorMessage } from "../../../cluster/kubernetes/apiError.ts";

describe("an API error as one line", () => {
  test("is the first line of any other error's message", () => {
    expect(apiErrorMessage(new Error("first\nsecond"))).toBe("first");
  });

  test("has the reason that fetch keeps to itself", () => {
    const refused = new Error("connect ECONNREFUSED 10.0.0.1:6443");
    expect(apiErrorMessage(new TypeError("fetch failed", { cause: refused }))).toBe(
      "fetch failed: connect ECONNREFUSED 10.0.0.1:6443",
    );
    const several = Object.assign(new AggregateError([refused]), { code: "ECONNREFUSED" });
    expect(apiErrorMessage(new TypeError("fetch failed", { cause: several }))).toBe(
      "fetch failed: the connection was refused",
    );
  });
});
