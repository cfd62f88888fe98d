import { existingCluster, holdLab, labDown } from "../../lab/cluster/cluster.ts";

/** The tests have the lab to themselves, and leave it as they found it: taken away, unless somebody had it up before. */
export default async function setup(): Promise<() => Promise<void>> {
  const release = await holdLab("npm run test:lab", console.log);
  const wasUp = await existingCluster("a").then(
    () => true,
    () => false,
  );
  return async () => {
    if (!wasUp) await labDown(console.log);
    release();
  };
}
