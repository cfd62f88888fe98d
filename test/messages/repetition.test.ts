import { expect, test } from "vitest";
import { repetition } from "../../messages/repetition.ts";
import { finishedRecord } from "../support/restores.ts";

test("a restore that was done is refused with when, by whom and from which stack, and with how to ask for another", () => {
  expect(repetition(finishedRecord({ run: 2 }))).toEqual({
    message:
      "base#2 was restored on this cluster at 2026-11-23T14:05:00.000Z by ops@laptop, stack prod; it is not restored again",
    remedy: { text: expect.stringContaining("confirm base#3 and raise run"), pulumi: "config set run 3" },
  });
});
