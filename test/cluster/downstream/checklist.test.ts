import { expect, test } from "vitest";
import { checklistNow } from "../../../cluster/downstream/checklist.ts";
import type { Connection } from "../../../cluster/downstream/connections.ts";
import type { Hazard } from "../../../cluster/downstream/schema.ts";
import { someCluster } from "../../plan/somePlan.ts";

const well: Connection = { id: "c-prod", name: "prod", ready: true, connected: true };
const away: Connection = { ...well, connected: false };
const hazard = (name: Hazard["hazard"], more: object = {}): Hazard => ({ hazard: name, severity: "work", ...more });

test.each<[string, Hazard, Connection[], string]>([
  ["created and not imported again", hazard("created"), [], "open"],
  ["imported again, under another id", hazard("created"), [{ ...well, id: "c-new" }], "done"],
  ["imported again and not connected", hazard("created"), [{ ...away, id: "c-new" }], "open"],
  ["come back", hazard("deleted"), [away], "open"],
  ["deleted again", hazard("deleted"), [{ ...well, id: "c-other" }], "done"],
  ["with another token, and not connected", hazard("token-renewed"), [away], "open"],
  ["with the newer token", hazard("token-renewed"), [well], "done"],
  ["that was away before, and is connected", hazard("not-connected"), [well], "done"],
  ["that was away before, and still is", hazard("not-connected"), [away], "open"],
  ["whose agents Rancher replaces by itself", hazard("agents-changed", { severity: "note" }), [well], "done"],
  ["whose agents may still be the newer ones", hazard("agents-changed"), [well], "unknown"],
  [
    "that the next edit would take to the old version",
    hazard("kubernetes-changed", { now: "v1.22.9-rancher1-1" }),
    [{ ...well, wantedKubernetes: "v1.20.15-rancher2-2" }],
    "open",
  ],
  [
    "whose version was set again",
    hazard("kubernetes-changed", { now: "v1.22.9" }),
    [{ ...well, wantedKubernetes: "v1.22.9-rancher1-1" }],
    "done",
  ],
  [
    "whose version Rancher's list does not have",
    hazard("kubernetes-changed", { now: "v1.25.3+rke2r1" }),
    [well],
    "unknown",
  ],
  ["with nodes that only the operator can judge", hazard("nodes-removed"), [well], "unknown"],
  ["that is not ready, whatever the hazard", hazard("nodes-removed"), [away], "open"],
  ["that is gone, whatever the hazard", hazard("certificates-rotated"), [], "open"],
])("a cluster %s", (_, one, now, standing) => {
  const [state, ...others] = checklistNow({ clusters: [someCluster("prod", one)], common: [] }, now);
  expect(state).toEqual({ cluster: { id: "c-prod", name: "prod", kind: "provisioned" }, hazard: one, standing });
  expect(others).toEqual([]);
});

test("what concerns all clusters is for somebody to look at", () => {
  const common = { hazard: "fleet-changed" as const, severity: "work" as const };
  expect(checklistNow({ clusters: [], common: [common] }, [well])).toEqual([{ hazard: common, standing: "unknown" }]);
});
