import { expect, test } from "vitest";
import { downstreamOf } from "../../../cluster/downstream/hazards.ts";
import { downstreamQuestions } from "../../../cluster/downstream/questions.ts";
import { downstreamSchema } from "../../../cluster/downstream/schema.ts";
import type { KeyIndex } from "../../../cluster/opened/keyIndex.ts";

const P = "/registry/management.cattle.io";
const ARGS = { rancherVersion: "v2.5.8", accepted: [] };

const index = (revision: number, keys: [key: string, created: number][]): KeyIndex => ({
  revision,
  keys: new Map(keys.map(([key, created]) => [key, { created, modified: revision }])),
});
const nodes = (cluster: string, count: number) =>
  Array.from({ length: count }, (_, at): [string, number] => [`${P}/nodes/${cluster}/m-${at}`, 1]);

/** Two clusters with more nodes than are asked about; of the last one a node is gone, one is new, one was made again. */
function large() {
  const same: [string, number][] = [
    [`${P}/clusters/c-a`, 1],
    [`${P}/clusters/c-z`, 1],
    ...nodes("c-a", 4990),
    ...nodes("c-z", 100),
  ];
  const opening = {
    opened: index(10, [...same, [`${P}/nodes/c-z/m-gone`, 1], [`${P}/nodes/c-z/m-remade`, 1]]),
    live: { ...index(20, [...same, [`${P}/nodes/c-z/m-new`, 11], [`${P}/nodes/c-z/m-remade`, 11]]), quorum: true },
  };
  const z = { opened: { "spec.displayName": ["shop"] }, live: { "spec.displayName": ["shop"] }, alike: {} };
  return { opening, answers: new Map([[`${P}/clusters/c-z`, z]]) };
}

test("of more nodes than are asked about, those that came, went or were made again are asked about first", () => {
  const asked = downstreamQuestions(large().opening).map(({ key }) => key);
  expect(asked.length).toBe(5000);
  for (const name of ["gone", "new", "remade"]) expect(asked).toContain(`${P}/nodes/c-z/m-${name}`);
});

test("nodes that were not asked about are counted by the cluster that they belong to", () => {
  const { opening, answers } = large();
  const found = downstreamOf({ ...opening, answers }, ARGS);
  expect(downstreamSchema.parse(found).notCompared).toEqual([
    { resource: "nodes.management.cattle.io", of: "shop", count: 100 },
  ]);
});

test("no objects are listed as not compared where all were compared", () => {
  const opening = { opened: index(10, nodes("c-a", 10)), live: { ...index(20, nodes("c-a", 10)), quorum: true } };
  expect(downstreamOf({ ...opening, answers: new Map() }, ARGS)).not.toHaveProperty("notCompared");
});
