import { existingCluster, labDown } from "../../lab/cluster/cluster.ts";

/** Leaves the lab as it was found: taken away, unless somebody had it up before the tests. */
export default async function setup(): Promise<() => Promise<void>> {
  const wasUp = await existingCluster("a").then(
    () => true,
    () => false,
  );
  return async () => {
    if (!wasUp) await labDown(console.log);
  };
}
