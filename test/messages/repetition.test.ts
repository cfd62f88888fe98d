import { expect, test } from "vitest";
import { consentEnded, repetition } from "../../messages/repetition.ts";
import { finishedRecord, restoreRecord } from "../support/restores.ts";

test("a restore that was done is refused with when, by whom and from which stack, and with how to ask for another", () => {
  expect(repetition(finishedRecord({ run: 2, finishedAt: "2026-11-23T14:05:00.000Z" }))).toEqual({
    message:
      "base#2 was restored on this cluster at 2026-11-23T14:05:00.000Z by ops@laptop, stack prod; it is not restored again",
    remedy: { text: expect.stringContaining("confirm base#3 and raise run"), pulumi: "config set run 3" },
  });
});

test("a restore whose confirmation has ended is refused with when it began, and with how to ask for it again", () => {
  expect(consentEnded(restoreRecord({ startedAt: "2026-11-23T14:00:00.000Z" }))).toEqual({
    message:
      "base began on this cluster at 2026-11-23T14:00:00.000Z by ops@laptop, stack prod, may have wiped it, and did not finish; its confirmation was good for 24 hours",
    remedy: { text: expect.stringContaining("confirm base#2 and raise run"), pulumi: "config set run 2" },
  });
});

test("a restore of which nobody knows whether it was of this cluster is not said to be, and can be asked for", () => {
  const { message, remedy } = repetition(finishedRecord(), { isUnsure: true });
  expect(message).toMatch(
    /^base was restored at .* only the replacement nodes have a record of it, .* for which cluster: it is not restored again$/,
  );
  expect(remedy).toEqual({ text: expect.stringContaining("confirm base#2 and raise run"), pulumi: "config set run 2" });
});
