import { describe, expect, test } from "vitest";
import { storyOf } from "../../cli/story.ts";
import { describeFailure } from "../../messages/failure.ts";
import { tellsNothingWiped } from "../../messages/pointOfNoReturn.ts";
import { LABELS } from "../support/steps.ts";

const failed = (name: string, message: string, wiping = false) => storyOf({ name, stack: "prod", message, wiping });
const ran = (how: string, printed: string) =>
  `${how}: running "/usr/bin/node steps/main.ts rke -- rke up":\n${printed}`;

describe("the story of a failed step", () => {
  test("is its own, without the log that it had printed before", () => {
    const story = describeFailure({
      step: "rke up",
      happened: ["RKE gave up: no space left"],
      done: "the etcd restore",
      notDone: "the rest",
      pointOfNoReturn: "passed by the restore before",
      next: ["mend it"],
    });
    expect(failed("rke-up", ran("exit status 1", `one\n\ntwo FAILED\n\n${story}\n`))).toBe(story);
  });

  test("that was cut off says how, its last words, and what to type", () => {
    const said = Array.from({ length: 30 }, (_, at) => `line ${at}`).join("\n");
    const story = failed("restart-node2", ran("signal: killed", `${said}\n`));
    for (const label of LABELS) expect(story).toContain(label);
    expect(story).toMatch(
      /^restart the components on node2 FAILED\n {2}what happened: {7}it was cut off: signal: killed\n/,
    );
    expect(story).toContain("line 29");
    expect(story).not.toContain("line 17\n");
    expect(story).toContain("pulumi up --stack prod");
    expect(tellsNothingWiped(story)).toBe(true);
  });

  test("of a restore that was cut off does not claim that nothing was wiped", () => {
    const cut = ran("signal: killed", "asking all 3 nodes\n");
    expect(failed("etcd-restore", cut)).toContain("point of no return:  not known: an RKE that is at work");
    expect(failed("etcd-restore", cut, true)).toContain("point of no return:  passed; an RKE that is at work");
    for (const wiping of [true, false]) expect(tellsNothingWiped(failed("etcd-restore", cut, wiping))).toBe(false);
  });

  test("that died of a mistake of the program has its last words too", () => {
    const story = failed("lock", ran("exit status 1", "TypeError: no\n    at lock (lock.ts:1:1)\n"));
    expect(story).toContain("it was cut off: exit status 1");
    expect(story).toContain("TypeError: no");
  });

  test("that never ran is what the engine says", () => {
    const hook = "the restore of base is not confirmed: acceptDataLossOf is not set. Nothing was done.";
    expect(failed("etcd-restore", hook)).toBe(hook);
  });
});
